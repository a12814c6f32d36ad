"""The machine that is installed on: its programs, its disks, and who owns a file.

The one way out of the installer. `fake.FakeHost` stands for a machine in tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from device.appliance.steps import ApplianceError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for: that of an ordinary user lacks useradd's folder."""

_LINES = 6  # of what a program said that are told when it fails


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a program."""

    code: int
    said: str  # standard output and error, in one


class Host:
    """This machine."""

    root = Path("/")
    """Where its /etc, /proc, /run and /sys are, whoever installs."""

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        seconds: float = 120.0,
    ) -> Done:
        """Run a program to its end, with `env` over our own environment.

        Raises `ApplianceError` where there is none, after `seconds`, and with `check` when its
        exit code is not 0: with the end of what it said.
        """
        try:
            done = subprocess.run(
                list(command),
                env={**_environment(), "PATH": PATH, "LC_ALL": "C.UTF-8", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except FileNotFoundError:
            raise ApplianceError(f"there is no {command[0]} here") from None
        except subprocess.TimeoutExpired:
            raise ApplianceError(f"{_short(command)} was not done in {seconds:.0f} s") from None
        if check and done.returncode:
            raise ApplianceError(f"{_short(command)} failed: {tail(done.stdout)}")
        return Done(done.returncode, done.stdout)

    def has(self, program: str) -> bool:
        """Whether there is such a program."""
        return shutil.which(program, path=PATH) is not None

    def is_root(self) -> bool:
        """Whether we may do everything."""
        return os.geteuid() == 0

    def free(self, path: Path) -> tuple[int, int]:
        """Device number and free bytes of the disk that `path` is or would be on."""
        while not path.exists():
            path = path.parent
        disk = os.statvfs(path)
        return path.stat().st_dev, disk.f_bavail * disk.f_frsize

    def own(self, path: Path, user: int, group: int) -> None:
        """Give a file or a folder, never what a link points to."""
        if self.is_root():
            os.chown(path, user, group, follow_symlinks=False)

    def flush(self) -> None:
        """Everything that was written is on the disks when this returns."""
        os.sync()

    def wait(self, seconds: float) -> None:
        """Nothing else."""
        threading.Event().wait(seconds)


def _environment() -> dict[str, str]:
    """Ours, without where our own modules are: a release is to find its own, and no others."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def tail(said: str) -> str:
    """The last lines of what a program said, in one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " / ".join(lines[-_LINES:]) or "it said nothing"


def _short(command: Sequence[str]) -> str:
    """A command line without what makes it long."""
    return " ".join([Path(command[0]).name, *command[1:4]])
