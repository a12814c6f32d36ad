"""Files that the config names, and itself: whether they are there, and who may read them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from device import config_secrets
from device.as_owner import may, name
from device.board import text
from device.config import Config
from device.config_file import CREDENTIALS
from device.doctor import Finding


def look(config: Config, path: Path | None, credentials: Path = CREDENTIALS) -> Iterator[Finding]:
    """`path`: the config itself; None where there is none, or it need not be looked at."""
    if path is not None:
        yield _config(path)
    yield from _credentials(credentials)
    for key, file, secret in _named(config):
        yield _file(key, file, secret=secret)


def _config(path: Path) -> Finding:
    if not may(path, os.R_OK):
        return Finding("config", "wrong", f"{name()} may not read {path}: chgrp {name()} {path}")
    open_to_all = path.stat().st_mode & 0o004
    if open_to_all and config_secrets.values(text(path)):
        told = f"everybody here may read the passwords in {path}: chmod o= {path}"
        return Finding("config", "warning", told)
    return Finding("config", "ok", str(path))


def _credentials(folder: Path) -> Iterator[Finding]:
    """Passwords that systemd hands over: for root alone."""
    try:
        mode = folder.stat().st_mode
    except OSError:  # not there, or well hidden
        return
    if mode & 0o077:
        told = f"others than root may look into {folder}: sudo chmod -R go= {folder}"
        yield Finding("credentials", "warning", told)
    else:
        yield Finding("credentials", "ok", f"{folder}, for root alone")


def _named(config: Config) -> Iterator[tuple[str, Path, bool]]:
    """Key of the config, file, and whether nobody else may read it."""
    mqtt, tls = config.mqtt, config.web.tls
    found = [
        ("vocabulary.file", config.vocabulary.file, False),
        ("mqtt.ca_file", mqtt.ca_file if mqtt else None, False),
        ("mqtt.cert_file", mqtt.cert_file if mqtt else None, False),
        ("mqtt.key_file", mqtt.key_file if mqtt else None, True),
        ("web.tls.key", tls.key if tls else None, True),
        *((f"webhooks {hook.name}: ca_file", hook.ca_file, False) for hook in config.webhooks),
    ]
    yield from ((key, file, secret) for key, file, secret in found if file is not None)


def _file(key: str, file: Path, *, secret: bool) -> Finding:
    if not file.exists():
        return Finding(key, "wrong", f"{file} is not there: correct its path")
    if not may(file, os.R_OK):
        return Finding(key, "wrong", f"{name()} may not read {file}: chgrp or chmod it")
    if secret and file.stat().st_mode & 0o007:
        return Finding(key, "warning", f"everybody here may read {file}: chmod o= {file}")
    return Finding(key, "ok", str(file))
