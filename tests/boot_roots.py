"""Debian roots that systemd can boot, made once and kept.

They live outside the repository, in `TAGD_TEST_CACHE` or ~/.cache/tagd-tests (0.3 GB a root).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulation.root import mirror

CHECKOUT = Path(__file__).parents[1]
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "python3", "python3-venv"),
    *("mosquitto", "mosquitto-clients"),
)
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}


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
    with cached() as cache:
        root = cache / f"boot-{suite}-{_hash(repr(PACKAGES))}"
        if not root.is_dir():
            forget(cache, f"boot-{suite}-*")
            made = cache / f"boot-{suite}-unfinished"
            include = f"--include={','.join(PACKAGES)}"
            command = ["debootstrap", "--variant=minbase", include, suite, str(made), mirror()]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"debootstrap: {(done.stdout + done.stderr).strip()[-300:]}")
            shutil.rmtree(made / "var/cache/apt/archives")
            made.rename(root)
    return root


@contextlib.contextmanager
def cached() -> Iterator[Path]:
    """The folder of all that is kept, for one process at a time."""
    cache = Path(os.environ.get("TAGD_TEST_CACHE") or Path.home() / ".cache/tagd-tests")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "boot.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield cache


def forget(cache: Path, pattern: str) -> None:
    """Take away what was made of something older."""
    for old in cache.glob(pattern):
        shutil.rmtree(old)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
