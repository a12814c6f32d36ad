"""Figures in a document: what lies between its two marks is replaced."""

from __future__ import annotations

from pathlib import Path

_BEGIN, _END = "<!-- bench -->\n", "<!-- /bench -->"


def write(document: Path, text: str) -> None:
    """Put `text` between the marks of the document."""
    before, rest = document.read_text(encoding="utf-8").split(_BEGIN)
    after = rest.split(_END)[1]
    document.write_text(f"{before}{_BEGIN}{text}\n{_END}{after}", encoding="utf-8")
