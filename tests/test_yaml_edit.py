"""Values of a YAML file change; everything else stays as its owner wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

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
