"""What the owner says about the broker, checked once, and the topics that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from device.errors import ConfigError
from device.sinks.mqtt_topics import Topics

_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
_ENCRYPTED = ("mqtts", "wss")
_WEB_SOCKETS = ("ws", "wss")
_NAME = re.compile(r"[a-z0-9_-]+")
_PREFIX = re.compile(r"(?!\$)[^/+#\x00\s]+(/[^/+#\x00\s]+)*")  # no wildcard, no broker's own
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")  # it becomes a line of the WebSocket's handshake
_LARGEST_KEEPALIVE = 65_535  # seconds; two bytes in CONNECT


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """A broker, a login and how patient to be. Raises `ConfigError` with every problem at once."""

    url: str  # mqtt://host:1883, mqtts://host:8883, ws://host/path; no login in it
    device: str  # the device id, [a-z0-9_-]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    prefix: str = "tagd"  # the first level, or levels, of every topic
    client_id: str | None = None  # default: tagd-<device>
    ca_file: str | None = None  # PEM; default: the CAs that the system trusts
    cert_file: str | None = None  # PEM; who we are, for a broker that wants certificates
    key_file: str | None = None  # PEM; default: the key is in cert_file
    insecure_tls: bool = False  # True: any certificate will do, also that of an eavesdropper
    name: str = "tagd"  # of the device, for people
    discovery: bool = False  # whether Home Assistant is told of the device
    pictures: bool = False  # whether the newest picture of each source is left at the broker
    max_payload: int = 16 * 1024**2  # bytes of a picture that is sent to us
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
        if self.key_file is not None and self.cert_file is None:
            problems.append("mqtt.key_file: needs mqtt.cert_file as well")
        if self.insecure_tls and self.ca_file is not None:
            problems.append("mqtt.ca_file: nothing is checked against it with mqtt.insecure_tls")
        for key in ("ca_file", "cert_file", "insecure_tls"):
            if getattr(self, key) and not self.url.startswith(("mqtts://", "wss://")):
                problems.append(f"mqtt.{key}: needs an mqtts:// or wss:// address in mqtt.url")
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
        return self._parts.scheme in _ENCRYPTED

    @property
    def path(self) -> str | None:
        """That of the WebSocket, `/mqtt` where the address names none; None: plain TCP or TLS."""
        parts = self._parts
        if parts.scheme not in _WEB_SOCKETS:
            return None
        path = parts.path if parts.path.strip("/") else "/mqtt"
        return f"{path}?{parts.query}" if parts.query else path

    @property
    def host(self) -> str:
        """Name or address, without the brackets of IPv6."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        """Where the address names none: 1883, 8883 with TLS, 80 and 443 for WebSockets."""
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
    def topics(self) -> Topics:
        """Every topic of this device."""
        return Topics(self.prefix, self.device)

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
    if _UNPRINTABLE.search(url):
        problems.append("mqtt.url: holds a blank or a letter that does not print")
    if parts.username is not None:
        problems.append("mqtt.url: put the login into mqtt.username and mqtt.password")
    tail = parts.scheme not in _WEB_SOCKETS and (parts.path.strip("/") or parts.query)
    if tail or parts.fragment:
        problems.append("mqtt.url: ends after the port; the topics' first level is mqtt.prefix")
    return problems
