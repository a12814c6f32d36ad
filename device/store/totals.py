"""How much there is in the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def totals(ask: Callable[[str], list[Any]], path: Path) -> dict[str, int]:
    """Pictures, refused, events, bytes of the database file; `ask` runs a query."""
    # Events have no holes but leaps, and counting half a million of them took 230 ms.
    pictures, refused, events = ask(
        "SELECT (SELECT count(*) FROM picture), (SELECT count(*) FROM refusal),"
        " coalesce(newest - oldest + 1 - (SELECT coalesce(sum(last - first + 1), 0) FROM leap"
        " WHERE first > oldest AND last < newest), 0)"
        " FROM (SELECT (SELECT max(seq) FROM event) AS newest,"
        " (SELECT min(seq) FROM event) AS oldest)"
    )[0]
    size = path.stat().st_size
    return {"pictures": pictures, "refused": refused, "events": events, "bytes": size}
