"""Secrets stay out of every log line, page and error.

A value that came from the environment or from systemd's credentials is remembered here, and
whatever is shown to anybody passes through `redact`. Passwords inside URLs go as well, also
those that cameras want to see in the query.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

HIDDEN = "***"
_SHORTEST = 4  # a one-letter "secret" would blacken every line
_SWITCHES = ("true", "false")  # they may come from the environment, and hide nothing
_USERINFO = re.compile(r"(?<=://)[^/\s\"]*@")  # to the last @: passwords may hold one
_QUERY = re.compile(
    r"(?<=[?&])((?:pwd|pass|passwd|password|pw|token|key|api_?key|auth|secret)=)[^&\s\"#]+",
    re.IGNORECASE,
)
_secrets: set[str] = set()


def remember(secret: str) -> None:
    """From now on this value, also percent-encoded or as `repr` spells it, is never shown."""
    if len(secret) >= _SHORTEST and secret.lower() not in _SWITCHES:
        _secrets.update({secret, quote(secret, safe=""), repr(secret)[1:-1]})


def redact(text: str) -> str:
    """The text without remembered secrets, and URLs without user, password and keys."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _QUERY.sub(rf"\1{HIDDEN}", _USERINFO.sub(f"{HIDDEN}@", text))


class Formatter(logging.Formatter):
    """The last gate of a log line: redacts, and keeps one record on one line per line of text."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
