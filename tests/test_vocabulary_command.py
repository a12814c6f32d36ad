"""`tagd vocabulary`, the examples of docs/vocabulary.md, and the promised figures."""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from makers import tagged
from places import SHARED

from device.__main__ import cli
from device.errors import ConfigError, TagdError
from device.search_query import parse
from device.store.reader import Reader
from device.store.writer import Store

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs/vocabulary.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^    \$ tagd (.+)\n((?:    .+\n)+)", DOCS, re.MULTILINE)
FAKE = "taggers: {colours: {model: fake}}\n"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands log to their standard error, which is gone when they end."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def tagd(*words: str) -> Result:
    return CliRunner().invoke(cli, words, catch_exceptions=True)


def rounded(text: str) -> str:
    """Another processor may give another last digit."""
    return re.sub(r"\b[01]\.\d\d\b", lambda number: f"{float(number[0]):.1f}", text)


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_the_examples_come_out_so(
    command: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = tagd(*command.split())
    assert done.exit_code == 0, done.output
    assert rounded(done.output) == rounded(textwrap.dedent(output))


def test_the_example_file_is_right_and_has_every_key(tmp_path: Path) -> None:
    block = re.search(r"^    words:\n(?:    .*\n)+", DOCS, re.MULTILINE)
    assert block is not None
    text = textwrap.dedent(block[0])
    file = tmp_path / "vocabulary.yaml"
    file.write_text(text, encoding="utf-8")
    done = tagd("vocabulary", "check", str(file))
    assert done.exit_code == 0, done.exception
    assert f"{file} is right" in done.output
    known = set(re.findall(r"^\| `(?:words\.WORD\.)?(\w+)` \|", DOCS, re.MULTILINE))
    entries = yaml.safe_load(text)
    used = set(entries) | {key for entry in entries["words"].values() for key in entry}
    assert known | {"words"} == used | {"kind"}


def test_a_config_finds_its_vocabulary_beside_it(tmp_path: Path) -> None:
    config = tmp_path / "tagd.yaml"
    config.write_text("vocabulary: {file: words.yaml}\n", encoding="utf-8")
    (tmp_path / "words.yaml").write_text("words: {minka: {labels: [tabby]}}\ndrop: [catt]")
    done = tagd("vocabulary", "check", "--config", str(config))
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception) == (
        f"{tmp_path}/words.yaml:2: drop: nothing is ever called catt; did you mean cat?"
    )
    (tmp_path / "words.yaml").write_text("words: {minka: {labels: [tabby]}}")
    done = tagd("vocabulary", "show", "minka", "--config", str(config))
    assert "labels    tabby\n" in done.output


def test_show() -> None:
    done = tagd("vocabulary", "show")
    assert re.search(r"^dog +object +animal +119$", done.output, re.MULTILINE)
    assert (
        tagd("vocabulary", "show", "Tiger_cat").output == "tiger cat is a label of the word cat\n"
    )
    wrong = tagd("vocabulary", "show", "catt")
    assert isinstance(wrong.exception, TagdError)
    assert str(wrong.exception) == "no word and no label is called catt; did you mean cat?"


def test_test_tells_what_was_dropped_and_what_cannot_be_read(tmp_path: Path) -> None:
    config = tmp_path / "tagd.yaml"
    sample = str(ROOT / "device/samples/coffee.jpg")

    def output_without(dropped: str) -> str:
        config.write_text(f"vocabulary: {{drop: [{dropped}]}}\n", encoding="utf-8")
        return tagd("vocabulary", "test", sample, "--config", str(config)).output

    assert "espresso" not in output_without("espresso"), "a dropped label counts for nothing"
    output = output_without("cup")
    assert re.search(r"^coffee cup .* parents kitchenware$", output, re.MULTILINE)
    assert re.search(r"^not said: cup .*: a nearer word is said$", output, re.MULTILINE)
    output = output_without("drink, coffee")
    assert re.search(r"^espresso .* parents food$", output, re.MULTILINE)
    config.write_text(FAKE, encoding="utf-8")
    for name, content in (("none.jpg", None), ("bad.jpg", b"no picture")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        wrong = tagd("vocabulary", "test", str(tmp_path / name), "--config", str(config))
        assert isinstance(wrong.exception, TagdError)
        assert f"{name} cannot be read: " in str(wrong.exception)


def test_a_parent_finds_the_picture(store: Store, reader: Reader) -> None:
    picture = replace(tagged(None, "cat"), implied=(("animal", 0.95), ("kitty", 0.9)))
    store.commit([picture, tagged(None, "car")], {})
    for query, count in (
        ("animal", 1),
        ("animal confidence>=0.94", 1),
        ("cat confidence>=0.94", 0),
        ("kitty", 1),
        ("-animal", 1),
        ("vehicle", 0),
    ):
        assert len(reader.find(parse(query))) == count, query
    assert [tag.name for tag in reader.find(parse("animal"))[0].tags] == ["cat"]
    assert dict(reader.tags())["animal"] == 1


@pytest.mark.shared
def test_the_promised_figures() -> None:
    from bench import vocabulary as bench

    words, judged = bench.gather(SHARED / "imagenet-sample")
    assert len(judged) == 250
    covered, right, *_ = bench.row(words, judged, 0.5)
    assert covered >= 90.0, "the plain word is said"
    assert right >= 95.0, "what is said is right"
    assert bench.milliseconds(words, judged) <= 1.5  # 0.15 with the machine to itself
