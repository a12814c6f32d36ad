"""Wishes for words become changes of the owner's file, and nothing else of it changes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from device import config
from device.errors import ConfigError, WordError
from device.naming import Naming
from device.vocabulary_edit import LONGEST, Editor, Step, checked
from device.vocabulary_file import Understood, understand
from device.yaml_edit import edit

LABELS = ["Dog", "Cat", "tabby", "minivan", "robin", "Person"]
FILE = """\
# Ours
words:
  Minka:   # she
    labels: [tabby]
    parents: [cat]
  car: {floor: 0.6}   # too often

# names
rename: {hippo: hippopotamus}
drop:
  - footwear   # never
  # and maybe more
"""
COMMENTS = ["# Ours", "# she", "# too often", "# names", "# never", "# and maybe more"]
PLAIN = config.Vocabulary()


def taken(text: str, *steps: Step, wanted: config.Vocabulary = PLAIN) -> Understood:
    """What the file comes to after these wishes."""
    now = understand(text, "v.yaml", wanted, LABELS)
    for step in steps:
        now = understand(edit(now.text, step(now)), "v.yaml", wanted, LABELS)
    return now


@pytest.fixture
def editor() -> Editor:
    return Editor(PLAIN, LABELS, lambda name: name == "told")


def test_a_threshold_is_set_changed_and_taken_back(editor: Editor) -> None:
    now = taken(FILE, editor.floor("cat", 0.55), editor.floor("car", 0.7))
    assert now.text == FILE.replace("0.6}   # too often\n", "0.7}   # too often\n").replace(
        "often\n", "often\n  cat: {floor: 0.55}\n"
    )
    assert now.vocabulary.words["cat"].floor == 0.55
    assert taken(now.text, editor.floor("cat", None)).text == now.text.replace(
        "  cat: {floor: 0.55}\n", ""
    )
    assert taken("", editor.floor("macaw", 0.9)).vocabulary.words["macaw"].floor == 0.9
    assert taken("", editor.floor("macaw", None)).text == "", "0.5 is built in and stays"


def test_a_word_of_the_owner_stays_one_when_its_last_key_goes(editor: Editor) -> None:
    now = taken("words: {sky: {floor: 0.5}}", editor.floor("sky", None))
    assert yaml.safe_load(now.text) == {"words": {"sky": {}}}


def test_a_word_is_found_under_the_spelling_of_the_file(editor: Editor) -> None:
    now = taken(FILE, editor.floor("minka", 0.3))
    assert now.vocabulary.words["minka"].floor == 0.3
    assert "    floor: 0.3\n" in now.text


def test_a_renamed_words_attributes_are_those_of_its_first_name(editor: Editor) -> None:
    now = taken("", editor.rename("cat", "katze"), editor.floor("katze", 0.6))
    assert yaml.safe_load(now.text) == {
        "rename": {"cat": "katze"},
        "words": {"cat": {"floor": 0.6}},
    }
    assert now.vocabulary.words["katze"].floor == 0.6
    now = taken(now.text, editor.listed("katze", "parents", ["pet"]))
    assert now.vocabulary.above("katze") == ("pet",)
    assert "pet" in now.vocabulary.words, "made for the sake of what stands below it"
    now = taken(now.text, editor.listed("katze", "parents", None))
    assert now.vocabulary.above("katze") == ("animal",)


def test_merged_words_take_one_threshold_and_one_list(editor: Editor) -> None:
    merged = taken("", *(editor.rename(name, "pet") for name in ("cat", "dog")))
    assert set(merged.vocabulary.words["pet"].labels) >= {"tabby", "dog"}
    now = taken(
        merged.text,
        editor.floor("pet", 0.7),
        editor.listed("pet", "parents", ["being"]),
        editor.listed("pet", "synonyms", ["companion"]),
    )
    word = now.vocabulary.words["pet"]
    assert (word.floor, word.parents, word.synonyms) == (0.7, ("being",), ("companion",))


def test_names_in_a_row_end_at_the_last_one_and_lead_back(editor: Editor) -> None:
    stored = Editor(PLAIN, LABELS, lambda _: True)
    now = taken("", stored.rename("cat", "katze"), stored.rename("katze", "kater"))
    assert now.vocabulary.renamed == {"cat": "kater", "katze": "kater"}
    now = taken(now.text, stored.rename("kater", "cat"))
    naming = Naming.of(now.vocabulary)
    assert [naming.today(name) for name in ("cat", "katze", "kater")] == ["cat"] * 3
    never = taken("", editor.rename("cat", "katze"), editor.rename("katze", "kater"))
    assert never.vocabulary.renamed == {"cat": "kater"}, "katze was never told to anybody"
    assert taken(never.text, editor.rename("kater", None)).text == ""


def test_what_only_people_have_said_can_be_renamed_and_dropped(editor: Editor) -> None:
    now = taken("", editor.rename("told", "postman"))
    assert now.vocabulary.renamed == {"told": "postman"}
    now = taken("", editor.drop("told", True))
    assert now.vocabulary.dropped("told")
    assert taken(now.text, editor.drop("told", False)).vocabulary.dropped("told") is False


def test_drop_and_take_back(editor: Editor) -> None:
    now = taken(FILE, editor.drop("cat", True))
    assert "  - footwear   # never\n  - cat\n  # and maybe more\n" in now.text
    assert now.vocabulary.dropped("cat")
    assert taken(now.text, editor.drop("cat", False)).text == FILE
    assert taken(now.text, editor.drop("cat", True)).text == now.text
    renamed = taken("", editor.rename("cat", "katze"), editor.drop("katze", True))
    assert renamed.vocabulary.dropped("katze")
    assert not taken(renamed.text, editor.drop("katze", False)).vocabulary.dropped("katze")


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (("rename", "cat", "footwear"), "footwear is dropped; take it back first"),
        (("rename", "cat", "hippo"), "hippo is called hippopotamus now"),
        (("rename", "dog", "hound"), "dog is renamed in the config"),
        (("rename", "mutt", "hound"), "mutt is renamed in the config"),
        (("drop", "person", False), "person is dropped in the config"),
    ],
)
def test_what_makes_no_sense_is_said(wish: tuple[Any, ...], told: str) -> None:
    wanted = config.Vocabulary(drop=("Person",), rename={"dog": "mutt"})
    editor, (kind, *rest) = Editor(wanted, LABELS), wish
    with pytest.raises(WordError, match=told):
        taken(FILE, getattr(editor, kind)(*rest), wanted=wanted)


def test_a_circle_is_refused_with_its_line(editor: Editor) -> None:
    with pytest.raises(ConfigError, match=r"v\.yaml:\d+: words\.animal\.parents: animal -> cat"):
        taken(FILE, editor.listed("animal", "parents", ["cat"]))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "\n",
        "a\x00b",
        "a\x1b[31m",
        "\u202ecat",
        "\ud800",
        "x" * 1000,
        "${HOME}",
    ],
)
def test_names_that_no_file_should_have(name: str) -> None:
    with pytest.raises(WordError, match="a name "):
        checked(name)


ODD = ["no", "null", "~", "1e3", "0x1f", "2026-11-22", "- a", "a: b", "#x", "'", '"', "{", "[a]"]
ODD += ["!!python/object", "&a", "*a", "%x", "@", "`", "../../etc/passwd", "<img src=x>", "katze"]
ODD += [
    "🐈",
    "猫",
    "née",
    "a'b\"c",
    "? x",
    "|",
    ">",
    "x" * LONGEST,
    "a,b",
    "drop",
    "words",
    "=",
    "<<",
]
NAMES = st.sampled_from(ODD) | st.text(min_size=1, max_size=20)
WISHES = st.lists(
    st.tuples(
        st.sampled_from(["floor", "drop", "rename", "parents", "synonyms"]),
        st.sampled_from(["cat", "dog", "car", "minka", "robin"]) | NAMES,
        NAMES,
        st.floats(0, 1) | st.none(),
    ),
    max_size=4,
)


@given(WISHES)
@settings(max_examples=40, deadline=None)
def test_any_wishes_with_odd_names_come_out_and_keep_the_comments(
    wishes: list[tuple[str, str, str, float | None]],
) -> None:
    editor, now = Editor(PLAIN, LABELS, lambda _: True), taken(FILE)
    problems: list[str] = []
    for kind, spelt, other, number in wishes:
        try:
            name, to = checked(spelt), checked(other)
            if Naming.of(now.vocabulary).today(name) != name:
                continue  # a wish before gave it another name: there is no such word any more
            step = {
                "floor": lambda name, _, number: editor.floor(name, number),
                "drop": lambda name, _, number: editor.drop(name, number is not None),
                "rename": lambda name, to, number: editor.rename(name, number and to),
                "parents": lambda name, to, _: editor.listed(name, "parents", [to]),
                "synonyms": lambda name, to, _: editor.listed(name, "synonyms", [to]),
            }[kind](name, to, number)
            after = taken(now.text, step)
        except WordError:
            continue
        except ConfigError as error:
            problems.append(str(error))
            continue
        words = after.vocabulary.words
        if kind == "floor" and number is not None:
            assert words[name].floor == number
        if kind == "drop":
            assert after.vocabulary.dropped(name) is (number is not None)
        if kind == "rename" and number and name != to:
            assert Naming.of(after.vocabulary).today(name) == to
        if kind in ("parents", "synonyms") and to != name:
            assert getattr(words[name], kind) == (Naming.of(after.vocabulary).today(to),) or (
                kind == "synonyms" and words[name].synonyms == (to,)
            )
        now = after
    assert all("circle" in problem for problem in problems), problems
    there = [mark for mark in COMMENTS if mark in now.text]
    assert {"# Ours", "# names", "# and maybe more"} <= set(there)
    assert [now.text.index(mark) for mark in there] == sorted(now.text.index(m) for m in there)
