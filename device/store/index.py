"""The index of the pictures: a cache over their rows, which can be made anew at any time.

Pictures are added a thousand at a time (`fold`), so that an event on its own writes two pages and
not fifty; those that came since are searched row by row. It holds tokens for an FTS5 table without
content, counts per tag, and counts per UTC day and tag or source.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from device import clock
from device.store import packed

SLICE = 1000
"""Pictures folded at once; searching them row by row takes about a millisecond."""

BANDS = (700, 800, 900, 950)
"""Confidences per mille from which a mention has a further token.

Below these so many mentions fit that the rows are as fast to look at, and half of it is saved."""

REVIEWED = "reviewed"
"""The token of what a person has looked at."""

FOLDED = "folded"
"""The counter with the number of the newest picture in the index."""

DAMAGED = (sqlite3.DatabaseError, MemoryError)
"""What a damaged FTS5 table raises: a wrong length asks for more memory than there is."""

_VERSION = 1  # of what is in the index: another one makes it anew
SCHEMA = (
    # Tokens are ours, so 'ascii' takes them as they are. Deleting needs them again: SQLite learned
    # `contentless_delete` in 3.43, Debian 12 has 3.40.
    """CREATE VIRTUAL TABLE picture_index USING fts5(
        words, content='', columnsize=0, detail=none, tokenize='ascii')""",
    """CREATE TABLE uid_index (
        ms INTEGER NOT NULL, picture_id INTEGER NOT NULL, PRIMARY KEY (ms, picture_id)
        ) WITHOUT ROWID""",
    # The day first: a fold then writes a few pages, and not one for each of its tags.
    """CREATE TABLE tag_day (
        day INTEGER NOT NULL, tag_id INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (day, tag_id)) WITHOUT ROWID""",
    """CREATE TABLE source_day (
        day INTEGER NOT NULL, source_id INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (day, source_id)) WITHOUT ROWID""",
)
_DROP = tuple(f"DROP TABLE IF EXISTS {table}" for table in ("uid_index", "tag_day", "source_day"))
_COLUMNS = "id, uid, source_id, taken_ms, tags, reviewed_ms"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of a picture."""

    number: int
    uid_ms: int  # the time in its id
    source_id: int
    taken_ms: int
    mentions: tuple[packed.Mention, ...]
    reviewed: bool = False

    @property
    def day(self) -> int:
        """UTC days since the epoch."""
        return self.taken_ms // clock.DAY_MS

    def tokens(self) -> str:
        """What it is found by; `match` asks for the same."""
        found = [f"s{self.source_id}", *day_tokens(self.day)]
        for one in self.mentions:
            if one.counts:
                found.append(f"t{one.label}")
                found += [f"t{one.label}g{band}" for band in BANDS if one.confidence >= band]
        states = {one.state for one in self.mentions} - {"proposed"}
        found += [REVIEWED] if self.reviewed else []
        return " ".join([*found, *(f"s{state}" for state in sorted(states))])


def day_tokens(day: int) -> tuple[str, str]:
    """The day and its month; none has a minus, which is no letter of a token."""
    year, month = clock.month_of(day)
    return f"d{day + 1_000_000}", f"m{year * 12 + month}"


def entry(row: Sequence[object]) -> Entry:
    """From a row of `_COLUMNS`."""
    number, uid, source_id, taken_ms, tags, reviewed_ms = row
    assert isinstance(uid, bytes)
    try:
        mentions = tuple(packed.unpack(str(tags)))
    except ValueError:  # a damaged row must not keep all others out
        mentions = ()
    ms = int.from_bytes(uid[:6], "big")
    numbers = int(str(number)), ms, int(str(source_id)), int(str(taken_ms))
    return Entry(*numbers, mentions, reviewed_ms is not None)


def counter(db: sqlite3.Connection, name: str) -> int:
    """One of the numbers that the store keeps; 0 for one it does not."""
    row = db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def set_counter(db: sqlite3.Connection, name: str, value: int) -> None:
    """Note a number."""
    db.execute("INSERT OR REPLACE INTO counter VALUES (?, ?)", (name, value))


def behind(db: sqlite3.Connection) -> int:
    """How many pictures are not in it."""
    sql = "SELECT count(*) FROM picture WHERE id > ?"
    return int(db.execute(sql, (counter(db, FOLDED),)).fetchone()[0])


def fold(db: sqlite3.Connection) -> int:
    """Add the next pictures that are not in it, at most `SLICE`; how many there were.

    In a transaction of the write thread.
    """
    entries = list(after(db, counter(db, FOLDED), SLICE))
    if entries:
        _add(db, entries)
        set_counter(db, FOLDED, entries[-1].number)
    return len(entries)


