"""What went wrong with a camera's HTTP, for people: what it is and what to do about it.

The messages of the libraries are not passed on: some quote the request, and with it a password.
"""

from __future__ import annotations

import socket
import ssl
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead

from device.errors import SourceError, SourceRefused


def failure(where: str, error: Exception) -> SourceError:
    """For an exception of sockets, TLS or HTTP; `where` is how the camera is called."""
    return SourceError(f"{where} {_trouble(error)}")


def refusal(where: str, status: int, named: bool) -> SourceError:
    """For an answer that is no picture; `named`: a user was in the URL."""
    if status == 401 and not named:
        told = "wants a user and a password (401): write them into its URL, as in http://USER:..."
    elif status == 401:
        told = "refuses the user or the password of its URL (401): correct them"
    elif status == 403:
        told = "forbids this path (403): let its user see it, or correct the URL"
    elif status in (404, 410):
        told = f"has nothing at this path ({status}): the right one is in its manual"
    else:
        told = f"answers {status} {_phrase(status)}".rstrip()
    return (SourceRefused if status in (401, 403) else SourceError)(f"{where} {told}")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase  # not the server's own, which may be anything
    except ValueError:
        return ""


def _trouble(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or "it cannot be verified"
        return f"has a certificate that is refused ({why}): name its authority with ?ca_file=FILE"
    if isinstance(error, ssl.SSLError):
        return "fails in TLS: it may speak plain http at this port, or a TLS too old to be safe"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "has a name that cannot be found: correct it, or use its IP address"
    if isinstance(error, TimeoutError):
        return "does not answer in time: is it on, is the address right, the network fast enough?"
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection: is it on, is the port right?"
    if isinstance(error, (ConnectionError, IncompleteRead)):
        return "broke off the connection"
    if isinstance(error, HTTPException):
        return "answers in something that is not HTTP: is the port right?"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be reached ({error.strerror})"
    return "cannot be asked: its URL or its answer is no HTTP"
