"""The folders of an appliance, and who may enter them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from device.appliance import files
from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError


class Folders:
    """Made when they are not there; their modes are put right."""

    def __init__(
        self, layout: Layout, host: Host, installed: Installed, *, user: bool = False
    ) -> None:
        self._layout = layout
        self._host = host
        self._installed = installed
        settings, data = layout.settings, layout.data
        # The daemon replaces its config by a new file beside it, so that it may write there; by
        # the sticky bit it cannot put folders of its own in the place of root's.
        self._wanted = (
            (layout.home, 0o755, False),
            (settings, 0o700 if user else 0o1770, False),
            (settings / "credentials", 0o700, False),
            (settings / "trusted", 0o755, False),
            (data, 0o700, True),
            (data / "inbox", 0o700, True),
        )

    def plan(self) -> str:
        """What `make` would do."""
        missing = [str(path) for path, _, _ in self._wanted if not path.is_dir()]
        wrong = [str(p) for p, mode, _ in self._wanted if p.is_dir() and _mode(p) != mode]
        told = [
            *([f"make {', '.join(missing)}"] if missing else []),
            *([f"put the modes of {', '.join(wrong)} right"] if wrong else []),
        ]
        return "; ".join(told)

    def make(self, owner: tuple[int, int] | None) -> str:
        """All of them; `owner`: user and group of the daemon, None: whoever installs."""
        for path, mode, is_daemons in self._wanted:
            self._require_folder(path)
            self._installed.folder_of(path)
            if owner is not None:
                group = owner[1] if path == self._layout.settings else 0
                self._host.own(path, *(owner if is_daemons else (0, group)))
            self._set_mode(path, mode)
        return f"{self._layout.home}, {self._layout.settings}, {self._layout.data}"

    def _require_folder(self, path: Path) -> None:
        """Raises `ApplianceError` for what the daemon, taken over, has put in its place.

        The large ones may be links of the owner's, to another disk: nobody else can make those.
        """
        if path.parent in (self._layout.settings, self._layout.data) and (
            path.is_symlink() or (path.exists() and not path.is_dir())
        ):
            raise ApplianceError(f"{path} must be a folder", "move away what is in its place")

    def _set_mode(self, path: Path, mode: int) -> None:
        """Of the folder that was looked at, also where it is exchanged for a link just now."""
        inner = path.parent in (self._layout.settings, self._layout.data)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if inner else 0))
        try:
            os.fchmod(handle, mode)
        finally:
            os.close(handle)

    def write_config(self, text: str, owner: tuple[int, int] | None) -> None:
        """The first one. It is the owner's from then on: not noted as ours."""
        files.write(self._layout.config, text.encode(), 0o640, owner)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
