"""Debian roots that systemd can boot, and the wheels to install into them, made once and kept.

They live outside the repository, in `TAGD_TEST_CACHE` or ~/.cache/tagd-tests (0.3 GB a root).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulation.root import mirror

CHECKOUT = Path(__file__).parents[1]
CONSTRAINTS = CHECKOUT / "config/constraints.txt"
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "python3", "python3-venv"),
    *("mosquitto", "mosquitto-clients"),
)
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
_PLATFORMS = tuple(f"--platform=manylinux_{glibc}_x86_64" for glibc in ("2_28", "2_27", "2_17"))


def skip_where_impossible() -> None:
    """With the reason."""
    if os.getuid() != 0:
        pytest.skip("only root can boot a container")
    for command in ("systemd-nspawn", "debootstrap", "nsenter"):
        if shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            pytest.skip(f"there is no {command}: ./install.sh test --slow installs it")


def debian(suite: str) -> Path:
    """A root of that suite, never to be changed. Skips the test if it cannot be made."""
    skip_where_impossible()
    with _cache() as cache:
        root = cache / f"boot-{suite}-{_hash(repr(PACKAGES))}"
        if not root.is_dir():
            _forget(cache, f"boot-{suite}-*")
            made = cache / f"boot-{suite}-unfinished"
            include = f"--include={','.join(PACKAGES)}"
            command = ["debootstrap", "--variant=minbase", include, suite, str(made), mirror()]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"debootstrap: {(done.stdout + done.stderr).strip()[-300:]}")
            shutil.rmtree(made / "var/cache/apt/archives")
            made.rename(root)
    return root


def wheels(suite: str, wheel: Path) -> Path:
    """A folder with all that tagd's wheel needs on that suite's Python."""
    python = PYTHONS[suite]
    project = (CHECKOUT / "pyproject.toml").read_bytes()
    with _cache() as cache:
        folder = cache / f"wheels-{python}-{_hash(project.hex() + CONSTRAINTS.read_text())}"
        if not folder.is_dir():
            _forget(cache, f"wheels-{python}-*")
            made = cache / f"wheels-{python}-unfinished"
            kind = ["--only-binary=:all:", f"--python-version={python}", *_PLATFORMS]
            _pip("download", *kind, "-c", str(CONSTRAINTS), "-d", str(made), str(wheel))
            for own in made.glob("tagd-*.whl"):
                own.unlink()
            made.rename(folder)
    return folder


def build_wheel(place: Path) -> Path:
    """tagd's own, of the checkout as it is now."""
    _pip("wheel", "--no-deps", "-w", str(place), str(CHECKOUT))
    return next(place.glob("tagd-*.whl"))


@contextlib.contextmanager
def _cache() -> Iterator[Path]:
    cache = Path(os.environ.get("TAGD_TEST_CACHE") or Path.home() / ".cache/tagd-tests")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "boot.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield cache


def _forget(cache: Path, pattern: str) -> None:
    for old in cache.glob(pattern):
        shutil.rmtree(old)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "-q", "--no-input"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip: {done.stderr.strip()[-300:]}")
