"""systemd, as the installer needs it; also where it is installed and does not run (an image)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from device.appliance.host import Host, tail
from device.appliance.steps import ApplianceError

SERVICE = "tagd.service"
_INVITATION = re.compile(r"https?://\S+#invite=[\w-]+")
_PATIENCE = 300.0  # seconds for a start: a migration of a large database takes its time


class Services:
    """The machine's services, or with `user` those of one user."""

    def __init__(self, host: Host, *, user: bool = False) -> None:
        self._host = host
        self._running = (host.root / "run/systemd/system").is_dir()
        self._scope = ["--user"] * user

    def is_there(self) -> bool:
        """Whether systemd is installed, so that units make sense."""
        return self._host.has("systemctl")

    def is_running(self) -> bool:
        """Whether it is what runs this machine (sd_booted(3)), and will talk to us."""
        if not (self._running and self.is_there()):
            return False
        if not self._scope:
            return True
        # Not every login has one: not that of sudo or cron.
        command = ["systemctl", *self._scope, "show-environment"]
        return self._host.run(command, check=False).code == 0

    def can_enable(self) -> bool:
        """Whether units can be started at boot: in an image too, but for no user without login."""
        return self.is_running() if self._scope else self.is_there()

    def is_active(self, unit: str = SERVICE) -> bool:
        """Whether a unit runs."""
        return self.is_running() and self._ask("is-active", unit, check=False) == "active"

    def is_enabled(self, unit: str) -> bool:
        """Whether a unit is started at boot."""
        return self._ask("is-enabled", unit, check=False) == "enabled"

    def is_stale(self) -> bool:
        """Whether the daemon's unit was changed since it was read."""
        said = self._ask("show", "--property=NeedDaemonReload", "--value", SERVICE, check=False)
        return said == "yes"

    def reload(self) -> None:
        """Have changed units read."""
        if self.is_running():
            self._ask("daemon-reload")

    def enable(self, units: Sequence[str]) -> None:
        """From the next start of the machine on."""
        self._ask("enable", *units)

    def linger(self) -> None:
        """Have one user's units run from boot on, and not from their login on; if that is let."""
        if self._scope:
            self._host.run(["loginctl", "enable-linger"], check=False)

    def disable(self, units: Sequence[str]) -> None:
        """No more."""
        if units and self.can_enable():
            self._ask("disable", *units, check=False)

    def start(self, units: Sequence[str]) -> None:
        """Start what does not run yet."""
        if units:
            self._ask("start", *units, seconds=_PATIENCE)

    def stop(self, units: Sequence[str]) -> None:
        """Stop what runs."""
        if units and self.is_running():
            self._ask("stop", *units, check=False, seconds=_PATIENCE)

    def restart(self, settle: float) -> None:
        """Start the daemon anew; it works, and still does `settle` seconds later.

        Raises `ApplianceError` with the end of its log.
        """
        self._ask("reset-failed", SERVICE, check=False)
        code = self._host.run(
            ["systemctl", *self._scope, "restart", SERVICE], check=False, seconds=_PATIENCE
        ).code
        before = self._restarts()
        if code == 0:
            self._host.wait(settle)
        if code or not self.is_active() or self._restarts() != before:
            raise ApplianceError(f"tagd does not start: {self._log(4)}")

    def invitation(self, seconds: float) -> str | None:
        """The one-time link for the first login, out of the log of the daemon that runs now."""
        for _ in range(max(1, int(seconds * 2))):
            if found := _INVITATION.findall(self._log(None)):
                return str(found[-1])
            self._host.wait(0.5)
        return None

    def _restarts(self) -> str:
        return self._ask("show", "--property=NRestarts", "--value", SERVICE, check=False)

    def _log(self, lines: int | None) -> str:
        run = self._ask("show", "--property=InvocationID", "--value", SERVICE, check=False)
        which = ["--lines", str(lines)] if lines else [f"_SYSTEMD_INVOCATION_ID={run}"]
        unit = ["--user-unit" if self._scope else "--unit", SERVICE]
        said = self._host.run(
            ["journalctl", *self._scope, *unit, *which, "--no-pager", "--output=cat"], check=False
        ).said
        return said if lines is None else tail(said)

    def _ask(self, *words: str, check: bool = True, seconds: float = 60.0) -> str:
        command = ["systemctl", *self._scope, *words]
        return self._host.run(command, check=check, seconds=seconds).said.strip()
