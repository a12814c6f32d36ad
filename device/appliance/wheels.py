"""Fetches the wheels that tagd needs on another machine, each of the version that is tested.

One list for each Python: `requirements-3.11.txt`, with the check sum of every wheel, from which
`pip install --require-hashes` installs without a network.
"""

from __future__ import annotations

import email
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from device.appliance import markers
from device.appliance.steps import ApplianceError

_MIGRATION = re.compile(r"^def (m\d{3,5}_[a-z0-9_]+)\(", re.MULTILINE)
_THERE = ("pip",)  # in every virtual environment; sqlite-utils names it
_PATIENCE = 1800.0  # seconds for pip, on a slow line


@dataclass(frozen=True, slots=True)
class Target:
    """A machine to make a bundle for."""

    platform: str
    pythons: tuple[str, ...]  # of the systems that such a board has
    glibc: int  # minor of 2.x: wheels that need a newer one are left out

    def tags(self) -> list[str]:
        """The platforms of wheels that run there, as pip's `--platform` wants them."""
        older = [f"manylinux_2_{minor}_{self.platform}" for minor in range(17, self.glibc + 1)]
        before = ("1", "2010", "2014") if self.platform == "x86_64" else ("2014",)
        tags = [*older, *(f"manylinux{year}_{self.platform}" for year in before)]
        return [*tags, f"linux_{self.platform}"]


TARGETS = {
    # Raspberry Pi OS 12 and 13.
    "pi": Target("aarch64", ("3.11", "3.13"), 36),
    # JetPack 6 is Ubuntu 22.04.
    "jetson": Target("aarch64", ("3.10",), 35),
    # Debian 12 and 13, Ubuntu 24.04.
    "x86": Target("x86_64", ("3.11", "3.12", "3.13"), 36),
    # tflite-runtime has no wheel for a newer Python on 32-bit Arm.
    "zero-32": Target("armv7l", ("3.11",), 36),
}


@dataclass(frozen=True, slots=True)
class Wheel:
    """What a wheel says of itself."""

    path: Path
    name: str  # normalized
    version: str
    wishes: tuple[str, ...]  # lines of Requires-Dist

    @property
    def pinned(self) -> str:
        """Its line in a list of requirements with check sums."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return f"{self.name}=={self.version} --hash=sha256:{digest}"


def read(path: Path) -> Wheel:
    """Raises `ApplianceError` for a file that is no wheel."""
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
            said = email.message_from_bytes(archive.read(name))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ApplianceError(f"{path} is no wheel: {error}") from None
    wishes = tuple(str(one) for one in said.get_all("Requires-Dist", []))
    return Wheel(path, markers.normalized(str(said["Name"])), str(said["Version"]), wishes)


def schema(tagd: Path) -> str:
    """The newest migration in a wheel of tagd."""
    with zipfile.ZipFile(tagd) as archive:
        text = archive.read("device/store/migrations.py").decode()
    return str(max(_MIGRATION.findall(text)))


class Collector:
    """Of the wheels for one machine and one Python."""

    def __init__(self, target: Target, python: str, constraints: Path, folder: Path) -> None:
        """`folder`: where wheels are put."""
        self._target = target
        self._python = python
        self._folder = folder
        self._where = markers.environment(target.platform, python)
        lines = re.sub(r"#.*", "", constraints.read_text(encoding="utf-8")).splitlines()
        held = markers.holding(filter(str.strip, lines), self._where)
        self._pins = {wish.name: wish.pin for wish in held}

    def collect(
        self,
        tagd: Path,
        extras: Iterable[str],
        find_links: Sequence[Path],
        say: Callable[[str], None],
    ) -> list[Wheel]:
        """tagd's own and all that it needs, by name. Raises `ApplianceError` naming what lacks."""
        own = read(tagd)
        found = {own.name: own}
        wanted = {(own.name, extra) for extra in ("", *extras)}
        asked: set[tuple[str, str]] = set()
        while wanted - asked:
            new = sorted({name for name, _ in wanted if name not in found})
            for wheel in self._fetch(new, find_links, say):
                found[wheel.name] = wheel
            for name, extra in sorted(wanted - asked):
                asked.add((name, extra))
                extra_of = [extra] if extra else []
                for wish in markers.holding(found[name].wishes, self._where, extra_of):
                    if wish.name in _THERE:
                        continue
                    wanted |= {(wish.name, one) for one in ("", *wish.extras)}
        return [found[name] for name in sorted(found)]

    def _fetch(
        self, names: Sequence[str], find_links: Sequence[Path], say: Callable[[str], None]
    ) -> list[Wheel]:
        if not names:
            return []
        if unknown := [name for name in names if self._pins.get(name) is None]:
            raise ApplianceError(
                f"config/constraints.txt pins no version of {', '.join(unknown)}: add it"
            )
        say(f"fetching {len(names)} wheels for Python {self._python}: {', '.join(names)}")
        staging = self._folder / f".{self._python}"
        staging.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-input"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "-d", str(staging)]
        command += ["--python-version", self._python, "--implementation", "cp"]
        for tag in self._target.tags():
            command += ["--platform", tag]
        for folder in find_links:
            command += ["--find-links", str(folder)]
        command += [f"{name}=={self._pins[name]}" for name in names]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        if done.returncode:
            raise ApplianceError(self._told(done.stderr))
        fetched = sorted(staging.glob("*.whl"))
        return [read(path.replace(self._folder / path.name)) for path in fetched]

    def _told(self, said: str) -> str:
        lacking = re.findall(r"No matching distribution found for (\S+)", said)
        if lacking:
            return (
                f"there is no wheel of {', '.join(sorted(set(lacking)))} for"
                f" {self._target.platform} and Python {self._python}: name a folder that has it"
                " with --find-links, such as one filled by `pip wheel` on such a board"
            )
        return f"pip could not fetch the wheels: {said.strip().rpartition(chr(10))[2]}"
