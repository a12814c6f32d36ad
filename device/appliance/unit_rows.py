"""Laying down the units: the owner's own version of one is kept, what is wanted no more goes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from device.appliance.installed import NEW, Installed
from device.appliance.layout import Layout


class UnitRows:
    """The files below /etc/systemd/system that are ours."""

    def __init__(self, layout: Layout, installed: Installed, wanted: Mapping[str, str]) -> None:
        """`wanted`: path below the folder of units -> text."""
        self._folder = layout.units
        self._installed = installed
        self._wanted = {layout.units / name: text.encode() for name, text in wanted.items()}

    def enabled(self) -> list[str]:
        """Names of those that are started with the machine."""
        return sorted(
            path.name
            for path, text in self._wanted.items()
            if path.parent == self._folder and b"[Install]" in text
        )

    def plan(self) -> str:
        """What `put` would do."""
        put = {p: self._installed.would_put(p, text) for p, text in self._wanted.items()}
        written = [self._said(path) for path, verdict in put.items() if verdict == "written"]
        fresh = [
            self._said(path)
            for path, text in self._wanted.items()
            if put[path] == "edited"
            and self._installed.would_put(path.with_name(path.name + NEW), text) != "same"
        ]
        gone = [self._said(path) for path in self._spare()]
        told = [
            *([f"write {', '.join(written)}"] if written else []),
            *([f"lay {', '.join(f'{name}{NEW}' for name in fresh)} beside yours"] if fresh else []),
            *([f"take away {', '.join(gone)}"] if gone else []),
        ]
        return "; ".join(told)

    def put(self) -> str:
        """All of them; what is to be said."""
        put = {p: self._installed.put(p, text, 0o644) for p, text in self._wanted.items()}
        for path in self._spare():
            path.unlink(missing_ok=True)
            self._installed.forget(path)
        edited = [self._said(path) for path, verdict in put.items() if verdict == "edited"]
        written = sum(verdict == "written" for verdict in put.values())
        said = f"{written} written" if written else "up to date"
        if edited:
            said += f"; yours are kept: {', '.join(edited)} (ours beside them: *{NEW})"
        return said

    def _spare(self) -> list[Path]:
        """Those of an earlier version that are wanted no more, as they were written."""
        beside = {path.with_name(path.name + NEW) for path in self._wanted}
        ours = [Path(name) for name in self._installed.files if self._folder in Path(name).parents]
        return [
            path
            for path in ours
            if path not in self._wanted and path not in beside and self._installed.is_ours(path)
        ]

    def _said(self, path: Path) -> str:
        return str(path.relative_to(self._folder))
