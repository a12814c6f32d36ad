"""The owner's file: read again when it changes, changed whole, and never half."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from pathlib import Path

import pytest
from makers import spawn, until

from device import config
from device.errors import ConfigError, StoreFull, WordError, WordsChanged
from device.vocabulary import Vocabulary
from device.vocabulary_edit import Editor
from device.wordbook import LARGEST, Wordbook, etag
from device.workers import Worker

LABELS = ["Dog", "Cat", "tabby"]
PLAIN = config.Vocabulary()
EDITOR = Editor(PLAIN, LABELS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vocabulary.yaml"


@pytest.fixture
def book(file: Path) -> Wordbook:
    return Wordbook(file, PLAIN, LABELS)


def looked(book: Wordbook) -> None:
    """A file is read once it has not changed between two looks."""
    book.look()
    book.look()


def test_a_file_that_nobody_named_may_come_and_go(book: Wordbook, file: Path) -> None:
    assert book.now.text == ""
    file.write_text("drop: [dog]")
    looked(book)
    assert book.now.vocabulary.dropped("dog")
    file.unlink()
    looked(book)
    assert not book.now.vocabulary.dropped("dog")
    assert book.problem is None


def test_a_file_that_the_config_names_must_be_there(file: Path) -> None:
    named = config.Vocabulary(file=file)
    with pytest.raises(ConfigError, match="there is no such file"):
        Wordbook(file, named, LABELS)
    file.write_text("drop: [dog]")
    book = Wordbook(file, named, LABELS)
    file.unlink()
    looked(book)
    assert book.now.vocabulary.dropped("dog")
    assert book.problem is not None
    assert "there is no such file (the words from before still hold)" in book.problem


def test_a_wrong_file_is_told_and_what_was_read_holds(book: Wordbook, file: Path) -> None:
    file.write_text("drop: [dog]")
    looked(book)
    for wrong, told in (
        ("drop: [", "this is not YAML"),
        ("\ndrop: [catt]", ":2: drop: nothing is ever called catt; did you mean cat?"),
        ("words: {a: &a [*a]}", ":1: it contains itself"),
        ("\0", "this is not YAML"),
        ("[" * 5000, "nested too deeply"),
        ("#" * (LARGEST + 1), "has more than 128 kB"),
    ):
        file.write_text(wrong)
        looked(book)
        assert book.problem is not None, wrong
        assert told in book.problem
        assert book.now.vocabulary.dropped("dog"), "what was read before holds"
    file.write_bytes(b"\xff")
    looked(book)
    assert book.problem is not None
    file.write_text("drop: [cat]")
    looked(book)
    assert book.problem is None
    assert book.now.vocabulary.dropped("cat")


def test_a_file_that_is_still_being_written_is_left_alone(book: Wordbook, file: Path) -> None:
    """An editor that empties the file first must not take all words away for a moment."""
    file.write_text("drop: [dog]")
    looked(book)
    file.write_text("")
    book.look()
    file.write_text("drop: [dog, cat]")
    book.look()
    assert book.now.text == "drop: [dog]"
    book.look()
    assert book.now.text == "drop: [dog, cat]"


def test_whoever_follows_is_told_now_and_of_every_change(book: Wordbook, file: Path) -> None:
    told: list[Vocabulary] = []
    book.follow(told.append)
    book.change([EDITOR.drop("dog", True)], None, dry=False)
    file.write_text("")
    looked(book)
    looked(book)
    assert [one.dropped("dog") for one in told] == [False, True, False]


def test_the_thread_looks_by_itself_and_ends(book: Wordbook, file: Path) -> None:
    worker = Worker("words", book.run)
    worker.start()
    file.write_text("drop: [dog]")
    until(lambda: book.now.vocabulary.dropped("dog"), 15)
    worker.stopping.set()
    worker.join(5)
    assert not worker.is_alive()


def test_a_change_is_written_and_a_dry_one_is_not(book: Wordbook, file: Path) -> None:
    file.write_text("# ours\ndrop: [dog]  # no dogs\n")
    dry = book.change([EDITOR.drop("cat", True)], None, dry=True)
    assert dry.diff.splitlines()[2:] == [
        "@@ -1,2 +1,2 @@",
        " # ours",
        "-drop: [dog]  # no dogs",
        "+drop: [dog, cat]  # no dogs",
    ]
    assert file.read_text() == dry.before
    done = book.change([EDITOR.drop("cat", True)], etag(dry.before), dry=False)
    assert file.read_text() == dry.after.text == done.after.text
    assert done.etag == dry.etag == etag(file.read_text())
    assert book.now.vocabulary.dropped("cat")


def test_what_was_changed_by_hand_a_moment_ago_is_not_lost(book: Wordbook, file: Path) -> None:
    file.write_text("drop: [dog]\n")  # nobody has looked at it yet
    book.change([EDITOR.floor("cat", 0.5)], None, dry=False)
    assert file.read_text() == "drop: [dog]\nwords:\n  cat: {floor: 0.5}\n"
    assert book.now.vocabulary.dropped("dog")


def test_two_at_once_do_not_overwrite_each_other(book: Wordbook) -> None:
    seen = etag("")
    names, outcomes = [f"name{n}" for n in range(8)], list[str]()
    together = threading.Barrier(len(names))

    def change(name: str) -> None:
        together.wait(20)
        try:
            book.change([EDITOR.rename("cat", name)], seen, dry=False)
            outcomes.append(name)
        except WordsChanged:
            outcomes.append("too late")

    threads = [spawn(change, name) for name in names]
    for thread in threads:
        thread.join(30)
    assert outcomes.count("too late") == len(names) - 1
    [winner] = set(outcomes) - {"too late"}
    assert book.now.vocabulary.renamed == {"cat": winner}


def test_changes_without_an_etag_come_one_after_the_other(book: Wordbook) -> None:
    words = [f"word {n}" for n in range(12)]

    def change(word: str) -> None:
        book.change([EDITOR.floor(word, 0.5)], None, dry=False)

    threads = [spawn(change, word) for word in words]
    for thread in threads:
        thread.join(30)
    assert set(book.now.given.words) == set(words)


def test_a_wrong_file_can_be_replaced_but_not_changed(book: Wordbook, file: Path) -> None:
    file.write_text("drop: [")
    with pytest.raises(WordError, match=r"vocabulary\.yaml:1: this is not YAML"):
        book.change([EDITOR.drop("cat", True)], None, dry=False)
    with pytest.raises(WordError, match="nothing is ever called dgo"):
        book.replace("drop: [dgo]", None, dry=False)
    assert file.read_text() == "drop: ["
    book.replace("drop: [dog]", etag("drop: ["), dry=False)
    assert book.now.vocabulary.dropped("dog")


def test_mode_and_link_stay(book: Wordbook, file: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "words.yaml"
    real.parent.mkdir()
    real.write_text("")
    real.chmod(0o640)
    file.symlink_to(real)
    book.change([EDITOR.drop("dog", True)], None, dry=False)
    assert file.is_symlink()
    assert real.read_text() == "drop: [dog]\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert [one.name for one in real.parent.iterdir()] == ["words.yaml"]


def test_what_a_killed_process_left_is_no_matter(book: Wordbook, file: Path) -> None:
    file.with_name(".vocabulary.yaml.new").write_text("half")
    book.change([EDITOR.drop("dog", True)], None, dry=False)
    assert file.read_text() == "drop: [dog]\n"
    assert not file.with_name(".vocabulary.yaml.new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(book: Wordbook, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WordError, match="cannot be written: Permission denied; name another"):
            book.change([EDITOR.drop("dog", True)], None, dry=False)
    finally:
        tmp_path.chmod(0o700)
    assert not book.now.vocabulary.dropped("dog")


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    book = Wordbook(tmp_path / "none" / "vocabulary.yaml", PLAIN, LABELS)
    with pytest.raises(WordError, match="cannot be written: No such file or directory"):
        book.change([EDITOR.drop("dog", True)], None, dry=False)
    assert not book.now.vocabulary.dropped("dog")


def test_a_full_disk_changes_nothing(small_disk: Path) -> None:
    book = Wordbook(small_disk / "vocabulary.yaml", PLAIN, LABELS)
    book.change([EDITOR.drop("dog", True)], None, dry=False)
    with contextlib.suppress(OSError):
        (small_disk / "filler").write_bytes(b"x" * 200_000)
    with pytest.raises(StoreFull, match="make room"):
        book.replace("drop: [dog, cat]\n" + "# x" * 2000, None, dry=False)
    assert book.path.read_text() == "drop: [dog]\n"
    assert not book.now.vocabulary.dropped("cat")
