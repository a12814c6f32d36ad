"""The one JSON form, as contracts with the outside have it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import NOON, tag, tagged

from device import wire
from device.store import rows
from device.types import Box, Event, PictureRef, Tag

PERSON = Tag(
    name="person",
    confidence=0.823456,
    kind="object",
    tagger="objects",
    model="ssd-mobilenet-v2-oid@1",
    box=Box(0.41, 0.0800004, 0.17, 0.79),
    parents=("mammal", "animal"),
)


def picture(**changes: object) -> PictureRef:
    made = rows.picture_of(tagged("a", tags=(PERSON,)))
    return replace(made, id="01J", sha256="ab" * 32, **changes)  # type: ignore[arg-type]


def body(ref: PictureRef, device: str = "front-gate") -> bytes:
    return wire.picture_event(
        seq=1842,
        event_id="01E",
        device=device,
        clock_state="synced",
        picture=ref,
        tags=wire.tags_json(ref.tags),
    )


def test_an_event_is_spelt_exactly_so() -> None:
    assert body(picture()).decode() == (
        '{"schema":1,"id":"01E","seq":1842,"type":"picture","device":"front-gate",'
        '"source":"inbox","taken_at":"2027-01-15T07:59:55.123Z",'
        '"tagged_at":"2027-01-15T08:00:00.123Z","clock":"synced","replayed":false,"visit":null,'
        '"picture":{"id":"01J","width":640,"height":480,"sha256":"' + "ab" * 32 + '",'
        '"url":"/pictures/01J"},'
        '"tags":[{"name":"person","confidence":0.823,"kind":"object","tagger":"objects",'
        '"model":"ssd-mobilenet-v2-oid@1","parents":["mammal","animal"],'
        '"box":{"x":0.41,"y":0.08,"width":0.17,"height":0.79},"state":"proposed"}]}'
    )


def test_without_an_image_there_is_no_url() -> None:
    ref = picture(has_image=False)
    assert json.loads(body(ref))["picture"]["url"] is None
    shown = json.loads(wire.picture_json(ref))
    assert (shown["url"], shown["thumbnail_url"]) == (None, None)


def test_a_picture_as_the_api_answers_it() -> None:
    shown = json.loads(wire.picture_json(picture(name="a.jpg")))
    assert shown == {
        "id": "01J",
        "source": "inbox",
        "name": "a.jpg",
        "taken_at": "2027-01-15T07:59:55.123Z",
        "tagged_at": "2027-01-15T08:00:00.123Z",
        "width": 640,
        "height": 480,
        "format": "JPEG",
        "size": 1000,
        "sha256": "ab" * 32,
        "url": "/pictures/01J",
        "thumbnail_url": "/thumbnails/01J",
        "reviewed_at": None,
        "version": 0,
        "tags": [wire.tag_object(PERSON)],
    }
    assert wire.picture_json(picture(), "[]").endswith(',"tags":[]}')


HOSTILE = '"replayed":false,"x":"</script>\u2028\n\x00"\\'


def test_only_the_mark_of_a_replay_changes() -> None:
    ref = replace(picture(), tags=(tag(HOSTILE), tag("b")))
    fresh = Event(1842, "01E", "picture", body(ref))
    late = wire.replayed(fresh)
    assert (late.seq, late.id, late.type) == (fresh.seq, fresh.id, fresh.type)
    before, after = json.loads(fresh.body), json.loads(late.body)
    assert (before.pop("replayed"), after.pop("replayed")) == (False, True)
    assert before == after
    assert before["tags"][0]["name"] == HOSTILE
    assert len(fresh.body) - len(late.body) == 1
    assert wire.replayed(late) == late


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives(name: str) -> None:
    ref = replace(picture(name=name), tags=(tag(name),))
    event = body(ref)
    assert json.loads(event)["tags"][0]["name"] == name
    assert json.loads(wire.picture_json(ref))["name"] == name
    assert b"\n" not in event  # one line in a file of JSON lines
    assert wire.tags_from_json(wire.tags_json(ref.tags)) == ref.tags


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        wire.tags_json([tag("a", number)])
    with pytest.raises(ValueError, match="not JSON compliant"):
        wire.tags_json([tag("a", box=Box(number, 0, 1, 1))])


def test_tags_come_back_rounded_to_what_they_mean() -> None:
    [back] = wire.tags_from_json(wire.tags_json([PERSON]))
    assert back == replace(PERSON, confidence=0.823, box=Box(0.41, 0.08, 0.17, 0.79))


def test_times_are_those_that_are_stored() -> None:
    """An event and the picture's row name the same instant."""
    for taken_at in (NOON + 0.0006, NOON + 0.0004, 1.9996):
        ref = picture(taken_at=taken_at)
        stored = replace(ref, taken_at=round(taken_at * 1000) / 1000)
        assert json.loads(body(ref))["taken_at"] == json.loads(body(stored))["taken_at"]
