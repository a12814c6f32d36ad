"""mosquitto as the broker of this machine: on the loopback, with a password for tagd."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from device.appliance import files
from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.layout import USER, Layout
from device.appliance.services import Services
from device.appliance.steps import ApplianceError

SECRET = "MQTT_PASSWORD"
"""The file in credentials/, and `${MQTT_PASSWORD}` in the config."""

_CONFIG = """# Made by tagd's installer. Others who listen need a user of their own:
# mosquitto_passwd /etc/mosquitto/tagd.passwords NAME
listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/tagd.passwords
"""
_LISTENER = re.compile(r"^\s*(listener|port|password_file)\s", re.MULTILINE)


class Mosquitto:
    """Its part of /etc/mosquitto."""

    def __init__(
        self, layout: Layout, host: Host, installed: Installed, services: Services
    ) -> None:
        self._layout = layout
        self._host = host
        self._installed = installed
        self._services = services
        folder = layout.root / "etc/mosquitto"
        self._folder = folder
        self._config = folder / "conf.d/tagd.conf"
        self._passwords = folder / "tagd.passwords"
        self._plain = folder / f".tagd.plain{files.UNFINISHED}"  # hashed beside its place

    @property
    def secret(self) -> Path:
        """tagd's password."""
        return self._layout.settings / "credentials" / SECRET

    def plan(self) -> str:
        """What `make` would do."""
        done = self._config.exists() and self.secret.exists() and self._is_known()
        return "" if done else "a broker at 127.0.0.1:1883, with a password for tagd"

    def make(self) -> str:
        """Password, listener, and the broker started anew.

        Raises `ApplianceError` where the broker has listeners of the owner's.
        """
        if other := self._others():
            raise ApplianceError(
                f"{other} has listeners of its own",
                "leave --with-broker out, and write the broker's address and user into tagd.yaml",
            )
        if not self.secret.exists():
            self._keep(self._others_lines())  # one of an earlier password, if there is one
            files.write(self.secret, secrets.token_urlsafe(32).encode(), 0o600)
        if not self._is_known():
            self._keep([*self._others_lines(), self._hashed()])
        self._installed.put(self._config, _CONFIG.encode(), 0o644)
        if self._services.is_running():
            self._host.run(["systemctl", "restart", "mosquitto.service"])
        return f"at 127.0.0.1:1883; tagd's password is in {self.secret}"

    def is_there(self) -> bool:
        """Whether there is anything of ours."""
        return any(path.exists() for path in (self._config, self._passwords, self._plain))

    def remove(self) -> None:
        """Take our part away."""
        gone = [files.remove(path) for path in (self._config, self._passwords, self._plain)]
        self._installed.forget(self._config)
        if any(gone) and self._services.is_running():
            self._host.run(["systemctl", "try-restart", "mosquitto.service"], check=False)

    def _hashed(self) -> str:
        """tagd's line of the file of users."""
        files.write(self._plain, f"{USER}:{self.secret.read_text()}\n".encode(), 0o600)
        self._host.run(["mosquitto_passwd", "-U", str(self._plain)])
        hashed = self._plain.read_text().strip()
        self._plain.unlink()
        return hashed

    def _keep(self, lines: list[str]) -> None:
        """The file of users, whole; none without users."""
        if lines or self._passwords.exists():
            text = "".join(f"{line}\n" for line in lines)
            files.write(self._passwords, text.encode(), 0o640, self._owner())

    def _lines(self) -> list[str]:
        return self._passwords.read_text().splitlines() if self._passwords.exists() else []

    def _is_known(self) -> bool:
        return len(self._lines()) > len(self._others_lines())

    def _others_lines(self) -> list[str]:
        """Users that the owner added."""
        return [line for line in self._lines() if not line.startswith(f"{USER}:")]

    def _owner(self) -> tuple[int, int] | None:
        """root, and the group that mosquitto reads it as."""
        group = self._layout.root / "etc/group"
        text = group.read_text(encoding="utf-8", errors="replace") if group.exists() else ""
        found = re.search(r"^mosquitto:[^:]*:(\d+):", text, re.MULTILINE)
        return (0, int(found[1])) if found and self._host.is_root() else None

    def _others(self) -> Path | None:
        """A config of the broker, not ours, that says where it listens."""
        found = [self._folder / "mosquitto.conf", *sorted((self._folder / "conf.d").glob("*.conf"))]
        return next(
            (
                path
                for path in found
                if path != self._config
                and path.is_file()
                and _LISTENER.search(path.read_text(encoding="utf-8", errors="replace"))
            ),
            None,
        )
