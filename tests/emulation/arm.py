"""Debian roots for Arm on an x86-64 machine, run by qemu-user: made once and kept, copied for use.

They lie beside the Debian 13 root (`root.py`), 0.3 GB each. Making one takes root's rights,
debootstrap, qemu-user-static, the system's own Debian mirror and three minutes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from emulation.root import CHECKOUT, mirror

SUITE = "bookworm"
PYTHON = "3.11"
"""That of the suite."""

PINS = CHECKOUT / "config/constraints.txt"
_LEFT = 3600.0  # seconds after which a copy is nobody's
_BINFMT = Path("/proc/sys/fs/binfmt_misc")


@dataclass(frozen=True, slots=True)
class Arm:
    """One of Debian's ports."""

    port: str  # as debootstrap names it
    emulator: str  # of qemu
    machine: str  # as in the names of wheels
    packages: tuple[str, ...]


ARM64 = Arm("arm64", "qemu-aarch64", "aarch64", ("python3", "python3-venv"))
ARMHF = Arm(
    "armhf",
    "qemu-arm",
    "armv7l",
    ("python3", "python3-venv", "python3-numpy", "python3-pil", "python3-yaml"),
)


def cache() -> Path:
    """Where roots and wheels are kept from one run to the next."""
    place = Path(os.environ.get("TAGD_TEST_CACHE") or Path.home() / ".cache/tagd-tests")
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def fresh_root(arm: Arm) -> Iterator[Path]:
    """A copy of that root, taken away afterwards; skips, with the reason, where it cannot be."""
    _require(arm)
    kept = _kept(arm)
    for left in cache().glob(f"{arm.port}-*"):  # by a run that was killed
        if time.time() - left.stat().st_mtime > _LEFT:
            shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=f"{arm.port}-", dir=cache()) as place:
        root = Path(place) / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", str(kept), str(root)], check=True)
        for name in ("tagd", "out"):
            (root / "opt" / name).mkdir()
        yield root


def wheels(arm: Arm, *what: str) -> Path:
    """A folder with the wheels that `what` needs on that machine, as pip finds them; kept.

    pip takes the markers of the Python that runs it, so this must be the root's.
    """
    if "{}.{}".format(*sys.version_info) != PYTHON:
        pytest.skip(f"only Python {PYTHON} can choose the wheels of {SUITE}")
    recipe = hashlib.sha256(PINS.read_bytes() + (CHECKOUT / "pyproject.toml").read_bytes())
    place = cache() / f"wheels-{arm.machine}-{recipe.hexdigest()[:12]}"
    if not place.is_dir():
        for old in cache().glob(f"wheels-{arm.machine}-*"):
            shutil.rmtree(old)
        made = cache() / f"wheels-{arm.machine}.unfinished"
        shutil.rmtree(made, ignore_errors=True)
        done = download(arm, made, *what)
        if done.returncode:
            pytest.skip(f"pip: {done.stderr.strip()[-300:]}")
        made.rename(place)
    return place


def own_wheel(place: Path) -> Path:
    """tagd's own, made in `place`."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(place)]
    subprocess.run([*pip, str(CHECKOUT)], check=True, capture_output=True)
    [made] = place.glob("tagd-*.whl")
    return made


def download(arm: Arm, place: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """`pip download` of wheels for that machine, and of nothing else."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    kind = ["--only-binary=:all:", f"--python-version={PYTHON}", "--implementation=cp"]
    kind += [f"--abi={one}" for one in ("cp311", "abi3", "none")]
    kind += [f"--platform=manylinux{glibc}_{arm.machine}" for glibc in ("2014", "_2_17", "_2_27")]
    kind += [
        f"--platform=manylinux_{glibc}_{arm.machine}" for glibc in ("2_28", "2_31", "2_34", "2_36")
    ]
    kind += [f"--platform=linux_{arm.machine}"]
    return subprocess.run(
        [*pip, "-d", str(place), *kind, *what], capture_output=True, text=True, check=False
    )


def _kept(arm: Arm) -> Path:
    recipe = hashlib.sha256(repr((SUITE, arm)).encode()).hexdigest()[:12]
    root = cache() / f"{SUITE}-{arm.port}-{recipe}"
    with (cache() / f"lock-{arm.port}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            for old in cache().glob(f"{SUITE}-{arm.port}-*"):
                shutil.rmtree(old)
            made = cache() / f"{SUITE}-{arm.port}.unfinished"
            shutil.rmtree(made, ignore_errors=True)
            _make(arm, made)
            made.rename(root)
    return root


def _make(arm: Arm, root: Path) -> None:
    include = "--include=" + ",".join(arm.packages)
    command = ["debootstrap", f"--arch={arm.port}", "--variant=minbase", include, SUITE, str(root)]
    done = subprocess.run([*command, mirror()], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"debootstrap: {(done.stdout + done.stderr).strip()[-300:]}")


def _require(arm: Arm) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("Arm is emulated on x86_64 machines only")
    if os.getuid() != 0:
        pytest.skip("only root can make a Debian root")
    os.environ["PATH"] += ":/usr/sbin"
    for command in ("debootstrap", "unshare", f"{arm.emulator}-static"):
        if shutil.which(command) is None:
            pytest.skip(f"there is no {command}: ./install.sh test --slow installs it")
    if not (_BINFMT / arm.emulator).exists():
        _register(arm)


def _register(arm: Arm) -> None:
    """Have the kernel start that machine's programs with qemu, as Debian's package would."""
    if not (_BINFMT / "register").exists():
        mount = ["mount", "-t", "binfmt_misc", "binfmt_misc", str(_BINFMT)]
        subprocess.run(mount, capture_output=True, check=False)
    try:
        rule = Path(f"/usr/lib/binfmt.d/{arm.emulator}.conf").read_bytes()
        (_BINFMT / "register").write_bytes(rule.strip())
    except OSError as error:
        pytest.skip(f"the kernel takes no emulator: {error}")
