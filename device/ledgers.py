"""A ledger for those who only look."""

from __future__ import annotations


class NoLedger:
    """For sources that are looked at only: nothing was seen before."""

    def seen_file(self, *_: object, **__: object) -> bool:
        """No file was."""
        return False

    def seen_content(self, *_: object, **__: object) -> bool:
        """No content was."""
        return False
