"""systemd's side: whether the unit is there, starts at boot, is watched, and how often it fell."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from device.doctor import Finding

_UNIT = "tagd.service"
_ASKED = "LoadState,ActiveState,SubState,UnitFileState,NRestarts,WatchdogUSec,Result"
_PATIENCE = 3.0  # seconds
_OFTEN = 3  # restarts since it was started by hand or by boot
_LOG = "journalctl -u tagd -n 50"


def look(root: Path) -> Iterator[Finding]:
    """Nothing where systemd does not run, as in most containers."""
    if (root / "run/systemd/system").is_dir():
        try:
            shown = _show()
        except (OSError, subprocess.SubprocessError) as error:
            yield Finding("service", "warning", f"systemctl does not answer: {error}")
            return
        yield from judged(shown)


def judged(shown: dict[str, str]) -> Iterator[Finding]:
    """By the properties of the unit, as systemd.service(5) and org.freedesktop.systemd1(5)."""
    if shown.get("LoadState") in (None, "not-found"):
        yield Finding("service", "ok", "not installed: tagd is started by hand here")
        return
    if shown["LoadState"] != "loaded":
        told = f"the unit is {shown['LoadState']}: systemctl cat tagd, or run install.sh again"
        yield Finding("service", "wrong", told)
        return
    state, result = shown.get("ActiveState", ""), shown.get("Result", "")
    restarts = int(shown.get("NRestarts") or 0)
    if state not in ("active", "reloading"):
        why = f" ({result})" if result not in ("", "success") else ""
        told = f"{state}{why}: sudo systemctl start tagd; {_LOG} says why it ended"
        yield Finding("service", "wrong", told)
    elif restarts >= _OFTEN:
        told = f"active, but systemd had to start it again {restarts} times: {_LOG}"
        yield Finding("service", "warning", told)
    elif shown.get("UnitFileState") not in ("enabled", "enabled-runtime", "static"):
        told = "active, but not started with the machine: sudo systemctl enable tagd"
        yield Finding("service", "warning", told)
    else:
        yield Finding("service", "ok", f"active, started again {restarts} times")
    if shown.get("WatchdogUSec") in ("0", "infinity"):
        told = "off, so nobody notices a daemon that hangs: set WatchdogSec=30 in the unit"
        yield Finding("watchdog", "warning", told)


def _show() -> dict[str, str]:
    done = subprocess.run(
        ["systemctl", "show", _UNIT, f"--property={_ASKED}"],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
