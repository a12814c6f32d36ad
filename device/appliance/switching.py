"""From one release to another, and back: safe against a power cut at every point.

The order is what makes it so. The guard is told before the link is switched; the link is switched
while the old release still runs from its own folder; systemd is asked once to stop and start.
Going back is the guard's alone, whether it was told to or has counted the starts: release and
database go back between two runs of the daemon.
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from device.appliance import settle
from device.appliance.layout import Layout
from device.appliance.pending import Pending, Record
from device.appliance.releases import Releases
from device.appliance.service import Service, well
from device.appliance.steps import ApplianceError


class Switching:
    """Of one appliance."""

    def __init__(
        self,
        layout: Layout,
        releases: Releases,
        service: Service,
        say: Callable[[str], None],
        seconds: float,
        stopping: threading.Event,
    ) -> None:
        """`seconds`: how long a new release must be well. `stopping`: the machine goes down."""
        self._layout = layout
        self._releases = releases
        self._service = service
        self._say = say
        self._seconds = seconds
        self._stopping = stopping
        self._record = Record(layout)

    @contextlib.contextmanager
    def alone(self, *, wait: bool = False) -> Iterator[None]:
        """Only one update at a time. Raises `ApplianceError`, or waits until the other is done."""
        self._layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._record.lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise ApplianceError(
                    "another update is going on", "wait for it: tagd-upgrade --status"
                ) from None
            yield

    @property
    def is_under_way(self) -> bool:
        """Whether an update waits to be settled or taken back."""
        return self._record.now() is not None

    def switch(self, pending: Pending) -> dict[str, Any]:
        """To `pending.new`, which is built and tried. Raises `ApplianceError` if it went back."""
        if self._stopping.is_set():
            raise ApplianceError(f"interrupted; {pending.old} goes on")
        self._record.begin(pending)
        self._releases.switch(pending.new)
        self._say(f"starting tagd {pending.new}")
        return self._settled(pending, self._started())

    def resume(self) -> dict[str, Any]:
        """Bring an interrupted update to its end: keep it, or take it back."""
        pending = self._record.now()
        if pending is None:
            return {"told": "there is nothing to go on with"}
        current = self._releases.current()
        if current != pending.new:
            self._record.drop()
            told = f"an update to {pending.new} was interrupted before the switch; {current} runs"
            return {"version": current, "told": told}
        self._say(f"going on with the update to {pending.new}")
        away: float | str = 0.0
        if self._service.look().release != pending.new:
            away = self._started()
        return self._settled(pending, away)

    def go_back(self, *, set_aside_newer: bool) -> dict[str, Any]:
        """To the release before the last update. Raises `ApplianceError` where there is none."""
        current = self._releases.current()
        pending = self._record.now()
        if pending is not None and current == pending.new:
            return self._back(pending, "going back was asked for")
        previous = self._record.previous()
        if previous is None or current != previous.new or previous.old == current:
            raise ApplianceError("there is no update to take back", "tagd-upgrade --status")
        if previous.old not in self._releases.all():
            raise ApplianceError(f"release {previous.old} is no longer here", "install its bundle")
        if previous.copy and not Path(previous.copy).is_file():
            raise ApplianceError(
                f"{current} changed the database, and its copy {previous.copy} is gone",
                f"install a bundle of a version that is newer than {previous.old}",
            )
        if previous.copy and not set_aside_newer:
            raise ApplianceError(
                f"{current} changed the database: going back puts the one before the update in"
                f" its place; all since then is kept in {self._layout.data}/replaced, not shown",
                "if that is what you want: tagd-upgrade --rollback --set-aside-newer",
            )
        once = Pending(previous.new, previous.old, 0, previous.copy)
        self._record.begin(once)
        done = self._back(once, "going back was asked for")
        self._record.forget_previous()
        return done

    def tidy(self, runs: str) -> None:
        """Let go of all releases but the one that runs and the one that it can go back to."""
        previous = self._record.previous()
        before = previous.old if previous is not None and previous.new == runs else None
        for spare in set(self._releases.all()) - {runs, before}:
            self._releases.remove(spare)

    def status(self) -> dict[str, Any]:
        """What runs, what there is, what is under way, what became of the last update."""
        now, gone = self._record.now(), self._record.gone_back()
        previous, standing = self._record.previous(), self._service.look()
        current = self._releases.current()
        lines = [f"tagd {current} {'runs' if standing.active else 'does NOT run'}"]
        lines += [f"releases here: {', '.join(self._releases.all()) or 'none'}"]
        if now is not None:
            lines.append(f"an update from {now.old} to {now.new} is under way")
        if previous is not None and previous.new == current:
            lines.append(f"--rollback goes back to {previous.old}")
        if gone is not None:
            lines.append(f"{gone[0].new} was taken back: {gone[1]}")
        return {
            "version": current,
            "runs": standing.active,
            "releases": self._releases.all(),
            "under_way": now and now.new,
            "before": previous.old if previous and previous.new == current else None,
            "taken_back": gone and {"version": gone[0].new, "reason": gone[1]},
            "told": "\n".join(lines),
        }

    def _started(self) -> float | str:
        """Seconds that the daemon was away; or why it does not start."""
        start = time.monotonic()
        try:
            self._service.restart()
        except ApplianceError as error:
            return str(error)
        return time.monotonic() - start

    def _settled(self, pending: Pending, away: float | str) -> dict[str, Any]:
        reason: str | None = away if isinstance(away, str) else None
        if reason is None:
            self._say(f"watching it for {self._seconds:g} s")
            # What was unwell before, for lack of room say, need not be well now.
            page = pending.page if pending.was_healthy else ""
            reason = settle.watch(
                self._service,
                self._service.look(),
                lambda: well(page),
                self._seconds,
                self._stopping,
            )
        if self._stopping.is_set():
            raise ApplianceError(
                f"interrupted while {pending.new} was watched: the next start goes on with it",
                "see tagd-upgrade --status",
            )
        if reason is not None:
            self._back(pending, reason)
            self.tidy(pending.old)
            raise ApplianceError(
                f"tagd {pending.new} was taken back: {reason}; {pending.old} runs again"
                + self._kept(pending)
            )
        self._record.commit(pending)
        self.tidy(pending.new)
        told = f"tagd {pending.new} runs"
        if isinstance(away, float) and away:
            told += f"; the daemon was away for {away:.1f} s"
        return {
            "version": pending.new,
            "before": pending.old,
            "changed": True,
            "away_seconds": round(away, 3) if isinstance(away, float) else None,
            "told": told,
        }

    def _back(self, pending: Pending, reason: str) -> dict[str, Any]:
        self._say(f"going back to {pending.old}: {reason}")
        self._record.go_back(reason)
        away = self._started()
        self._record.note_reason()
        if self._releases.current() != pending.old:
            raise ApplianceError(
                f"going back to {pending.old} did not work: {away}",
                "journalctl --unit tagd says why; it is tried again at each start of tagd",
            )
        if isinstance(away, str):
            raise ApplianceError(f"{pending.old} is back, but {away}", "journalctl --unit tagd")
        told = f"tagd {pending.old} runs again; the daemon was away for {away:.1f} s"
        return {
            "version": pending.old,
            "before": pending.new,
            "changed": True,
            "away_seconds": round(away, 3),
            "told": told + self._kept(pending),
        }

    def _kept(self, pending: Pending) -> str:
        if not pending.copy or not Path(pending.copy).exists():
            return ""
        return (
            ". The database is as it was before the update; what was recorded in between is kept"
            f" in {self._layout.data}/replaced"
        )
