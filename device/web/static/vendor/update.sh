#!/bin/sh
# Brings in the libraries that vendor.json names, unchanged, from the package registry that npm
# is set up to use. Needs npm and python3; nothing else of the project needs npm.
#
#   update.sh           fetch, check each sha512, copy the files, write THIRD_PARTY.md
#   update.sh --check   only compare: exit 1 when a file here is not the registry's own
#
# A new version: put version, folder and integrity (npm view NAME@VERSION dist.integrity) into
# vendor.json, the folder into the import map of ../index.html, then run this.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cd "$scratch"
python3 -c 'import json, sys
for package in json.load(open(sys.argv[1])): print(package["name"] + "@" + package["version"])
' "$here/vendor.json" | xargs npm pack --silent >/dev/null

exec python3 - "$here" "$scratch" "${1:-}" <<'PYTHON'
import base64
import hashlib
import json
import pathlib
import sys
import tarfile

here, scratch = map(pathlib.Path, sys.argv[1:3])
check = sys.argv[3] == "--check"
packages = json.loads((here / "vendor.json").read_text())
wanted = {}
lines = [
    "# Third-party code of the page\n",
    "Copied unchanged by `update.sh`, each with its licence beside it.\n",
    "| package | version | licence | text |",
    "|---|---|---|---|",
]
for package in packages:
    name, version, folder = package["name"], package["version"], package["folder"]
    tarball = scratch / f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != package["integrity"]:
        sys.exit(f"not used: {name}@{version} has {found}, and vendor.json says another")
    with tarfile.open(tarball) as archive:
        for file, inside in package["files"].items():
            wanted[here / folder / file] = archive.extractfile(f"package/{inside}").read()
    lines.append(f"| {name} | {version} | {package['license']} | [LICENSE]({folder}/LICENSE) |")
wanted[here / "THIRD_PARTY.md"] = ("\n".join(lines) + "\n").encode()

ours = {here / "vendor.json", here / "update.sh"}
extra = {path for path in here.rglob("*") if path.is_file()} - ours - wanted.keys()
if check:
    differs = [p for p, data in wanted.items() if not p.is_file() or p.read_bytes() != data]
    for path in sorted([*differs, *extra]):
        print(f"{path.relative_to(here)} is not what the registry has", file=sys.stderr)
    sys.exit(1 if differs or extra else 0)
for path in extra:
    path.unlink()
for path, data in wanted.items():
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
PYTHON
