"""Taking away all that the installer made; what is the owner's only when that is asked for."""

from __future__ import annotations

import contextlib
from pathlib import Path

from device.appliance import files
from device.appliance.accounts import Accounts
from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.mosquitto import Mosquitto
from device.appliance.pending import Record
from device.appliance.services import Services
from device.appliance.steps import Step

KEPT = "kept"
"""Folder for units that the owner edited: in the installer's own, where nobody else puts links."""

_HINT = "put it right and run it again: it goes on where it stopped"
_OF_SYSTEMD = ("var/cache/tagd", "var/log/tagd", "var/cache/private/tagd", "run/tagd")
"""Folders that the units ask systemd to make."""


class Uninstallation:
    """One run of it."""

    def __init__(
        self, layout: Layout, host: Host, installed: Installed, *, user: bool, purge: bool
    ) -> None:
        self._layout = layout
        self._host = host
        self._installed = installed
        self._user = user
        self._purge = purge
        self._services = Services(host, user=user)
        self._accounts = Accounts(layout, host, installed)
        self._broker = Mosquitto(layout, host, installed, self._services)

    def steps(self) -> list[Step]:
        """In order; the memory of what is ours goes last."""
        rows = [
            ("stop", self._plan_stop, self._stop),
            ("units", self._plan_units, self._remove_units),
            ("commands", self._plan_commands, self._remove_commands),
            ("broker", self._plan_broker, self._remove_broker),
            ("releases", lambda: self._would(self._layout.home), self._remove_releases),
        ]
        if self._purge:
            rows.append(("settings", self._plan_owners, self._remove_owners))
            if not self._user:
                rows.append(("user", self._plan_user, self._remove_user))
        rows.append(("folders", self._plan_folders, self._remove_folders))
        return [Step(name, plan, do, _HINT) for name, plan, do in rows]

    def left(self) -> list[str]:
        """What is kept, in words."""
        layout = self._layout
        said = []
        if not self._purge:
            kept = ", ".join(str(p) for p in (layout.settings, layout.data) if p.exists())
            said.append(f"kept: {kept or 'nothing'}; --uninstall --purge takes these away as well")
        if self._installed.packages:
            said.append(
                f"installed by apt for tagd, and left: {' '.join(self._installed.packages)}"
            )
        return said

    def _units(self) -> list[Path]:
        """Every file of ours below the folder of units."""
        folder = self._layout.units
        return [Path(name) for name in self._installed.files if folder in Path(name).parents]

    def _names(self) -> list[str]:
        return [path.name for path in self._units() if path.parent == self._layout.units]

    def _plan_stop(self) -> str:
        return f"stop {', '.join(self._names())}" if self._names() else ""

    def _stop(self) -> str:
        self._services.stop(self._names())
        self._services.disable(self._names())
        return f"{', '.join(self._names())} stopped, and no more at boot"

    def _plan_units(self) -> str:
        return f"take away {len(self._units())} files" if self._units() else ""

    def _remove_units(self) -> str:
        """Ours go; what the owner wrote or changed is kept."""
        units = self._units()
        folders = {self._layout.units / f"{name}.d" for name in self._names()}
        there = {*units, *(path for folder in folders for path in folder.glob("*"))}
        kept = [
            self._keep(path)
            for path in sorted(there)
            if path.is_file() and not self._installed.is_ours(path)
        ]
        for path in units:
            path.unlink(missing_ok=True)
        for folder in folders:
            files.remove(folder)
        for name in self._names():
            files.remove(self._layout.root / "var/lib/systemd/timers" / f"stamp-{name}")
        self._services.reload()
        for path in units:
            self._installed.forget(path)
        told = f"{len(units)} files"
        return f"{told}; yours are in {', '.join(kept)}" if kept else told

    def _keep(self, path: Path) -> str:
        target = self._layout.state / KEPT / path.relative_to(self._layout.units)
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        files.write(target, path.read_bytes(), 0o644)
        return str(target)

    def _plan_commands(self) -> str:
        said = [*self._installed.links, *self._wrappers()]
        return f"take away {', '.join(map(str, said))}" if said else ""

    def _wrappers(self) -> list[Path]:
        folder = self._layout.commands
        return [Path(name) for name in self._installed.files if Path(name).parent == folder]

    def _remove_commands(self) -> str:
        for name in list(self._installed.links):
            link = Path(name)
            if link.is_symlink() and self._layout.home in link.readlink().parents:
                link.unlink()
            self._installed.links.remove(name)
        for path in self._wrappers():
            if self._installed.is_ours(path):
                path.unlink()
            self._installed.forget(path)
        self._installed.save()
        return f"from {self._layout.commands}"

    def _plan_broker(self) -> str:
        return "" if self._user or not self._broker.is_there() else "take its listener away"

    def _remove_broker(self) -> str:
        self._broker.remove()
        return "its listener for tagd"

    def _would(self, path: Path) -> str:
        return f"take away {path}" if path.exists() else ""

    def _remove_releases(self) -> str:
        freed = files.size(self._layout.home) // 1_000_000
        files.remove(self._layout.home)  # with the guard and what an update had begun
        Record(self._layout).forget()
        return f"{self._layout.home}, {freed} MB"

    def _owners(self) -> list[Path]:
        more = [] if self._user else [self._layout.root / name for name in _OF_SYSTEMD]
        if not self._user:
            more.append(self._layout.backup)
        found = [self._layout.settings, self._layout.data, *more]
        return [path for path in found if path.exists()]

    def _plan_owners(self) -> str:
        told = ", ".join(map(str, self._owners()))
        return f"take away {told}: config, passwords, pictures, database" if told else ""

    def _remove_owners(self) -> str:
        gone = [str(path) for path in self._owners() if files.remove(path)]
        return ", ".join(gone)

    def _plan_user(self) -> str:
        made = self._installed.accounts
        return f"take away the user {', '.join(made)}" if made else ""

    def _remove_user(self) -> str:
        self._accounts.remove()
        return "the user that was made for it"

    def _plan_folders(self) -> str:
        there = self._installed.folders or self._layout.state.exists()
        return "take away the folders that are empty now" if there else ""

    def _remove_folders(self) -> str:
        """Those that we made and that are empty; with all of them gone, the memory of it, too."""
        self._empty()
        self._installed.running = ""
        left = [Path(name) for name in self._installed.folders if Path(name).exists()]
        self._installed.folders = [str(path) for path in left]
        kept = (self._layout.state / KEPT).exists()
        nothing = not kept and all(path in self._layout.state.parents for path in left)
        if self._purge or nothing:
            files.remove(self._layout.state)
            self._empty()
            return f"and {self._layout.state}"
        self._installed.save()
        return "those that were empty"

    def _empty(self) -> None:
        for name in sorted(self._installed.folders, key=len, reverse=True):
            with contextlib.suppress(OSError):
                Path(name).rmdir()
