"""Opens a video stream with limits, and says in one sentence why it could not be.

FFmpeg's own messages name the URL with its password: none of them is ever passed on.
"""

from __future__ import annotations

import errno
import logging
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import av
import av.error

from device.errors import SourceError, SourceRefused
from device.sources.video_address import Address

log = logging.getLogger(__name__)

_OPEN = 10.0  # seconds for the whole opening
_READ = 4.0  # seconds for a packet; FFmpeg asks twice before it gives up
_READ_PIECES = 15.0  # the same where packets come in files of some seconds each
_PROBE = 3.0  # seconds to find out what a TLS server did not like

Opener = Callable[..., Any]


def opened(address: Address, opener: Opener = av.open) -> tuple[Any, Any]:
    """The open container and its video stream. Blocks for 10 s at most, names being looked up.

    Raises `SourceError`, or `SourceRefused` where another try would be rude.
    """
    container = _opened(address, opener)
    if not container.streams.video:
        container.close()
        raise SourceError(f"{address.shown} has no video")
    return container, container.streams.video[0]


def _opened(address: Address, opener: Opener) -> Any:
    refused: Exception | None = None
    began = time.monotonic()
    for number, (called, further) in enumerate(address.tries):
        try:
            container = opener(
                address.url,
                format=address.format,
                options={**address.options, **further},
                timeout=(_OPEN, _READ_PIECES if address.kind == "hls" else _READ),
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            refused = error
            if getattr(error, "errno", None) != errno.EINVAL:
                break
            continue
        if number:
            wanted = address.tries[0][0]
            log.warning("%s: it has no format %s, so it gives %s", address.shown, wanted, called)
        return container
    assert refused is not None
    if address.host and time.monotonic() - began >= _OPEN:  # FFmpeg has several words for it
        raise SourceError(
            f"{address.shown} sends no video within {_OPEN:.0f} s: is its path right?"
        )
    raise trouble(address, refused) from None


def trouble(address: Address, error: BaseException) -> SourceError:
    """What went wrong, and what to do about it, without a word of FFmpeg's."""
    where = address.shown
    if isinstance(error, av.error.HTTPUnauthorizedError):
        return SourceRefused(f"{where} refuses this user or password (401): correct its URL")
    if isinstance(error, av.error.HTTPForbiddenError):
        return SourceRefused(f"{where} forbids this (403): give its user the right to watch")
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceError(f"{where} has no stream of that name (404): correct its URL's path")
    number = error.errno if isinstance(error, (OSError, av.error.FFmpegError)) else None
    if isinstance(error, (av.error.ExitError, TimeoutError)):
        return SourceError(f"{where} does not answer or fell silent")
    if isinstance(error, EOFError):
        return SourceError(f"{where} hung up")
    if address.kind in ("usb", "film"):
        return SourceError(f"{where} {_local(address, number)}")
    if isinstance(error, av.error.HTTPError):
        return SourceError(f"{where} answers that it cannot serve this stream now")
    if number in (errno.EIO, errno.EPROTO, errno.EINVAL) and address.host:
        return SourceError(_why_not(address, address.host))
    if isinstance(error, av.error.InvalidDataError):
        return SourceError(f"{where} answers, but not as a camera does: correct scheme and port")
    return SourceError(f"{where}: {_said(number)}")


def _said(number: int | None) -> str:
    return {
        errno.ECONNREFUSED: "nothing listens there: is it on, and is the port right?",
        errno.ECONNRESET: "it broke the connection",
        errno.EPIPE: "it broke the connection",
        errno.EHOSTUNREACH: "there is no way to it: is it on, and in this network?",
        errno.ENETUNREACH: "there is no way to it: this device has no network",
    }.get(number or 0, "the stream cannot be read")


def _local(address: Address, number: int | None) -> str:
    said = {
        errno.ENOENT: f"is not there: {'plug it in or ' * (address.kind == 'usb')}correct its path",
        errno.ENODEV: "is gone: plug it in again",
        errno.ENXIO: "is gone: plug it in again",
        errno.EBUSY: "is used by another program",
        errno.EACCES: "may not be read by tagd: give its user the right to"
        + (" (group video)" if address.kind == "usb" else ""),
        errno.EISDIR: "is a folder: name a video file",
    }
    other = "is no camera" if address.kind == "usb" else "is no video, or it is cut off or damaged"
    return said.get(number or 0, other)


def _why_not(address: Address, host: str) -> str:
    """FFmpeg says input/output error for several things: look again what it was."""
    where = address.shown
    try:
        with socket.create_connection((host, address.port), _PROBE) as plain:
            if address.tls:
                trusting = ssl.create_default_context(cafile=address.options.get("ca_file"))
                with trusting.wrap_socket(plain, server_hostname=host):
                    pass
    except socket.gaierror:
        return f"{where}: the name is unknown: correct it, or look at this device's DNS"
    except ssl.SSLCertVerificationError:
        refused = "its certificate is refused: name it in ?ca_file=, or write ?verify=no"
        return f"{where}: {refused}"
    except ssl.SSLError:
        return f"{where} does not speak TLS: write the scheme without s"
    except OSError as error:
        return f"{where}: {_said(error.errno)}"
    return f"{where} answers, but not as a camera does: correct scheme and port"
