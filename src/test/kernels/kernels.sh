#!/bin/sh
# Boots real kernels in emulated machines, and has each run random cases beside the rules, and the program.
#
# usage: kernels.sh WORK SUITES JAVA_HOME CLASSPATH CASES
#   WORK       folder for unpacked packages, guests and what they said, e.g. target/kernels
#   SUITES     Debian's suites, comma-separated: bullseye is 5.10, bookworm 6.1, trixie 6.12, sid the newest
#   JAVA_HOME  the JDK whose runtime the guests get
#   CLASSPATH  the program's jar and the folder of its test classes, with : between them
#   CASES      how many random cases
#
# A guest has one file system, in memory: this machine's busybox, a runtime of Java, the jar and the tests. It is started
# without hardware help (KVM), so that it runs wherever qemu does.
set -eu

profile=kernels
# shellcheck source=src/test/debian/packages.sh
. "$(dirname "$0")/../debian/packages.sh"

[ $# -eq 5 ] || fail "usage: kernels.sh WORK SUITES JAVA_HOME CLASSPATH CASES"
suites=$2 jdk=$3 classpath=$4 cases=$5
here=$(cd "$(dirname "$0")" && pwd)
need qemu-system-x86_64 qemu-system-x86
need busybox busybox-static
need cpio cpio
need cksum coreutils
need dpkg-deb dpkg
need xz xz-utils
need timeout coreutils
[ "$(uname -m)" = x86_64 ] || fail "the guests are x86-64's, and get this machine's C library: run it on one"
[ -x "$jdk/bin/jlink" ] || fail "$jdk has no jlink: give a JDK"
! ldd "$(command -v busybox)" >/dev/null 2>&1 || fail "busybox needs libraries: install the package busybox-static"
mkdir -p "$1"
work=$(cd "$1" && pwd)

# guest ROOT: all that is the same for every kernel.
guest() {
    rm -rf "$1"
    mkdir -p "$1/bin" "$1/proc" "$1/sys" "$1/dev" "$1/tmp" "$1/etc" "$1/app"
    cp "$(command -v busybox)" "$1/bin/busybox"
    # The launcher asks for it, and not every busybox has it.
    cp -L "$(command -v cksum)" "$1/bin/cksum"
    ln -s bin "$1/sbin"
    "$jdk/bin/jlink" --strip-java-debug-attributes --no-header-files --no-man-pages \
        --add-modules java.base,java.desktop,java.logging,java.management,jdk.unsupported,jdk.net --output "$1/java"
    "$1/java/bin/java" -Xshare:dump >/dev/null
    ln -s /java/bin/java "$1/bin/java"
    find "$1/java" "$1/bin/cksum" -type f \( -name '*.so' -o -perm -u+x \) -exec ldd {} + 2>/dev/null \
        | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' \
        | grep -v "^$1/" | sort -u >"$work/libraries"
    while read -r library; do
        mkdir -p "$1$(dirname "$library")"
        cp -L "$library" "$1$library"
    done <"$work/libraries"
    cp "${classpath%%:*}" "$1/app/reuseport.jar"
    cp "$here/../../main/launcher/reuseport" "$1/app/reuseport"
    cp -r "${classpath#*:}" "$1/app/tests"
    cp "$here/init" "$here/checks" "$1/"
    chmod 755 "$1/init" "$1/checks"
    echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$1/etc/hosts"
}

# initramfs SUITE: a kernel of a suite and all that it starts with, as $kernel and $work/SUITE.initramfs.
initramfs() {
    download amd64 "$1" linux-image-cloud-amd64
    unpack "$store" "$work/$1"
    kernel=$(find "$work/$1" -name 'vmlinuz*' -type f | sort | tail -n 1)
    [ -n "$kernel" ] || fail "no kernel below $work/$1: delete $store"
    rm -rf "$work/$1.modules"
    mkdir -p "$work/$1.modules/modules"
    for module in veth inet_diag tcp_diag udp_diag unix_diag; do
        found=$(find "$work/$1" -name "$module.ko*" | head -n 1)
        case $found in
            *.ko) cp "$found" "$work/$1.modules/modules/" ;;
            *.ko.xz) xz -dc "$found" >"$work/$1.modules/modules/$module.ko" ;;
            *) fail "no module $module below $work/$1" ;;
        esac
    done
    {
        (cd "$work/guest" && find . -print0 | cpio -0 -o -H newc --quiet)
        (cd "$work/$1.modules" && find modules -print0 | cpio -0 -o -H newc --quiet)
    } | gzip -1 >"$work/$1.initramfs"
}

# boot SUITE KERNEL: runs the guest to its end; what it says is in $work/SUITE.log.
boot() {
    timeout 1500 qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 1536 -nodefaults -no-reboot -display none \
        -serial stdio -kernel "$2" -initrd "$work/$1.initramfs" \
        -append "console=ttyS0 quiet loglevel=1 panic=-1 checks=$cases,1" </dev/null 2>&1 | tr -d '\r' >"$work/$1.log"
}

# verdicts SUITE RELEASE: what its log says behind the demo; a release that hands on no queue (before 5.14) loses it
# whatever tcp_migrate_req is set to.
verdicts() {
    sed -n '/^took /d; /^== claims$/,/^== end$/p' "$work/$1.log" | case $2 in
        4.* | 5.[0-9].* | 5.1[0-3].*) sed '/^restart-is-free$/{n;s/fails/depends/;}' ;;
        *) cat ;;
    esac
}

# judge SUITE: whether a guest did all of it, and ended as it must.
judge() {
    log=$work/$1.log
    release=$(sed -n 's/^Linux version .* Debian \([0-9.]*\).*/\1/p' "$log")
    if ! grep -q '^== end$' "$log"; then
        cat "$log" >&2
        fail "$1 did not come to its end"
    fi
    grep -q "^$cases cases agree$" "$log" || {
        cat "$log" >&2
        fail "$1: Linux $release does not do what its rules say"
    }
    sed -n '/^== demo$/,/^exit/p' "$log" | grep -q '^exit 0$' || {
        cat "$log" >&2
        fail "$1: the article does not happen on Linux $release"
    }
    verdicts "$1" "$release" >"$work/$1.verdicts"
    diff -u "$here/verdicts" "$work/$1.verdicts" >&2 || fail "$1: other verdicts on Linux $release"
    echo "kernels: $1: Linux $release: $cases cases agree, and so do demo, claims, explain and inspect"
}

guest "$work/guest"
begun=$(date +%s)
running=0
for suite in $(echo "$suites" | tr ',' ' '); do
    initramfs "$suite"
    # As many as there are processors: what a guest waits for has its time.
    [ $running -lt "$(nproc)" ] || {
        wait
        running=0
    }
    boot "$suite" "$kernel" &
    running=$((running + 1))
done
wait
for suite in $(echo "$suites" | tr ',' ' '); do
    judge "$suite"
done
echo "kernels: all of it took $(($(date +%s) - begun)) s"
