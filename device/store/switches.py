"""Which sources a person switched on or off: it wins until the config says something else.

The config's word at the time of the choice is kept beside it, so that whoever changes the config
afterwards is obeyed, and the older choice is forgotten.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from device.results import Switched


def save(db: sqlite3.Connection, choice: Switched) -> None:
    """Inside a transaction."""
    db.execute(
        "INSERT INTO source (name, enabled, configured) VALUES (?, ?, ?) ON CONFLICT (name)"
        " DO UPDATE SET enabled = excluded.enabled, configured = excluded.configured",
        (choice.source, choice.enabled, choice.configured),
    )


def settle(db: sqlite3.Connection, configured: Mapping[str, bool]) -> dict[str, bool]:
    """By source, whether it is on; choices from before the config changed are forgotten.

    Inside a transaction.
    """
    enabled = dict(configured)
    rows = db.execute("SELECT name, enabled, configured FROM source WHERE enabled NOTNULL")
    for name, chosen, then in rows.fetchall():
        if name not in configured:  # it may come back
            continue
        if bool(then) is configured[name]:
            enabled[name] = bool(chosen)
        else:
            db.execute("UPDATE source SET enabled = NULL WHERE name = ?", (name,))
    return enabled
