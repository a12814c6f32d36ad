"""An update that is not yet settled: what the guard needs to take it back, also after a power cut.

`pending.json` is there from before the switch until the new release has shown that it works. The
guard, a script outside of all releases, is run before every start of the daemon: it counts the
starts in a file of its own, and after `tries` of them, or when `pending.back` tells it to, puts
release and database back and moves the file to `rolled-back.json`.
"""

from __future__ import annotations

import contextlib
import json
import pkgutil
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from device.appliance import files
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError

TRIES = 3
"""Starts that a new release has to settle in."""

SETTLE_UNIT = "tagd-settle.service"
"""Goes on with an update that a power cut interrupted; the guard starts it."""

_NOT_FOR_SH = set('"\\\n')


@dataclass(frozen=True, slots=True)
class Pending:
    """One update under way, or one to go back to."""

    new: str  # the release that is tried
    old: str  # the release to go back to
    tries: int  # starts of the new one before the guard goes back
    copy: str  # of the database as it was, made by the new one before it migrates; empty: as it is
    was_healthy: bool = True  # whether the old release said so before
    page: str = ""  # where the new release's page says whether it is well; empty: it has none


class Record:
    """What is remembered of updates in the installer's folder."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        state = layout.state
        self.path = state / "pending.json"
        self.lock = state / "upgrade.lock"
        self._starts, self._back = state / "pending.starts", state / "pending.back"
        self._before, self._gone_back = state / "previous.json", state / "rolled-back.json"

    def begin(self, pending: Pending) -> None:
        """Before the switch: from now on the guard watches. Durable when it returns."""
        if _NOT_FOR_SH & set(pending.copy):
            raise ApplianceError(
                f"the data folder of {pending.copy!r} has a name that a script cannot have",
                "rename it without quotation marks and backslashes",
            )
        self._layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_guard()
        self._back.unlink(missing_ok=True)
        self._starts.unlink(missing_ok=True)
        self._gone_back.unlink(missing_ok=True)
        self._put(self.path, pending)

    def now(self) -> Pending | None:
        """The one under way."""
        return _read(self.path)

    def commit(self, pending: Pending) -> None:
        """It has settled: what was before is what `--rollback` goes back to."""
        self._put(self._before, pending)
        self.drop()

    def drop(self) -> None:
        """There is none under way."""
        for path in (self.path, self._starts, self._back):
            path.unlink(missing_ok=True)
        files.flush(self._layout.state)

    def go_back(self, reason: str) -> None:
        """Have the guard go back at the next start."""
        files.write(self._back, f"{reason}\n".encode(), 0o600)

    def previous(self) -> Pending | None:
        """The last that settled."""
        return _read(self._before)

    def gone_back(self) -> tuple[Pending, str] | None:
        """The last that the guard took back, and why."""
        found = _read(self._gone_back)
        if found is None:
            return None
        with contextlib.suppress(OSError, ValueError):
            said = json.loads(self._gone_back.read_text(encoding="utf-8"))
            return found, str(said.get("reason") or self._why() or "it did not stay up")
        return None

    def _why(self) -> str:
        """Why the guard was told to go back; it stays where the power went before it was noted."""
        if not self._back.exists():
            return ""
        return self._back.read_text(encoding="utf-8", errors="replace").strip()

    def note_reason(self) -> None:
        """Keep with what the guard took back why that was."""
        if (found := _read(self._gone_back)) is None or not self._back.exists():
            return
        text = json.dumps({**asdict(found), "reason": self._why()}, indent=1, ensure_ascii=False)
        files.write(self._gone_back, text.encode(), 0o600)
        self._back.unlink()

    def forget_previous(self) -> None:
        """Nothing is left to go back to."""
        self._before.unlink(missing_ok=True)

    def forget(self) -> None:
        """All of it, as the releases that it tells of are gone."""
        for path in (self.path, self._starts, self._back, self._before, self._gone_back):
            path.unlink(missing_ok=True)

    @property
    def guard(self) -> Path:
        """The script that the unit runs before each start."""
        return self._layout.home / "guard"

    def _write_guard(self) -> None:
        text = guard_text(self._layout).encode()
        if not self.guard.is_file() or self.guard.read_bytes() != text:
            files.write(self.guard, text, 0o755)

    def _put(self, path: Path, pending: Pending) -> None:
        # One key a line, for the guard's sed.
        text = json.dumps(asdict(pending), indent=1, ensure_ascii=False)
        files.write(path, f"{text}\n".encode(), 0o600)


def guard_text(layout: Layout) -> str:
    """The script, with the folders of this appliance in it."""
    data = pkgutil.get_data("device.appliance", "guard.sh")  # also out of a wheel
    if data is None:
        raise ApplianceError("guard.sh is not in this installation: install tagd again")
    text = data.decode()
    for name in ("home", "state", "data", "config"):
        text = text.replace(f"@{name}@", shlex.quote(str(getattr(layout, name))))
    return text


def _read(path: Path) -> Pending | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Pending(**{name: said[name] for name in Pending.__dataclass_fields__})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise ApplianceError(
            f"{path} cannot be read",
            "look whether /opt/tagd/current is the release you want, then remove that file",
        ) from None
