"""What people said of pictures, read and counted."""

from __future__ import annotations

import sqlite3

from device import clock, ids, wire
from device.by_hand import WITH_UPLOAD
from device.review import PERSON
from device.store.tail import Counts

_LAST = (
    "SELECT label_id, verdict.confidence, verdict.state, max(review.id) FROM verdict"
    " JOIN review ON review.id = review_id WHERE undone_ms IS NULL{} GROUP BY picture_id, place"
)
"""Of each mention what was said of it last: SQLite takes the columns from the row of the max."""

_BY_PERSON = "(tagger IN (?, ?) AND model = '')"
_PERSONS = PERSON, WITH_UPLOAD


def of_picture(db: sqlite3.Connection, number: int) -> str:
    """All reviews of a picture as the API's JSON, newest first."""
    rows = db.execute(
        "SELECT uid, person.name, made_ms, undone_ms, judgements FROM review"
        " JOIN person ON person.id = person_id WHERE picture_id = ? ORDER BY review.id DESC",
        (number,),
    )
    told = []
    for uid, by, made_ms, undone_ms, judgements in rows:
        head = {
            "id": ids.from_bytes(uid),
            "by": by,
            "at": clock.iso(made_ms / 1000),
            "undone": undone_ms is not None,
        }
        told.append(f'{wire.dumps(head)[:-1]},"verdicts":{judgements}}}')
    return f'{{"reviews":[{",".join(told)}]}}'


def place_of(db: sqlite3.Connection, review: str) -> tuple[str, str] | None:
    """Id and source of the picture that a review is of; None where there is no such review."""
    if not ids.is_id(review):
        return None
    row = db.execute(
        "SELECT picture.uid, source.name FROM review JOIN picture ON picture.id = picture_id"
        " JOIN source ON source.id = source_id WHERE review.uid = ?",
        (ids.to_bytes(review),),
    ).fetchone()
    return (ids.from_bytes(row[0]), row[1]) if row else None


def judged(db: sqlite3.Connection, tag: str) -> list[tuple[float, bool]]:
    """Of each mention of a tag that a tagger proposed and people judged: confidence, accepted."""
    labels = (
        " AND label_id IN (SELECT label.id FROM label JOIN tag ON tag.id = tag_id"
        f" WHERE name = ? AND role = 'said' AND NOT {_BY_PERSON})"
    )
    rows = db.execute(_LAST.format(labels), (tag, *_PERSONS))
    return [(confidence / 1000, state == "accepted") for _, confidence, state, _ in rows]


def counts(db: sqlite3.Connection) -> dict[str, tuple[int, int, int]]:
    """By tag, mentions that taggers proposed and people accepted, rejected; and added ones."""
    rows = db.execute(
        "SELECT name, sum(state = 'accepted'), sum(state = 'rejected' AND NOT by_person),"
        f" sum(state = 'manual') FROM (SELECT name, state, {_BY_PERSON} AS by_person"
        f" FROM ({_LAST.format('')}) JOIN label ON label.id = label_id"
        " JOIN tag ON tag.id = tag_id) GROUP BY name",
        _PERSONS,
    )
    return {name: (accepted, rejected, added) for name, accepted, rejected, added in rows}


def counted(db: sqlite3.Connection, new: Counts, sources: list[str] | None) -> tuple[int, int]:
    """Pictures that wait and that are reviewed, of all or of these sources, without a look at them.

    `new` counts those that are not in the index. Too low while the index is made anew.
    """
    rows = db.execute("SELECT id, name FROM source")
    numbers = [number for number, name in rows if sources is None or name in sources]
    marks = ",".join("?" * len(numbers))
    [(folded,)] = db.execute(
        f"SELECT coalesce(sum(count), 0) FROM source_day WHERE source_id IN ({marks})", numbers
    )
    [(reviewed,)] = db.execute(
        f"SELECT count(*) FROM picture WHERE source_id IN ({marks}) AND reviewed_ms NOTNULL",
        numbers,
    )
    tail = sum(count for (source, _), count in new.by_source_day.items() if source in numbers)
    return max(0, folded + tail - reviewed), reviewed


def people(db: sqlite3.Connection, sources: list[str] | None) -> list[tuple[str, int, int]]:
    """Name, pictures reviewed, those of today (UTC): who did most comes first."""
    today = clock.milliseconds(clock.now()) // clock.DAY_MS * clock.DAY_MS
    marks = ",".join("?" * len(sources or ()))
    of = (
        " JOIN picture ON picture.id = picture_id JOIN source ON source.id = source_id"
        f" AND source.name IN ({marks})"
    )
    rows = db.execute(
        "SELECT person.name, count(DISTINCT picture_id) AS reviewed,"
        " count(DISTINCT CASE WHEN made_ms >= ? THEN picture_id END)"
        f" FROM review JOIN person ON person.id = person_id{'' if sources is None else of}"
        " WHERE undone_ms IS NULL GROUP BY person_id ORDER BY reviewed DESC, person.name",
        (today, *(sources or ())),
    )
    return rows.fetchall()
