"""What tagd needs of the operating system, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator

from device.appliance import first_config, machine
from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.machine import Machine
from device.appliance.options import Options
from device.appliance.steps import ApplianceError

_PICAMERA = "usr/lib/python3/dist-packages/picamera2"
_PATIENCE = 1800.0  # seconds for apt on a slow line


class Packages:
    """Debian's, by their names there."""

    def __init__(self, host: Host, installed: Installed, options: Options, python: str) -> None:
        self._host = host
        self._installed = installed
        self._options = options
        self._python = python

    def has_picamera(self) -> bool:
        """Whether the system has the library of the Raspberry Pi's camera."""
        return (self._host.root / _PICAMERA).is_dir()

    def plan(self, found: Machine) -> str:
        """What `install` would do. Raises `ApplianceError` where it could not."""
        missing = list(self._missing(found))
        if not missing:
            return ""
        names = " ".join(missing)
        if self._options.offline is not None:
            raise ApplianceError(
                f"without a network {names} cannot be installed",
                f"bring it: apt install {names} (or dpkg -i), then run the installer again",
            )
        if not self._host.is_root():
            raise ApplianceError(f"{names} is missing", f"sudo apt install {names}, then again")
        if not self._host.has("apt-get"):
            raise ApplianceError(
                f"{names} (so called on Debian) is missing", "install it, then run this again"
            )
        return f"apt install {names}"

    def install(self, found: Machine) -> str:
        """Those that are missing."""
        missing = list(self._missing(found))
        for name in missing:
            self._installed.note("packages", name)
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        self._host.run([*apt, "update"], env=env, seconds=_PATIENCE)
        self._host.run(
            [*apt, "install", "-y", "--no-install-recommends", *missing],
            env=env,
            seconds=_PATIENCE,
        )
        return f"{' '.join(missing)} by apt"

    def _missing(self, found: Machine) -> Iterator[str]:
        if self._host.run([self._python, "-c", "import ensurepip, venv"], check=False).code:
            yield "python3-venv"
        if first_config.needs_certificate(self._options.listen) and not self._host.has("openssl"):
            yield "openssl"
        if self._options.broker and not self._host.has("mosquitto"):
            yield "mosquitto"
        online = self._options.offline is None
        if found.raspberry_pi_os and online and machine.has_pi_camera(self._host.root):
            yield from [] if self.has_picamera() else ["python3-picamera2"]
