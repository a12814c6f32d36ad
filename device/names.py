"""File names as people may see them: in a log line, on a page, in an event.

On Linux a name is any bytes but `/` and NUL: it may hold a newline that forges a log line, an
escape sequence for a terminal, a mark that turns the reading order around, or no UTF-8 at all.
"""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # hold emoji, Persian and Indic letters together; they hide nothing


def display_name(path: bytes) -> str:
    """The name or path in printable Unicode, always one line and always valid UTF-8.

    Bytes that are no UTF-8 become `\\xff`, characters that do not print `\\n`, `\\x1b`,
    `\\u202e`. For people only: the way back to the file is `FileKey.path`.
    """
    text = path.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in _JOINERS or unicodedata.category(letter) == "Zs":
        return letter
    return letter.encode("unicode_escape").decode("ascii")