def renew(db: sqlite3.Connection, before: Sequence[Entry]) -> None:
    """Know of pictures as they are now, which were so before. In the transaction that changes them.

    Those that are not in it yet are read again by whoever counts them.
    """
    folded = counter(db, FOLDED)
    remove(db, before)
    _add(db, list(entries(db, [one.number for one in before if one.number <= folded])))


def _add(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    db.executemany(
        "INSERT INTO picture_index (rowid, words) VALUES (?, ?)",
        ((one.number, one.tokens()) for one in entries),
    )
    db.executemany(
        "INSERT INTO uid_index VALUES (?, ?)", ((one.uid_ms, one.number) for one in entries)
    )
    _count(db, entries, 1)


def remove(db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Take pictures out, as they were when they were folded. In a transaction."""
    folded = counter(db, FOLDED)
    inside = [one for one in entries if one.number <= folded]
    db.executemany(
        "INSERT INTO picture_index (picture_index, rowid, words) VALUES ('delete', ?, ?)",
        ((one.number, one.tokens()) for one in inside),
    )
    db.executemany(
        "DELETE FROM uid_index WHERE ms = ? AND picture_id = ?",
        ((one.uid_ms, one.number) for one in inside),
    )
    _count(db, inside, -1)
    set_counter(db, "generation", counter(db, "generation") + 1)


def after(db: sqlite3.Connection, number: int, most: int) -> Iterator[Entry]:
    """What the index knows, or will, of the pictures after this one."""
    sql = f"SELECT {_COLUMNS} FROM picture WHERE id > ? ORDER BY id LIMIT ?"
    yield from map(entry, db.execute(sql, (number, most)))


def entries(db: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[Entry]:
    """What the index knows of these pictures, as far as they are there."""
    for number in numbers:
        sql = f"SELECT {_COLUMNS} FROM picture WHERE id = ?"
        yield from map(entry, db.execute(sql, (number,)))


def clear(db: sqlite3.Connection) -> None:
    """Begin anew: nothing is in it, and `fold` goes on from the first picture. In a transaction."""
    _drop_tokens(db)
    for statement in (*_DROP, *SCHEMA, "UPDATE tag SET count = 0"):
        db.execute(statement)
    set_counter(db, FOLDED, 0)
    set_counter(db, "index_version", _VERSION)
    set_counter(db, "generation", counter(db, "generation") + 1)


def is_sound(db: sqlite3.Connection, whole: bool = False) -> bool:
    """Does the index know the newest and the oldest picture that it should? A few pages read.

    With `whole` all of its tokens are read and checked against each other.
    """
    try:
        if whole:
            db.execute("INSERT INTO picture_index (picture_index) VALUES ('integrity-check')")
        if counter(db, "index_version") != _VERSION:
            return False
        for end in ("max", "min"):
            sql = f"SELECT {_COLUMNS} FROM picture WHERE id = (SELECT {end}(id) FROM picture"
            row = db.execute(f"{sql} WHERE id <= ?)", (counter(db, FOLDED),)).fetchone()
            if row is not None:
                words = entry(row).tokens().replace(" ", " AND ")
                sql = "SELECT 1 FROM picture_index WHERE picture_index MATCH ? AND rowid = ?"
                if db.execute(sql, (words, row[0])).fetchone() is None:
                    return False
    except DAMAGED:
        return False
    return True


def _drop_tokens(db: sqlite3.Connection) -> None:
    """Also what SQLite cannot open any more, and so would not drop."""
    try:
        db.execute("DROP TABLE IF EXISTS picture_index")
    except sqlite3.DatabaseError:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_master WHERE name = 'picture_index'")
        db.execute("PRAGMA writable_schema = RESET")
        for part in ("data", "idx", "config"):
            db.execute(f"DROP TABLE IF EXISTS picture_index_{part}")


def _count(db: sqlite3.Connection, entries: Sequence[Entry], sign: int) -> None:
    tag_of = dict(db.execute("SELECT id, tag_id FROM label"))
    tags: Counter[tuple[int, int]] = Counter()  # by day and tag
    sources: Counter[tuple[int, int]] = Counter()
    for one in entries:
        sources[one.day, one.source_id] += sign
        for tag in {tag_of[m.label] for m in one.mentions if m.counts and m.label in tag_of}:
            tags[one.day, tag] += sign
    for table, counts in (("tag", tags), ("source", sources)):
        db.executemany(
            f"INSERT INTO {table}_day VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE"
            " SET count = count + ?3",
            ((*key, count) for key, count in counts.items()),
        )
        if sign < 0:
            db.executemany(
                f"DELETE FROM {table}_day WHERE day = ? AND {table}_id = ? AND count <= 0", counts
            )
    totals: Counter[int] = Counter()
    for (_, tag), count in tags.items():
        totals[tag] += count
    db.executemany(
        "UPDATE tag SET count = count + ? WHERE id = ?", ((n, tag) for tag, n in totals.items())
    )
