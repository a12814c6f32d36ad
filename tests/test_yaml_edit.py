"""Values of a YAML file change; everything else stays as its owner wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from device.errors import ConfigError
from device.yaml_edit import GONE, edit

TEXT = """\
# My house
device: {id: gate}   # short
sources:
  - name: yard   # the old one
    url: "http://${USER}@yard/pic.jpg?every=10s"
    zones:
      lawn: {polygon: [[0, 0], [0.5, 0], [0.5, 1]]}

# how long
store:
  retention: {days: 30}
"""


def test_a_value_changes_and_its_comment_stays() -> None:
    after = edit(TEXT, {("store", "retention", "days"): 10})
    assert after == TEXT.replace("days: 30", "days: 10")


def test_sections_that_are_missing_are_made() -> None:
    after = edit(TEXT, {("mqtt", "url"): "mqtt://broker", ("sources", 1): {"name": "new"}})
    data = yaml.safe_load(after)
    assert data["mqtt"] == {"url": "mqtt://broker"}
    assert [one["name"] for one in data["sources"]] == ["yard", "new"]
    assert all(line in after for line in TEXT.splitlines())


def test_lists_stand_on_one_line() -> None:
    after = edit(TEXT, {("sources", 0, "privacy"): [[[0, 0], [0.5, 0], [0.5, 1]]]})
    assert "    privacy: [[[0, 0], [0.5, 0], [0.5, 1]]]\n" in after


def test_a_number_beyond_the_end_of_a_list_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"sources\.7: nothing can be set there"):
        edit(TEXT, {("sources", 7): {"name": "new"}})


def test_a_value_goes_and_what_is_not_there_may_go() -> None:
    after = edit(TEXT, {("sources", 0, "zones"): GONE, ("web", "hosts"): GONE})
    data = yaml.safe_load(after)
    assert "zones" not in data["sources"][0]
    assert "web" not in data
    assert "# how long" in after


@pytest.mark.parametrize("config", sorted((Path(__file__).parents[1] / "config").glob("*.yaml")))
def test_a_file_of_ours_stays_as_it_is(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    assert edit(text, {}) == text


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "- x\n"])
def test_what_cannot_be_edited_is_said(text: str) -> None:
    with pytest.raises(ConfigError):
        edit(text, {("a", "b"): 1})


def test_an_empty_file_is_a_beginning() -> None:
    assert yaml.safe_load(edit("", {("web", "listen"): "0.0.0.0:80"})) == {
        "web": {"listen": "0.0.0.0:80"}
    }


COMMENTED = """\
# Our words
words:
  car: {floor: 0.6}   # seen too often

# names of our pets
rename:
  hippo: hippopotamus
drop:
  - sunglasses   # never
  # not yet: shoes
keep: [bird,
       dog]  # both
"""


def test_a_new_entry_stands_with_its_siblings_and_no_comment_moves() -> None:
    after = edit(COMMENTED, {("words", "cat", "floor"): 0.5, ("drop", 1): "hat"})
    assert after == COMMENTED.replace("often\n", "often\n  cat: {floor: 0.5}\n").replace(
        "# never\n", "# never\n  - hat\n"
    )


def test_what_goes_takes_its_own_comment_and_no_other() -> None:
    after = edit(COMMENTED, {("words", "car", "floor"): GONE, ("drop", 0): GONE})
    gone = ("words:\n  car: {floor: 0.6}   # seen too often\n", "drop:\n  - sunglasses   # never\n")
    expected = COMMENTED
    for one in gone:
        expected = expected.replace(one, "")
    assert after == expected


@pytest.mark.parametrize("name", ["no", "on", "null", "1_000", "12:30:45", "~", "- x", "a: b", "#"])
def test_text_that_looks_like_something_else_stays_text(name: str) -> None:
    after = edit(COMMENTED, {("rename", name): name, ("keep", 2): name, ("words", name): {}})
    data = yaml.safe_load(after)
    assert data["rename"][name] == name
    assert data["keep"] == ["bird", "dog", name]
    assert data["words"][name] == {}


UNFIT = ("Cs", "Cc", "Zl", "Zp")  # in no name: surrogates, control characters, line ends
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["words", "rename", "drop", "keep"]),
        st.text(st.characters(exclude_categories=UNFIT), min_size=1, max_size=12),
        st.sampled_from([0.25, "new", ["a", "b"], {"floor": 0.5}, GONE]),
        st.integers(0, 3),
    ),
    max_size=6,
)


@given(STEPS)
@settings(max_examples=30, deadline=None)
def test_any_edits_say_what_was_asked_and_keep_every_other_line(
    steps: list[tuple[str, str, object, int]],
) -> None:
    text = COMMENTED
    for section, name, value, number in steps:
        before, place = yaml.safe_load(text), (section, name)
        if isinstance(before.get(section), list) or section in ("drop", "keep"):
            place = (section, min(number, len(before.get(section) or ())))
        text = edit(text, {place: value})
        after = yaml.safe_load(text) or {}
        rest = {key: inner for key, inner in before.items() if key != section}
        assert {key: inner for key, inner in after.items() if key != section} == rest
    kept = ["# Our words", "# names of our pets", "  # not yet: shoes"]
    assert [line for line in text.splitlines() if line in kept] == kept
