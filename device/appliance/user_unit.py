"""The unit and the command of one user's own tagd. Pure."""

from __future__ import annotations

from device.appliance.user_layout import UserLayout

_UNIT = """[Unit]
Description=tagd, the image-tagging appliance
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
Environment="CREDENTIALS_DIRECTORY={credentials}"
ExecStart="{current}/venv/bin/tagd" run --config "{config}"
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
export TAGD_CONFIG="${{TAGD_CONFIG:-{config}}}"
exec "{current}/venv/bin/{name}" "$@"
"""


def unit(layout: UserLayout) -> str:
    """`tagd.service` of the user's systemd; a `%` in a path is doubled, as units want it."""
    return _UNIT.format(
        credentials=_escaped(layout.settings / "credentials"),
        current=_escaped(layout.current),
        config=_escaped(layout.config),
    )


def command(layout: UserLayout, name: str) -> str:
    """What `~/.local/bin/<name>` holds."""
    return _COMMAND.format(config=layout.config, current=layout.current, name=name)


def _escaped(path: object) -> str:
    return str(path).replace("%", "%%")
