"""The unit and the command of one user's own tagd. Pure."""

from __future__ import annotations

import shlex

from device.appliance.user_layout import UserLayout

_UNIT = """[Unit]
Description=tagd, the image-tagging appliance
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
Environment="CREDENTIALS_DIRECTORY={credentials}"
ExecStart="{program}" run --config "{config}"
Restart=always
RestartSec=3
RestartPreventExitStatus=2
TimeoutStartSec=120
TimeoutStopSec=20
WatchdogSec=30
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""
_COMMAND = """#!/bin/sh
# The tagd of this user, with their config unless TAGD_CONFIG names another.
[ -n "$TAGD_CONFIG" ] || TAGD_CONFIG={config}
export TAGD_CONFIG
exec {program} "$@"
"""


def unit(layout: UserLayout) -> str:
    """`tagd.service` of the user's systemd; `%` and `$` in paths are doubled, as units want it."""
    return _UNIT.format(
        credentials=_escaped(layout.settings / "credentials"),
        program=_escaped(layout.current / "venv/bin/tagd").replace("$", "$$"),
        config=_escaped(layout.config).replace("$", "$$"),
    )


def command(layout: UserLayout, name: str) -> str:
    """What `~/.local/bin/<name>` holds."""
    program = layout.current / "venv/bin" / name
    return _COMMAND.format(
        config=shlex.quote(str(layout.config)), program=shlex.quote(str(program))
    )


def _escaped(path: object) -> str:
    return str(path).replace("%", "%%")
