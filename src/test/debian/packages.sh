# Debian's packages for tests, downloaded once and only unpacked: nothing is installed. The scripts of the profiles read
# this, and set
#   profile        their name, for messages
# In the environment may stand
#   DEBIAN_MIRROR  a mirror; without it, it is the one that this machine's apt uses
#   DEBIAN_CACHE   a folder that keeps packages; without it, it is below $XDG_CACHE_HOME
# shellcheck shell=sh

cache=${DEBIAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reuseport/debian}

fail() {
    echo "$profile: $*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: install the package $2 (Debian or Ubuntu)"
}

mirror() {
    if [ -n "${DEBIAN_MIRROR:-}" ]; then
        echo "$DEBIAN_MIRROR"
    else
        # shellcheck disable=SC2016  # the placeholders are apt's
        apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' \
            | grep -v security | sort -u | sed -n 's/^\(Debian\)\{0,1\} //p' | head -n 1
    fi
}

# download ARCH SUITE PACKAGE...: leaves the packages and what they depend on in a folder, once, and its name in store.
download() {
    arch=$1 suite=$2
    shift 2
    store=$cache/$suite-$arch-$1
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
    [ -n "$uri" ] || fail "apt has no Debian mirror: name one with -Ddebian.mirror=URI"
    echo "$profile: downloading $* for $arch"

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
        fail "no $* for $arch from $suite: name a Debian mirror with -Ddebian.mirror=URI"
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
