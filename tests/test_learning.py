"""What past reviews teach: sides of a threshold, histogram, and only sound proposals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import learning
from device.learning import BINS, ENOUGH, KEPT, SOME, Suggestion, sides

JUDGED = st.lists(st.tuples(st.integers(0, 1000).map(lambda n: n / 1000), st.booleans()))


def two_hills(good: int = 90, bad: int = 52) -> list[tuple[float, bool]]:
    """Accepted ones around 0.8, rejected ones around 0.5, as stored: in thousandths."""
    chance = random.Random(7)
    near = [(round(min(1.0, chance.gauss(0.8, 0.08)), 3), True) for _ in range(good)]
    return near + [(round(chance.gauss(0.5, 0.05), 3), False) for _ in range(bad)]


def test_sides() -> None:
    judged = [(0.5, True), (0.55, True), (0.549, False), (0.6, False)]
    assert sides(judged, 0.55, accepted=True) == learning.Sides(kept=1, dropped=1)
    assert sides(judged, 0.55, accepted=False) == learning.Sides(kept=1, dropped=1)


@given(JUDGED)
def test_every_judged_one_is_in_one_bin(judged: list[tuple[float, bool]]) -> None:
    bins = learning.histogram(judged)
    assert len(bins) == BINS
    assert sum(one.accepted for one in bins) == sum(good for _, good in judged)
    assert sum(one.accepted + one.rejected for one in bins) == len(judged)
    for confidence, good in judged:
        [alone] = [b for b in learning.histogram([(confidence, good)]) if b.accepted + b.rejected]
        assert alone.low <= confidence
        assert confidence < alone.low + 1 / BINS + 1e-9 or confidence == 1.0


def test_a_proposal_parts_the_hills() -> None:
    judged = two_hills()
    found = learning.proposed_floor(judged)
    assert found is not None
    assert 0.55 < found.at < 0.7
    assert sides(judged, found.at, accepted=True).kept >= KEPT * 90
    gone = sides(judged, found.at, accepted=False).dropped
    assert gone >= 45
    assert f"dropped {gone} of 52 rejected and" in found.why


@given(JUDGED)
def test_a_proposal_never_loses_more_than_it_may(judged: list[tuple[float, bool]]) -> None:
    found = learning.proposed_floor(judged)
    good = [c for c, accepted in judged if accepted]
    if found is None:
        return
    assert len(judged) >= ENOUGH
    assert min(len(good), len(judged) - len(good)) >= SOME
    assert 0 <= found.at <= 1
    assert sum(c >= found.at for c in good) >= KEPT * len(good)
    assert sides(judged, found.at, accepted=False).dropped > 0


@pytest.mark.parametrize(
    ("judged", "why"),
    [
        ([], "needs 20 reviews with 5 accepted and 5 rejected; there are 0"),
        (two_hills(15, 4), "there are 19 with 15 accepted and 4 rejected"),
        ([(0.5, n % 2 == 0) for n in range(40)], "no threshold tells the rejected ones"),
    ],
)
def test_without_a_proposal_it_is_said_why(judged: list[tuple[float, bool]], why: str) -> None:
    assert learning.proposed_floor(judged) is None
    assert why in learning.why_none(judged)


def test_a_threshold_is_suggested_only_where_it_moves() -> None:
    judged = two_hills()
    found = learning.of_judged("cat", judged, 0.4)
    assert found is not None
    assert (found.idea, found.tag) == ("threshold", "cat")
    assert learning.of_judged("cat", judged, float(str(found.to))) is None


def test_what_is_always_rejected_is_to_be_dropped() -> None:
    judged = [(0.5 + n / 100, False) for n in range(24)] + [(0.6, True)]
    assert learning.of_judged("clothing", judged, 0.4) == Suggestion(
        "drop", "clothing", None, "24 of 25 reviews rejected it", 25
    )
    assert learning.of_judged("clothing", judged[:10], 0.4) is None, "too few to say so"


def test_what_people_add_where_it_was_nearly_said_lowers_the_threshold() -> None:
    nearly = [0.2, 0.31, 0.33, 0.35, 0.36, 0.37, 0.38, 0.38, 0.38, 0.39]
    assert learning.of_added("cup", nearly, 0.4) == Suggestion(
        "threshold",
        "cup",
        0.31,
        "people added it 10 times where it was nearly said; 9 reach 0.31",
        10,
    )
    assert learning.of_added("cup", nearly[:4], 0.4) is None
    assert learning.of_added("cup", [0.39] * 9, 0.4) is None, "hardly a step"
    assert learning.of_added("cup", [0.6] * 9, 0.4) is None, "said by now"


def test_what_people_rename_again_and_again() -> None:
    renames = {("coffee", "latte"): 7, ("coffee", "mocha"): 5, ("tea", "chai"): 4, ("a", "a"): 9}
    assert learning.of_renamed(renames) == [
        Suggestion("rename", "coffee", "latte", "people renamed it so 7 times", 7)
    ]


def test_of_each_word_one_suggestion_the_best_founded_first() -> None:
    found = [
        Suggestion("drop", "b", None, "", 3),
        Suggestion("rename", "a", "x", "", 9),
        Suggestion("threshold", "b", 0.5, "", 8),
    ]
    assert [(one.tag, one.idea) for one in learning.ordered(found)] == [
        ("a", "rename"),
        ("b", "threshold"),
    ]
