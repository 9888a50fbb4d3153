#!/bin/sh
# Runs test classes on JVMs of other CPUs, each under qemu's user-mode emulation.
#
# usage: foreign.sh WORK ARCHS CLASSPATH TESTS [JVM_OPTION...]
#   WORK       directory for unpacked systems and reports, e.g. target/foreign
#   ARCHS      Debian architectures, comma-separated: s390x,mips64el,arm64,armhf,ppc64el,riscv64
#   CLASSPATH  host class path with the tests and JUnit's console launcher
#   TESTS      packages whose test classes run, and single classes, comma-separated; the first is the control's
#
# Nothing is installed: each architecture has an apt state of its own, and packages are only unpacked. The emulated
# process makes its system calls to this machine's kernel, so a run proves numbers, byte order, structure layout and
# jffi's native part. It says nothing about another kernel.
set -eu

profile=foreign
# shellcheck source=src/test/debian/packages.sh
. "$(dirname "$0")/../debian/packages.sh"

[ $# -ge 4 ] || fail "usage: foreign.sh WORK ARCHS CLASSPATH TESTS [JVM_OPTION...]"
work=$1 archs=$2 classpath=$3 tests=$4
shift 4

# The facts of an architecture: qemu's name for it, the Debian release that has it, the package, further flags of qemu,
# and another platform's numbers with which the tests must fail.
describe() {
    suite=bookworm jre=openjdk-17-jre-headless flags='' wrong=''
    case $1 in
        arm64) qemu=aarch64 ;;
        armhf) qemu=arm ;;
        # jffi's library for this CPU uses instructions that qemu's default model does not have.
        mips64el) qemu=mips64el flags='-cpu Loongson-3A4000' wrong=linux ;;
        ppc64el) qemu=ppc64le wrong=linux ;;
        riscv64) qemu=riscv64 suite=trixie jre=openjdk-21-jre-headless ;;
        s390x) qemu=s390x ;;
        *) fail "no foreign architecture '$1': choose from arm64, armhf, mips64el, ppc64el, riscv64, s390x" ;;
    esac
}

# launch TESTS REPORTS OPTION...: JUnit's console launcher on the foreign JVM, which gets the options.
launch() {
    selectors=$(selected "$1")
    reports=$2
    shift 2
    # shellcheck disable=SC2086  # flags and selectors are words
    timeout 600 "$emulator" $flags -L "$root" "$java" -Xint -XX:+UseSerialGC -XX:-UsePerfData \
        -Djava.io.tmpdir="$run/tmp" -Dreuseport.test.emulator="qemu $version" "$@" \
        -cp "$classpath" org.junit.platform.console.ConsoleLauncher execute $selectors \
        --disable-banner --disable-ansi-colors --fail-if-no-tests --details=none --reports-dir "$reports"
}

# The control: with another platform's numbers the same tests run, and fail.
control() {
    code=0
    mkdir -p "$run/control"
    launch "${tests%%,*}" "$run/control" "$@" -Dreuseport.test.platform="$wrong" >"$run/control/log" 2>&1 || code=$?
    failed=$(sed -n 's/^\[ *\([0-9]*\) tests failed *\]$/\1/p' "$run/control/log")
    if [ "$code" -ne 1 ] || [ "${failed:-0}" -eq 0 ]; then
        cat "$run/control/log" >&2
        fail "$name: the control should fail and does not: numbers of $wrong, exit $code, ${failed:-no} tests failed"
    fi
    echo "foreign: $name control: $failed tests fail with the numbers of $wrong, as they must"
}

# selected TESTS: the launcher's options. Test classes go by name: readdir of a 32-bit process fails on the 64-bit
# offsets of this kernel's directories, so that the launcher cannot look for them itself. Simulations of another system
# say nothing about a CPU and stay out.
selected() {
    echo "$1" | tr ',' '\n' | while read -r test; do
        found=
        for entry in $(echo "$classpath" | tr ':' ' '); do
            path=$entry/$(echo "$test" | tr . /)
            for file in "$path.class" "$path"/*Test.class; do
                case ${file##*/} in Simulated*) continue ;; esac
                [ -f "$file" ] || continue
                file=${file#"$entry"/}
                found=$(echo "${file%.class}" | tr / .)
                echo "--select-class=$found"
            done
        done
        [ -n "$found" ] || echo "$test has no test class" >&2
    done
}

[ -n "$archs" ] || fail "no architecture given"
need dpkg-deb dpkg
need timeout coreutils
need sha256sum coreutils
need find findutils
host=$(dpkg --print-architecture)
mkdir -p "$work"
work=$(cd "$work" && pwd)

missing=$(selected "$tests" 2>&1 >/dev/null)
[ -z "$missing" ] || fail "$missing"

download "$host" bookworm qemu-user-static
unpack "$store" "$work/qemu"

for name in $(echo "$archs" | tr ',' ' '); do
    describe "$name"
    begun=$(date +%s)
    run=$work/$name
    root=$run/root
    mkdir -p "$run/tmp"
    # shellcheck disable=SC2086
    download "$name" "$suite" $jre
    unpack "$store" "$root"
    emulator=$work/qemu/usr/bin/qemu-$qemu-static
    java=
    for file in "$root"/usr/lib/jvm/java-*-openjdk-*/bin/java; do
        [ ! -x "$file" ] || java=$file
    done
    [ -x "$emulator" ] || fail "no $emulator: delete $cache"
    [ -n "$java" ] || fail "no java below $root: delete $store"
    version=$("$emulator" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
    ready=$(date +%s)
    # How long a test takes says nothing there; that all of them end is watched above.
    launch "$tests" "$run/reports" -Djunit.jupiter.execution.timeout.mode=disabled "$@" || fail "$name: the tests failed (exit $?)"
    report=$run/reports/TEST-junit-jupiter.xml
    counts=$(sed -n 's/^<testsuite .* tests="\([0-9]*\)" skipped="\([0-9]*\)".*/\1 tests, \2 skipped/p' "$report")
    echo "foreign: $name passed under qemu $version: $counts;" \
        "prepared in $((ready - begun)) s, ran in $(($(date +%s) - ready)) s"
    sed -n "s/.*TestAbortedException: Assumption failed: /foreign: $name skipped: /p" "$report"
    [ -z "$wrong" ] || control "$@"
done
