#!/bin/sh
# Makes the distribution of this host's system and CPU: dist.sh TARGET MODULE VERSION TIME JAVA_HOME, where TARGET has what is
# to lie below share, MODULE is the program as a module, and TIME, as 2026-11-24T00:00:00Z, is what every file gets.
#
# Leaves in TARGET a folder, the same as tar.gz and, where dpkg-deb is, as a Debian package, and SHA256SUMS of these.
set -eu
target=$1 module=$2 version=$3 epoch=$(date -d "$4" +%s) java_home=$5
source=$(CDPATH= cd "$(dirname "$0")/../../.." && pwd)
arch=$(uname -m)
name=reuseport-$version-linux-$arch
root=$target/$name
lib=$root/lib/reuseport

[ "$(uname -s)" = Linux ] || { echo "a distribution is made on Linux, for Linux" >&2 && exit 1; }
rm -rf "$root" "$target"/*.tar.gz "$target"/*.deb "$target/debian"
mkdir -p "$root/bin" "$root/lib"
cp -R "$target/share" "$root/share"
cp "$source/src/main/launcher/distribution" "$root/bin/reuseport"
chmod 755 "$root/bin/reuseport"

# The classes of Java keep nothing that a debugger would need, and libjvm.so no symbols; the first saves 4 MB, the second 5.
strip=
command -v objcopy >/dev/null && strip="--strip-native-debug-symbols exclude-debuginfo-files"
mkdir "$lib"
"$java_home/bin/jlink" --module-path "$module" --add-modules dev.reuseport --output "$lib/runtime" \
    --strip-java-debug-attributes $strip --no-header-files --no-man-pages --compress zip-9 \
    --add-options="--add-opens=java.base/sun.nio.ch=dev.reuseport --enable-native-access=dev.reuseport"
[ -z "$strip" ] || objcopy --strip-unneeded "$lib/runtime/lib/server/libjvm.so"
rm "$lib/runtime/bin/keytool" "$lib/runtime/lib/classlist" "$lib/runtime/lib/jrt-fs.jar"

# The archive knows the runtime by the age of its files, which unpacking keeps.
find "$root" -exec touch -h -d "@$epoch" {} +
lean="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions"
lean="$lean -XX:-AOTRecordTraining -XX:-AOTReplayTraining -Djdk.reflect.useNativeAccessorOnly=true -Xlog:disable -Xlog:all=error:stderr"
main="-m dev.reuseport/dev.reuseport.cli.Main"
"$lib/runtime/bin/java" $lean -XX:AOTMode=record "-XX:AOTConfiguration=$target/rehearsed" $main rehearse "$lib" >/dev/null
"$lib/runtime/bin/java" $lean -XX:AOTMode=create "-XX:AOTConfiguration=$target/rehearsed" "-XX:AOTCache=$lib/archive" $main >/dev/null
rm "$target/rehearsed"
chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch -h -d "@$epoch" {} +

tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$target/$name.tar.gz"

if command -v dpkg-deb >/dev/null; then
    debian=$target/debian
    mkdir -p "$debian/DEBIAN" "$debian/usr"
    cp -Rp "$root/bin" "$root/lib" "$root/share" "$debian/usr/"
    # A version with - in it would have a revision behind that.
    cat >"$debian/DEBIAN/control" <<CONTROL
Package: reuseport
Version: $(printf %s "$version" | sed 's/-/~/g')
Architecture: $(dpkg --print-architecture)
Maintainer: reuseport <reuseport@localhost>
Depends: libc6 (>= 2.17)
Installed-Size: $(du -sk "$debian/usr" | cut -f1)
Section: net
Priority: optional
Description: workbench for SO_REUSEPORT
 Opens TCP listeners by calling libc itself and through the JDK, reads back
 what the kernel really holds, and says where they differ and why. Explains
 "Address already in use", shows who shares a port, and how the kernel
 spreads connections. Has its own Java runtime.
CONTROL
    (cd "$debian" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
    chmod -R u=rwX,go=rX "$debian"
    find "$debian" -exec touch -h -d "@$epoch" {} +
    SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zgzip --build "$debian" "$target/$name.deb" >/dev/null
    rm -rf "$debian"
else
    echo "no .deb is built: there is no dpkg-deb" >&2
fi

(cd "$target" && sha256sum -- *.tar.gz $(ls -- *.deb 2>/dev/null) $(ls -- *.cdx.json 2>/dev/null) >SHA256SUMS)
