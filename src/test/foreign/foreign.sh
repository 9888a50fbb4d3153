#!/bin/sh
# Runs test classes on JVMs of other CPUs, each under qemu's user-mode emulation.
#
# usage: foreign.sh WORK ARCHS CLASSPATH TESTS [JVM_OPTION...]
#   WORK       directory for unpacked systems and reports, e.g. target/foreign
#   ARCHS      Debian architectures, comma-separated: s390x,mips64el,arm64,armhf,ppc64el,riscv64
#   CLASSPATH  host class path with the tests and JUnit's console launcher
#   TESTS      packages whose test classes run, and single classes, comma-separated; the first is the control's
#
# FOREIGN_MIRROR names a Debian mirror; empty, it is the one that this machine's apt uses.
# FOREIGN_CACHE  keeps the downloaded packages; empty, it is below $XDG_CACHE_HOME.
#
# Nothing is installed: each architecture has an apt state of its own, and packages are only unpacked. The emulated
# process makes its system calls to this machine's kernel, so a run proves numbers, byte order, structure layout and
# jffi's native part. It says nothing about another kernel.
set -eu

fail() {
    echo "foreign: $*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: install the package $2 (Debian or Ubuntu)"
}

[ $# -ge 4 ] || fail "usage: foreign.sh WORK ARCHS CLASSPATH TESTS [JVM_OPTION...]"
work=$1 archs=$2 classpath=$3 tests=$4
shift 4
case ${FOREIGN_CACHE:-} in
    '') cache=${XDG_CACHE_HOME:-$HOME/.cache}/reuseport/foreign ;;
    *) cache=$FOREIGN_CACHE ;;
esac

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

mirror() {
    if [ -n "${FOREIGN_MIRROR:-}" ]; then
        echo "$FOREIGN_MIRROR"
    else
        # shellcheck disable=SC2016  # the placeholders are apt's
        apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' \
            | grep -v security | sort -u | sed -n 's/^\(Debian\)\{0,1\} //p' | head -n 1
    fi
}

# download ARCH SUITE PACKAGE...: leaves the packages and what they depend on in $cache/SUITE-ARCH, once.
download() {
    arch=$1 suite=$2
    shift 2
    store=$cache/$suite-$arch
    if [ -f "$store/SHA256SUMS" ] && (cd "$store" && sha256sum --check --quiet --strict SHA256SUMS); then
        return
    fi
    need apt-get apt
    keyring=
    for file in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
        [ ! -f "$file" ] || keyring=$file
    done
    [ -n "$keyring" ] || fail "Debian's archive keys are missing: install the package debian-archive-keyring"
    uri=$(mirror)
    [ -n "$uri" ] || fail "apt has no Debian mirror: name one with -Dforeign.mirror=URI"
    echo "foreign: downloading $* for $arch"

    mkdir -p "$cache"
    apt=$(mktemp -d "$cache/$suite-$arch.XXXXXX")
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    : >"$apt/status"
    echo "deb [signed-by=$keyring] $uri $suite main" >"$apt/sources.list"
    # An empty status file makes apt count everything as missing, so that the libraries come along.
    cat >"$apt/apt.conf" <<CONF
APT::Architecture "$arch";
#clear APT::Architectures;
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
#clear APT::Update;
#clear DPkg;
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Debug::NoLocking "true";
CONF
    if ! {
        apt-get -q=2 -c "$apt/apt.conf" update
        apt-get -q=2 -y -c "$apt/apt.conf" --download-only install "$@"
    } >"$apt/log" 2>&1; then
        cat "$apt/log" >&2
        rm -rf "$apt"
        fail "no $* for $arch from $suite: name a Debian mirror with -Dforeign.mirror=URI"
    fi
    (cd "$apt/archives" && rm -rf lock partial && sha256sum -- *.deb >SHA256SUMS)
    rm -rf "$store"
    mv "$apt/archives" "$store"
    rm -rf "$apt"
}

# unpack STORE ROOT: the packages of a store as a file system, if that is not what is there already.
unpack() {
    cmp -s "$1/SHA256SUMS" "$2/SHA256SUMS" && return
    rm -rf "$2"
    mkdir -p "$2"
    for deb in "$1"/*.deb; do
        dpkg-deb -x "$deb" "$2"
    done
    # From trixie on a package of its own, which nothing here depends on, makes /lib a link to /usr/lib.
    for directory in "$2"/usr/lib*; do
        [ -e "$2/${directory##*/}" ] || ln -s "usr/${directory##*/}" "$2/${directory##*/}"
    done
    # The kernel follows links itself, and an absolute one would lead out of the root.
    find "$2" -type l -lname '/*' -printf '%l\t%p\n' | while IFS="$(printf '\t')" read -r target link; do
        ln -sfn "$2$target" "$link"
    done
    cp "$1/SHA256SUMS" "$2/SHA256SUMS"
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
unpack "$cache/bookworm-$host" "$work/qemu"

for name in $(echo "$archs" | tr ',' ' '); do
    describe "$name"
    begun=$(date +%s)
    run=$work/$name
    root=$run/root
    mkdir -p "$run/tmp"
    # shellcheck disable=SC2086
    download "$name" "$suite" $jre
    unpack "$cache/$suite-$name" "$root"
    emulator=$work/qemu/usr/bin/qemu-$qemu-static
    java=
    for file in "$root"/usr/lib/jvm/java-*-openjdk-*/bin/java; do
        [ ! -x "$file" ] || java=$file
    done
    [ -x "$emulator" ] || fail "no $emulator: delete $cache/bookworm-$host"
    [ -n "$java" ] || fail "no java below $root: delete $cache/$suite-$name"
    version=$("$emulator" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
    ready=$(date +%s)
    launch "$tests" "$run/reports" "$@" || fail "$name: the tests failed (exit $?)"
    report=$run/reports/TEST-junit-jupiter.xml
    counts=$(sed -n 's/^<testsuite .* tests="\([0-9]*\)" skipped="\([0-9]*\)".*/\1 tests, \2 skipped/p' "$report")
    echo "foreign: $name passed under qemu $version: $counts;" \
        "prepared in $((ready - begun)) s, ran in $(($(date +%s) - ready)) s"
    sed -n "s/.*TestAbortedException: Assumption failed: /foreign: $name skipped: /p" "$report"
    [ -z "$wrong" ] || control "$@"
done
