"""The last steps: units, the switch to the new release, its start, or the way back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from device.appliance import files, user_unit
from device.appliance.services import SERVICE
from device.appliance.steps import ApplianceError
from device.appliance.unit_rows import UnitRows
from device.appliance.units import unit_files
from device.appliance.user_layout import UserLayout
from device.appliance.work import Work

COMMANDS = ("tagd", "tagd-upgrade", "tagd-bundle")
"""Of a release, linked for everybody."""


class Launch:
    """Of one run."""

    def __init__(self, work: Work) -> None:
        self._of = work
        self._options = work.options
        self._layout = work.layout
        self._before = work.releases.current()

    def plan_units(self) -> str:
        """What `put_units` would do."""
        return self._rows().plan() if self._of.services.is_there() else ""

    def put_units(self) -> str:
        """The units as they should be."""
        said = self._rows().put()
        self._of.services.reload()
        return said

    def plan(self) -> str:
        """What `start` would do."""
        of, services = self._of, self._of.services
        release = of.release
        ours = all(of.installed.would_put(*one) == "same" for one in self._wrappers().items())
        linked = all(self._is_linked(name) for name in self._names())
        if of.releases.current() == release == of.installed.running and ours and linked:
            if not self._options.start or not services.can_enable():
                return ""
            enabled = [services.is_enabled(unit) for unit in self._units()]
            if all(enabled) and (services.is_active() or not services.is_running()):
                return "" if not services.is_stale() else "restart tagd: its unit has changed"
        started = self._options.start and services.is_running()
        return f"switch to {release}{', start it' if started else ''}"

    def start(self) -> str:
        """Switch and start; back to what ran before when that fails. Raises `ApplianceError`."""
        of, services, release = self._of, self._of.services, self._of.release
        before = next((n for n in (self._before, of.installed.running) if n and n != release), None)
        careful = of.hand_over if self._options.start and services.is_active() else None
        if careful is not None and before is not None and self._before != release:
            self._link()
            services.enable(self._units())
            said = careful(of, before, release)
            of.installed.started(release)
            return said
        of.releases.switch(release)
        self._link()
        if not services.can_enable():
            of.installed.started(release)
            return f"{release} is current; there is no systemd here to start it"
        if not self._options.start:
            of.installed.started(release)
            return f"{release} is current, and not started"
        services.enable(self._units())
        services.linger()
        if not services.is_running():
            of.installed.started(release)
            return f"{release} starts with the machine: systemd does not run now"
        try:
            services.restart(self._options.settle if before else 0.0)
        except ApplianceError as error:
            if before is None or before not in of.releases.all():
                raise
            of.releases.switch(before)
            services.restart(0.0)
            raise ApplianceError(f"{error}; {before} runs again") from None
        services.start([unit for unit in self._units() if unit != SERVICE])
        of.installed.started(release)
        return f"{release} runs"

    def plan_tidy(self) -> str:
        """What `tidy` would do."""
        before = self._before if self._before != self._of.release else None
        spare = self._of.releases.spare(self._of.release, before)
        return f"take away {', '.join(spare)}" if spare else ""

    def tidy(self) -> str:
        """Releases beyond the one before."""
        before = self._before if self._before != self._of.release else None
        spare = self._of.releases.spare(self._of.release, before)
        for name in spare:
            self._of.releases.remove(name)
        return f"{', '.join(spare)} taken away"

    def _rows(self) -> UnitRows:
        wanted: Mapping[str, str]
        if isinstance(self._layout, UserLayout):
            wanted = {SERVICE: user_unit.unit(self._layout)}
        else:
            wanted = unit_files(self._of.target.machine, self._of.accounts.groups())
        return UnitRows(self._layout, self._of.installed, wanted)

    def _units(self) -> list[str]:
        return self._rows().enabled()

    def _names(self) -> list[str]:
        """Commands of the release that is current, or would be."""
        folder = self._layout.release(self._of.release) / "venv/bin"
        return [name for name in COMMANDS if (folder / name).exists()]

    def _wrappers(self) -> dict[Path, bytes]:
        """Commands of one user, which know where their config is."""
        if not isinstance(self._layout, UserLayout):
            return {}
        return {
            self._layout.commands / name: user_unit.command(self._layout, name).encode()
            for name in self._names()
        }

    def _is_linked(self, name: str) -> bool:
        if isinstance(self._layout, UserLayout):
            return True
        place = self._layout.commands / name
        return place.is_symlink() and str(place.readlink()) == self._goal(name)

    def _goal(self, name: str) -> str:
        return str(self._layout.current / "venv/bin" / name)

    def _link(self) -> None:
        """Commands for everybody; a file of the owner's in that place stays."""
        for path, text in self._wrappers().items():
            self._of.installed.put(path, text, 0o755)
        for name in [] if self._wrappers() else self._names():
            place = self._layout.commands / name
            if place.exists() and not place.is_symlink():
                continue
            self._of.installed.folder_of(place.parent)
            self._of.installed.note("links", str(place))
            files.link(place, self._goal(name))
