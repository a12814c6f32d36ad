"""What the owner says about the broker, checked once, and the topics that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from device.errors import ConfigError

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_NAME = re.compile(r"[a-z0-9_-]+")
_PREFIX = re.compile(r"(?!\$)[^/+#\x00\s]+(/[^/+#\x00\s]+)*")  # no wildcard, no broker's own
_LARGEST_KEEPALIVE = 65_535  # seconds; two bytes in CONNECT


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """A broker, a login and how patient to be. Raises `ConfigError` with every problem at once."""

    url: str  # mqtt://host:1883 or mqtts://host:8883; the login does not belong here
    device: str  # the device id, [a-z0-9_-]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    prefix: str = "tagd"  # the first level, or levels, of every topic
    client_id: str | None = None  # default: tagd-<device>
    ca_file: str | None = None  # PEM; default: the CAs that the system trusts
    keepalive: int = 30  # seconds between signs of life
    window: int = 50  # events in flight; the broker may ask for fewer
    timeout: float = 10.0  # seconds without an answer until the connection counts as broken

    def __post_init__(self) -> None:
        problems = _url_problems(self.url)
        if not _NAME.fullmatch(self.device):
            problems.append("device.id: use only a-z, 0-9, _ and -")
        if not _PREFIX.fullmatch(self.prefix):
            problems.append("mqtt.prefix: use levels such as tagd or home/tagd, without + # $")
        if self.password is not None and self.username is None:
            problems.append("mqtt.password: needs mqtt.username as well")
        if self.client_id == "":
            problems.append("mqtt.client_id: leave it out, or give it a name")
        if self.ca_file is not None and not self.url.startswith("mqtts://"):
            problems.append("mqtt.ca_file: needs an mqtts:// address in mqtt.url")
        if not 1 <= self.keepalive <= _LARGEST_KEEPALIVE:
            problems.append(f"mqtt.keepalive: use 1 to {_LARGEST_KEEPALIVE} seconds")
        if self.window < 1:
            problems.append("mqtt.window: use 1 or more")
        if not self.timeout > 0:
            problems.append("mqtt.timeout: use more than 0 seconds")
        if problems:
            raise ConfigError(problems)

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self._parts.scheme == "mqtts"

    @property
    def host(self) -> str:
        """Name or address, without the brackets of IPv6."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        """1883, or 8883 with TLS, unless the address says otherwise."""
        return self._parts.port or _PORTS[self._parts.scheme]

    @property
    def broker(self) -> str:
        """`host:port`, as people are told."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def client(self) -> str:
        """The client id: the same at each connection, so that the broker ends the one before.

        That is what keeps events of a connection given up from arriving behind newer ones.
        """
        return self.client_id or f"tagd-{self.device}"

    @property
    def status_topic(self) -> str:
        """Retained `online` or `offline`."""
        return f"{self.prefix}/{self.device}/status"

    @property
    def events_topic(self) -> str:
        """Every event, never retained."""
        return f"{self.prefix}/{self.device}/events"

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)


def _url_problems(url: str) -> list[str]:
    # The address itself stays out of every message: a password may have strayed into it.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ["mqtt.url: cannot be read; write mqtt://host:1883 or mqtts://host:8883"]
    problems = []
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        problems.append("mqtt.url: write mqtt://host:1883 or mqtts://host:8883")
    if parts.username is not None:
        problems.append("mqtt.url: put the login into mqtt.username and mqtt.password")
    if parts.path.strip("/") or parts.query or parts.fragment:
        problems.append("mqtt.url: ends after the port; the topics' first level is mqtt.prefix")
    return problems
