"""Wheels and bundles of `tiny_tagd`, in as many versions and ways as a test wants."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import zipfile
from pathlib import Path

from device.appliance import archive, signature, wheels
from device.appliance.manifest import Entry, Manifest

HERE = Path(__file__).parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def wheel(folder: Path, version: str, schema: int = 1, way: str = "well") -> Path:
    """A wheel of the tiny program, as pip takes it."""
    text = (HERE / "tiny_tagd.py").read_text(encoding="utf-8")
    text = text.replace('VERSION = "0.1.0"', f'VERSION = "{version}"')
    text = text.replace("SCHEMA = 1", f"SCHEMA = {schema}").replace('"well"', f'"{way}"', 1)
    about = f"tagd-{version}.dist-info"
    files = {
        "tiny_tagd.py": text,
        "device/store/migrations.py": f"def m{schema:03}_x(db):\n    ...\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: tagd\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": "[console_scripts]\ntagd = tiny_tagd:main\n",
    }
    record = ""
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
        record += f"{name},sha256={digest.decode().rstrip('=')},{len(content.encode())}\n"
    path = folder / f"tagd-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archived:
        for name, content in {**files, f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}.items():
            archived.writestr(name, content)
    return path


def bundle(
    folder: Path,
    version: str,
    key: Path | None,
    *,
    schema: int = 1,
    way: str = "well",
    platform: str = "",
    python: str = PYTHON,
) -> Path:
    """A bundle of the tiny program for this machine; `key` None: not signed."""
    made = wheel(folder / version, version, schema, way)
    listed = folder / version / f"requirements-{python}.txt"
    listed.write_text(f"{wheels.read(made).pinned}\n")
    manual = folder / version / "operations.md"
    manual.write_text("# Keeping it running\n")
    files = {
        f"wheels/{made.name}": made,
        f"wheels/{listed.name}": listed,
        "docs/operations.md": manual,
        "install.sh": manual,
    }
    entries = {name: entry(path.read_bytes()) for name, path in files.items()}
    machine = platform or os.uname().machine
    manifest = Manifest(version, machine, (python,), wheels.schema(made), entries)
    signed = signature.sign(manifest.dumps().encode(), key) if key else b""
    target = folder / f"{manifest.stem}.tar"
    archive.write(target, manifest, signed, files)
    return target


def entry(data: bytes) -> Entry:
    return Entry(len(data), hashlib.sha256(data).hexdigest())
