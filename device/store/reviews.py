"""Reviews as rows: written by the store's transactions, and taken back exactly.

A review keeps the tags as they were before it, so that undoing it needs no arithmetic; and each
mention whose state it changed, which is what is learnt from.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from device import clock, ids, wire, wire_review
from device.errors import NotThere, ReviewError, ReviewRefused, ReviewStale
from device.results import Reviewed, Unreviewed
from device.review import Done, Said, further, implied, judge
from device.store import index, packed, rows
from device.store.labels import Label, LabelReader, LabelWriter
from device.types import Outcome, PictureRef

Tell = Callable[[str, Callable[..., bytes]], None]
"""Makes an event of a type, with the body that is made for its number."""

_PICTURE = (
    f"SELECT {rows.COLUMNS} FROM picture JOIN source ON source.id = source_id WHERE picture.id = ?"
)


class Reviews:
    """In the write thread and its transaction; made anew after a rollback."""

    def __init__(
        self,
        db: sqlite3.Connection,
        labels: LabelWriter,
        reader: rows.Rows,
        person: Callable[[str], int],
        tell: Tell,
    ) -> None:
        """`person` has the number of a name."""
        self._db = db
        self._labels = labels
        self._known = LabelReader()
        self._rows = reader
        self._person = person
        self._tell = tell
        self._before: dict[int, index.Entry] = {}  # what the index knows of those that changed

    def review(self, change: Reviewed) -> Outcome:
        """One `Done` for each picture; those that are refused stop no other."""
        done = []
        for uid in change.pictures:
            try:
                done.append(self._review(change, uid))
            except ReviewError as error:
                done.append(Done(uid, refused=error))
        self._renew_index()
        return Outcome(change.frame_id, answer=tuple(done))

    def undo(self, change: Unreviewed) -> Outcome:
        """The picture is again as it was before its newest review."""
        try:
            done = self._undo(change)
        except ReviewError as error:
            done = Done("", refused=error)
        self._renew_index()
        return Outcome(change.frame_id, answer=(done,))

    # -- how

    def _review(self, change: Reviewed, uid: str) -> Done:
        number = rows.number_of(self._db, uid)
        if number is None:
            raise NotThere(f"there is no picture {uid[:40]}")
        person = self._person(change.by)
        if (before := self._sent_before(change, uid, (person, change.key, number))) is not None:
            return before
        row = self._db.execute(_PICTURE, (number,)).fetchone()
        if change.version not in (None, row[15]):
            raise ReviewStale("somebody reviewed this picture meanwhile; look at it again")
        said = [Said(tag, one.state) for tag, one in self._rows.said(self._db, row)]
        now, told = judge(said, change.judgements, change.vocabulary)
        mentions = self._mentions(row, now, change)
        made_ms = clock.milliseconds(clock.now())
        done = Done(uid, ids.new_id(), change.by, made_ms / 1000)
        boxes = packed.pack_boxes(one.tag.box for one in now)
        self._change(number, packed.repack(mentions), boxes, made_ms)
        judgements = wire_review.judgements_json(told)
        key = (change.key, _digest(change)) if change.key else (None, None)
        review = self._db.execute(
            "INSERT INTO review (uid, picture_id, person_id, key, asked, made_ms, judgements, tags,"
            " boxes, reviewed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (ids.to_bytes(done.review), number, person, *key, made_ms, judgements, *row[12:15]),
        ).lastrowid
        self._note(review, row, mentions)
        self._event(number, done, judgements)
        return done

    def _undo(self, change: Unreviewed) -> Done:
        row = None
        if ids.is_id(change.review):
            row = self._db.execute(
                "SELECT review.id, picture_id, made_ms, undone_ms, judgements, tags, boxes,"
                " reviewed_ms FROM review WHERE uid = ?",
                (ids.to_bytes(change.review),),
            ).fetchone()
        if row is None:
            raise NotThere(f"there is no review {change.review[:40]}")
        review, number, made_ms, undone_ms, judgements, tags, boxes, reviewed_ms = row
        if undone_ms is not None:
            raise ReviewStale("this review is undone already")
        newest = "SELECT max(id) FROM review WHERE picture_id = ? AND undone_ms IS NULL"
        if self._db.execute(newest, (number,)).fetchone() != (review,):
            raise ReviewStale("the picture was reviewed again since; undo that review first")
        self._change(number, tags, boxes, reviewed_ms)
        now = clock.milliseconds(clock.now())
        self._db.execute("UPDATE review SET undone_ms = ? WHERE id = ?", (now, review))
        picture = self._picture(number)
        done = Done(picture.id, change.review, change.by, made_ms / 1000)
        self._event(number, done, judgements, undone=True)
        return done

    def _sent_before(
        self, change: Reviewed, uid: str, key: tuple[int, str | None, int]
    ) -> Done | None:
        """The review that the same key made; with another content it is refused."""
        row = self._db.execute(
            "SELECT uid, made_ms, asked FROM review WHERE person_id = ? AND key = ?"
            " AND picture_id = ?",
            key,
        ).fetchone()
        if row is None:
            return None
        if row[2] != _digest(change):
            raise ReviewRefused("this Idempotency-Key made another review; send a new one")
        return Done(uid, ids.from_bytes(row[0]), change.by, row[1] / 1000)

    def _mentions(
        self, row: tuple[Any, ...], now: list[Said], change: Reviewed
    ) -> list[packed.Mention]:
        """As they are from now on: all that there were in their order, and what came to them."""
        words = change.vocabulary
        left = iter(now)
        mentions = []
        for one in packed.unpack(row[12]):
            label = self._known.label(self._db, one.label)
            state = next(left).state if label.role == "said" else implied(label.name, now, words)
            mentions.append(replace(one, state=state))
        for fresh in left:
            tag = fresh.tag
            told = tag.kind, tag.tagger, tag.model, tag.parents, tag.zones
            mentions.append(self._mention(Label(tag.name, "said", *told), fresh))
        found = {self._name(one) for one in mentions if one.state != "rejected"}
        for of in now:
            for word in sorted(further(of.tag, words) - found) if of.counts else ():
                found.add(word)
                label = Label(word, "implied", of.tag.kind, of.tag.tagger)
                mentions.append(self._mention(label, Said(of.tag, implied(word, now, words))))
        return mentions

    def _mention(self, label: Label, said: Said) -> packed.Mention:
        number, confidence = packed.mention(self._labels.number(label), said.tag.confidence)
        return packed.Mention(number, confidence, said.state)

    def _name(self, mention: packed.Mention) -> str:
        return self._known.label(self._db, mention.label).name

    def _change(self, number: int, tags: str, boxes: bytes | None, reviewed_ms: int | None) -> None:
        [before] = index.entries(self._db, [number])
        self._before.setdefault(number, before)
        self._db.execute(
            "UPDATE picture SET tags = ?, boxes = ?, reviewed_ms = ?, version = version + 1"
            " WHERE id = ?",
            (tags, boxes, reviewed_ms, number),
        )

    def _renew_index(self) -> None:
        """Once for all of them: five times as fast as one by one."""
        before = list(self._before.values())
        self._before.clear()
        if before:
            index.renew(self._db, before)

    def _note(
        self, review: int | None, row: tuple[Any, ...], mentions: list[packed.Mention]
    ) -> None:
        """Each mention of a tag that is another one now, or has another state."""
        before = [one.state for one in packed.unpack(row[12])]
        for place, one in enumerate(mentions):
            same = place < len(before) and before[place] == one.state
            if not same and self._known.label(self._db, one.label).role == "said":
                self._db.execute(
                    "INSERT INTO verdict VALUES (?, ?, ?, ?, ?)",
                    (review, place, one.label, one.confidence, one.state),
                )

    def _picture(self, number: int) -> PictureRef:
        return self._rows.picture(self._db, self._db.execute(_PICTURE, (number,)).fetchone())

    def _event(self, number: int, done: Done, judgements: str, undone: bool = False) -> None:
        picture = self._picture(number)

        def body(**head: Any) -> bytes:
            return wire_review.review_event(
                **head, picture=picture, done=done, judgements=judgements, undone=undone
            )

        self._tell("review", body)


def _digest(change: Reviewed) -> bytes:
    """What was said, to tell it sent again from something else under the same key."""
    said = [wire_review.judgement_object(one) for one in change.judgements]
    return hashlib.sha256(wire.dumps([change.version, said]).encode()).digest()[:16]
