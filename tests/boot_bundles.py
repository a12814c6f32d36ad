"""Bundles for the roots that are booted, made once for each content and kept beside the roots."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import boot_roots
import pytest

from device.appliance import archive, packing, signature, wheels
from device.appliance.manifest import Entry

_CONTENT = ("device", "models", "config", "docs", "pyproject.toml", "install.sh")
_SKIPPED = shutil.ignore_patterns("__pycache__", "build", "work")


def keys() -> tuple[Path, Path]:
    """The private key of the maker, and the public one that devices trust."""
    with boot_roots.cached() as cache:
        if not (cache / "maker.pub.pem").exists():
            (cache / "maker.pem").unlink(missing_ok=True)
            signature.keygen(cache / "maker.pem")
        return cache / "maker.pem", cache / "maker.pub.pem"


@functools.cache
def bundle(suite: str) -> Path:
    """Of the checkout as it is, by `tagd-bundle make`, for that suite's Python."""
    private, _ = keys()
    python = boot_roots.PYTHONS[suite]
    with boot_roots.cached() as cache:
        folder = cache / f"bundle-{python}-{_content()}"
        if not folder.is_dir():
            boot_roots.forget(cache, f"bundle-{python}-*")
            made = cache / f"bundle-{python}-unfinished"
            command = [sys.executable, "-m", "device.appliance.bundle", "make", "--for", "x86"]
            command += ["--python", python, "--key", str(private), "--out", str(made)]
            done = subprocess.run(
                command, cwd=boot_roots.CHECKOUT, capture_output=True, text=True, check=False
            )
            if done.returncode:
                pytest.skip(f"tagd-bundle: {done.stderr.strip()[-300:]}")
            made.rename(folder)
    return next(folder.glob("*.tar"))


def variant(
    base: Path, version: str, place: Path, edit: tuple[str, str, str] | None = None
) -> Path:
    """Of another version, with the wheels of `base`; `edit`: file, what it says, what instead."""
    private, public = keys()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = work / "checkout"
        for one in packing.BUILT_FROM:
            path = boot_roots.CHECKOUT / one
            copy = shutil.copytree if path.is_dir() else shutil.copyfile
            source.mkdir(exist_ok=True)
            copy(path, source / one, **({"ignore": _SKIPPED} if path.is_dir() else {}))
        if edit is not None:
            text = (source / edit[0]).read_text(encoding="utf-8")
            assert edit[1] in text
            (source / edit[0]).write_text(text.replace(edit[1], edit[2], 1), encoding="utf-8")
        wheel = packing.build_wheel(source, work / "built", version)
        manifest = archive.unpack(base, work / "files", [public])
        files = {one: work / "files" / one for one in manifest.files}
        files = {one: path for one, path in files.items() if not one.startswith("wheels/tagd-")}
        files[f"wheels/{wheel.name}"] = wheel
        for listed in (work / "files/wheels").glob("requirements-*.txt"):
            lines = listed.read_text().splitlines(keepends=True)
            others = "".join(line for line in lines if not line.startswith("tagd=="))
            listed.write_text(f"{others}{wheels.read(wheel).pinned}\n")
        entries = {
            one: Entry(path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
            for one, path in files.items()
        }
        manifest = replace(manifest, version=version, files=entries)
        target = place / f"{manifest.stem}.tar"
        signed = signature.sign(manifest.dumps().encode(), private)
        archive.write(target, manifest, signed, files)
    return target


def _content() -> str:
    digest = hashlib.sha256()
    for name in _CONTENT:
        place = boot_roots.CHECKOUT / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
