"""Where people add a word that a model nearly said, its threshold is too high."""

from __future__ import annotations

from dataclasses import replace

import pytest
from makers import tagged

from device.hearing import Alternative
from device.store import index, packed
from device.store.reader import Reader
from device.store.writer import Store


def manual(per_mille: int) -> int:
    """The digits of a mention that a person made."""
    return packed.BASE + packed.STEP * packed.STATES.index("manual") + per_mille


@pytest.mark.parametrize("folded", [False, True])
def test_what_was_added_and_nearly_said(store: Store, reader: Reader, *, folded: bool) -> None:
    cup, hat = Alternative("cup", 0.31, "scene"), Alternative("hat", 0.2, "scene")
    pictures = [
        replace(tagged(None, "cup"), alternatives=(cup, hat)),
        replace(tagged(None, "cup"), alternatives=(replace(cup, confidence=0.38),)),
        replace(tagged(None, "cup"), alternatives=()),
        replace(tagged(None, "hat"), alternatives=(cup,)),
        replace(tagged(None, "cup"), alternatives=(replace(cup, confidence=0.25),)),
    ]
    store.commit(pictures, {})
    by_hand = [1, 2, 3, 4]  # the last one was said by its model
    for number in by_hand:
        [text] = store.db.execute("SELECT tags FROM picture WHERE id = ?", (number,)).fetchone()
        [one] = packed.unpack(text)
        changed = f",{one.label}:{manual(1000)}"
        store.db.execute("UPDATE picture SET tags = ? WHERE id = ?", (changed, number))
    if folded:
        index.fold(store.db)
        store.db.commit()
    assert sorted(reader.words.nearly("cup")) == [0.31, 0.38]
    assert reader.words.nearly("hat") == []
    assert reader.words.nearly("x' OR 1=1 --") == []
