"""What kind of machine this is: board, system, Python."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_MODEL = "proc/device-tree/model"
_PRODUCT = "sys/devices/virtual/dmi/id/product_name"
_CAMERA = re.compile(r"unicam|rp1-cfe", re.IGNORECASE)
"""Drivers of the camera port: of the Pi 1 to 4, and of the Pi 5. Each is there with a sensor."""

_BOARDS = (
    (re.compile(r"Raspberry Pi Zero 2"), "pi-zero-2"),
    (re.compile(r"Raspberry Pi (Compute Module )?3"), "pi-3"),
    (re.compile(r"Raspberry Pi (Compute Module )?4"), "pi-4"),  # and the 400
    (re.compile(r"Raspberry Pi (Compute Module )?5"), "pi-5"),  # and the 500
    (re.compile(r"Raspberry Pi"), "pi"),
    (re.compile(r"Jetson|NVIDIA .*(Orin|Xavier|Thor)", re.IGNORECASE), "jetson"),
)

OLDEST, NEWEST = (3, 10), (3, 13)
"""Pythons that every dependency has wheels for."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as it is."""

    board: str  # pi-3, pi-4, pi-5, pi-zero-2, pi, jetson, x86 or other
    name: str  # as the kernel tells
    machine: str  # as `uname -m`
    bits: int  # of the system's programs, 32 or 64: a kernel of 64 may run programs of 32
    os: str  # debian 12, raspbian 12, ubuntu 22.04
    python: str  # 3.11.2
    raspberry_pi_os: bool

    def problem(self) -> tuple[str, str] | None:
        """Why tagd cannot run here, and what to do; None: it can."""
        version = tuple(int(part) for part in self.python.split(".")[:2])
        if version < OLDEST:
            return (
                f"this is Python {self.python}, and tagd needs 3.10 or newer",
                "install a newer system (Debian 12, Ubuntu 22.04), or name a Python in PYTHON",
            )
        if version > NEWEST:
            return (
                f"this is Python {self.python}, for which not all that tagd needs is built yet",
                "install a Python of 3.10 to 3.13 and name it in PYTHON",
            )
        if self.bits == 64 and self.machine in ("x86_64", "aarch64"):
            return None
        if self.machine == "armv7l" and version < (3, 12):
            return None
        if self.machine == "aarch64":
            return (
                "this is a 32-bit system on a 64-bit kernel, which confuses pip",
                "install the 64-bit Raspberry Pi OS; or put arm_64bit=0 into config.txt, reboot",
            )
        return (
            f"no TFLite for {self.machine}, {self.bits} bit, with Python {self.python}",
            "install a 64-bit system; on 32-bit Arm Debian 12 works as well",
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.board}), {self.machine} {self.bits} bit, {self.os}"


def look(root: Path = Path("/")) -> Machine:
    """`root`: where /proc, /sys and /etc are."""
    name = _text(root / _MODEL)
    machine = platform.machine()
    release = dict(re.findall(r'^(\w+)="?(.*?)"?$', _text(root / "etc/os-release"), re.MULTILINE))
    return Machine(
        board=next((b for pattern, b in _BOARDS if pattern.search(name)), _other(machine)),
        name=name or _text(root / _PRODUCT) or platform.node(),
        machine=machine,
        bits=64 if sys.maxsize > 2**32 else 32,
        os=f"{release.get('ID', 'linux')} {release.get('VERSION_ID', '')}".strip(),
        python=platform.python_version(),
        raspberry_pi_os=release.get("ID") == "raspbian" or (root / "etc/rpi-issue").exists(),
    )


def has_pi_camera(root: Path = Path("/")) -> bool:
    """Whether a camera is in the camera port of a Raspberry Pi."""
    names = (root / "sys/class/video4linux").glob("*/name")
    return any(_CAMERA.search(_text(name)) for name in names)


def _other(machine: str) -> str:
    return "x86" if machine in ("x86_64", "i686", "i386") else "other"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return ""
