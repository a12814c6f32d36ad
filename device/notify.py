"""The systemd notification protocol (sd_notify(3)): one datagram to the socket in NOTIFY_SOCKET."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)
_PATIENCE = 2.0  # seconds with a systemd that does not listen, because it starts itself anew, say


def notify(*lines: str) -> None:
    """Send lines such as `READY=1`; nothing happens where systemd did not start us.

    A line stays one line, whatever the text from outside that is in it.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(_PATIENCE)
            channel.connect(address)
            text = "\n".join(" ".join(line.splitlines()) for line in lines)
            channel.sendall(text.encode(errors="replace"))
    except OSError as error:
        log.warning("systemd could not be told %s: %s", lines[0], error)


def watchdog_seconds() -> float | None:
    """How often systemd wants to hear from us, or None when it does not watch this process."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    micros = os.environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1e6 if micros.isdigit() and int(micros) else None
