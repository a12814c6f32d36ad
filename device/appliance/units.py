"""The units of systemd."""

from __future__ import annotations

from collections.abc import Collection

from device.appliance.machine import Machine

_SERVICE = """[Unit]
Description=tagd, the image-tagging appliance
After=local-fs.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=/opt/tagd/current/venv/bin/tagd run --config /etc/tagd/tagd.yaml
User=tagd
Group=tagd
{groups}Restart=always
RestartSec=3
TimeoutStartSec=120
TimeoutStopSec=20
WatchdogSec=30
StateDirectory=tagd
StateDirectoryMode=0700
UMask=0077
LoadCredential=credentials:/etc/tagd/credentials
ProtectSystem=strict
ReadWritePaths=/etc/tagd
ProtectHome=yes
PrivateTmp=yes
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
"""


def unit_files(machine: Machine, groups: Collection[str]) -> dict[str, str]:  # noqa: ARG001
    """Path below /etc/systemd/system -> text."""
    named = f"SupplementaryGroups={' '.join(groups)}\n" if groups else ""
    return {"tagd.service": _SERVICE.format(groups=named)}
