"""From a bundle to a release that has shown that it would work: nothing that runs is touched."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from device.appliance import archive, selftest
from device.appliance.host import Host
from device.appliance.layout import Layout
from device.appliance.manifest import Manifest, platform_of
from device.appliance.markers import normalized
from device.appliance.pending import TRIES, Pending
from device.appliance.releases import Releases, listed
from device.appliance.service import well
from device.appliance.steps import ApplianceError
from device.appliance.switching import Switching

_MB = 1024**2
_COMPILED = 1.35  # bytes on the disk for each in a wheel: what Python compiles of it
_SPARE = 50 * _MB  # an empty virtual environment, and room to breathe


class Updating:
    """One update, by the one who has `Switching.alone`."""

    def __init__(
        self,
        layout: Layout,
        releases: Releases,
        host: Host,
        switching: Switching,
        say: Callable[[str], None],
    ) -> None:
        self._layout = layout
        self._releases = releases
        self._host = host
        self._switching = switching
        self._say = say
        self._unpacked = layout.home / ".unpacked"

    def run(
        self, bundle: Path, trusted: Sequence[Path] | None, *, allow_older: bool = False
    ) -> dict[str, Any]:
        """All of it; what became of it. Raises `ApplianceError`: then what ran before runs.

        An update that was interrupted is brought to its end before.
        """
        if self._switching.is_under_way:
            self._say(self._switching.resume()["told"])
        old = self._releases.current()
        if old is None:
            raise ApplianceError("no tagd is installed here", "install it: ./install.sh")
        self._say(f"looking at {bundle}")
        manifest = archive.peek(bundle)[0]
        require_suits(manifest)
        if manifest.version == old:
            archive.verify(bundle, trusted)
            told = f"tagd {manifest.version} is what runs already: nothing to do"
            return {"version": manifest.version, "before": old, "changed": False, "told": told}
        if not allow_older and order(manifest.version) < order(old):
            raise ApplianceError(
                f"the bundle has tagd {manifest.version}, and {old} runs",
                "to go back to an older version on purpose: --allow-older",
            )
        try:
            self._build(bundle, manifest, trusted, old)
        finally:
            shutil.rmtree(self._unpacked, ignore_errors=True)
        return self.try_and_switch(manifest.version, old)

    def _build(
        self, bundle: Path, manifest: Manifest, trusted: Sequence[Path] | None, old: str
    ) -> None:
        version = manifest.version
        shutil.rmtree(self._unpacked, ignore_errors=True)
        self._switching.tidy(old)  # of updates that the guard took back
        if version in self._releases.all():
            self._releases.remove(version)  # the one before, which is built anew
        self._require_room(manifest.bytes)
        self._say(f"unpacking {len(manifest.files)} files, each with its check sum")
        # Only what is said here is believed: it is read again, and its signature looked at.
        found = archive.unpack(bundle, self._unpacked, trusted)
        if found != manifest:
            raise ApplianceError(f"{bundle} was changed while it was read", "try again")
        wheels = self._unpacked / "wheels"
        self._require_room(_installed_size(wheels, wheels / f"requirements-{_python()}.txt"))
        self._say(f"building {self._layout.release(version)}")
        around = system_site_packages(self._layout.release(old))
        python = str(Path(sys.executable).resolve())
        wanted = listed(wheels, _python())
        self._releases.build(version, wheels, python, around, wanted=wanted)
        for name in ("docs", "config"):  # for who has no network to read them in
            if (self._unpacked / name).is_dir():
                (self._unpacked / name).rename(self._layout.release(version) / name)

    def try_and_switch(self, version: str, old: str) -> dict[str, Any]:
        """From `old`, which runs, to `version`, which is built; what became of it.

        Raises `ApplianceError`: then `old` runs.
        """
        self._say("trying it: config, a copy of the database, models")
        try:
            tried = selftest.run(self._layout, self._host, version)
        except ApplianceError as error:
            raise ApplianceError(
                f"tagd {version} would not work here: {error}; {old} goes on"
            ) from None
        for warning in tried.warnings:
            self._say(f"  {warning}")
        if tried.copy:
            self._say(f"  the database will change, which took {tried.seconds:.1f} s on a copy")
            # Of an update that was taken back: the copy is to be the state of this one.
            selftest.forget_copy(self._layout, self._host, tried.copy)
        was_well = well(tried.page) is not False
        pending = Pending(version, old, TRIES, tried.copy, was_well, tried.page)
        return self._switching.switch(pending)

    def _require_room(self, needed: int) -> None:
        _, free = self._host.free(self._layout.home)
        if free < needed + _SPARE:
            raise ApplianceError(
                f"{self._layout.home} has {free / _MB:.0f} MB left, and"
                f" {(needed + _SPARE) / _MB:.0f} MB are needed; nothing was changed",
                "make room, or see what `tagd-upgrade --status` could spare",
            )


def require_suits(manifest: Manifest) -> None:
    """Raises `ApplianceError` for another machine or Python than this."""
    bits = 64 if sys.maxsize > 2**32 else 32
    manifest.require_suits(platform_of(platform.machine(), bits), _python())


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _installed_size(wheels: Path, wanted: Path) -> int:
    """Bytes on the disk of what the list `wanted` names."""
    names = {line.partition("==")[0] for line in wanted.read_text(encoding="ascii").splitlines()}
    total = 0
    for path in wheels.glob("*.whl"):
        if normalized(path.name.partition("-")[0]) in names:
            with zipfile.ZipFile(path) as wheel:
                total += sum(member.file_size for member in wheel.infolist())
    return int(total * _COMPILED)


def system_site_packages(release: Path) -> bool:
    """Whether a release sees the packages of the system, such as apt's picamera2."""
    try:
        said = (release / "venv/pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    return bool(re.search(r"^include-system-site-packages *= *true *$", said, re.MULTILINE))


def order(version: str) -> tuple[tuple[int, ...], int, str]:
    """What versions are sorted by: 0.2 < 0.10.0rc1 < 0.10.0 < 0.10.0+b."""
    found = re.match(r"[0-9.]*", version)
    numbers = [int(part) for part in (found[0] if found else "").split(".") if part]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    rest = version[len(found[0]) if found else 0 :]
    return tuple(numbers), -1 if re.match(r"(a|b|rc|\.?dev)\d*", rest) else 0, rest
