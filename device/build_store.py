"""From the config to what keeps the store small and copied."""

from __future__ import annotations

from collections.abc import Sequence

from device.config import Config
from device.config_store import size_bytes
from device.seams import Sink
from device.store.chores import Chores
from device.store.reader import Reader
from device.store.retention import Rules
from device.store.upkeep import Upkeep
from device.store.writer import Store


def keepers(
    wanted: Config, store: Store, reader: Reader, sinks: Sequence[Sink]
) -> tuple[Upkeep, Chores]:
    """What forgets, and what copies, as the config says."""
    keep, total = wanted.store.retention, store.room.disk.total
    names = [sink.name for sink in sinks]

    def delivered() -> int:
        return min((reader.cursor(name) for name in names), default=store.seq)

    upkeep = Upkeep(
        store,
        Rules(keep.days, keep.by_source, keep.by_tag, keep.keep == "reviewed"),
        event_days=keep.events,
        max_bytes=round(keep.max_gb * 10**9) if keep.max_gb is not None else None,
        min_free=size_bytes(keep.min_free, total) if keep.min_free is not None else None,
        delivered=delivered,
    )
    backup = wanted.store.backup
    return upkeep, Chores(wanted.data_dir, reader, upkeep, every=backup.every, keep=backup.keep)
