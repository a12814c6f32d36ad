"""`tagd models add` as a person meets it: what is missing, what is wrong, nothing half there."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
import tiny_models
from test_cli import tagd

from device.errors import ModelError
from device.inference import sandbox
from device.inference.guess import Wishes
from device.inference.install import examine, install


class Home:
    """A data folder with its config, and a place for files to add."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models = folder / "data/models"
        (folder / "tagd.yaml").write_text(f"data_dir: {folder}/data\n")
        (folder / "words.txt").write_text("red\ngreen\nblue\n")

    def file(self, content: bytes, name: str = "tiny.tflite") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def tagd(self, *words: str | Path) -> tuple[int, str]:
        config = str(self.folder / "tagd.yaml")
        done = tagd("models", *map(str, words), "--config", config)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def installed(self) -> list[str]:
        return sorted(p.name for p in self.models.glob("*")) if self.models.exists() else []


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_add_use_and_remove(home: Home) -> None:
    path = home.file(tiny_models.scores("uint8"), "My Colours.tflite")
    code, said = home.tagd("add", path, "--labels", home.folder / "words.txt")
    assert code == 0, said
    for part in ("1 x 8 x 8 x 3 uint8", "its last op is a softmax", "model: my-colours"):
        assert part in said
    assert home.installed() == [".adding", "my-colours"]
    listed = home.tagd("list")[1]
    assert "my-colours" in listed
    assert home.tagd("verify", "my-colours")[0] == 0
    config = home.folder / "tagd.yaml"
    config.write_text(config.read_text() + "taggers: {c: {model: my-colours}}\n")
    assert tagd("check", "--config", str(config)).returncode == 0
    sample = Path(__file__).parents[1] / "device/samples/chelsea.jpg"
    done = tagd("tag", str(sample), "--config", str(config), "--min-confidence", "0.01")
    assert b"red" in done.stdout
    assert home.tagd("remove", "my-colours") == (0, "my-colours is removed\n")
    assert home.installed() == [".adding"]


def test_everything_that_is_missing_is_named_at_once(home: Home) -> None:
    code, said = home.tagd("add", home.file(tiny_models.scores()))
    assert code == 1
    assert "missing: labels: the file has none: give 3 names" in said
    assert "missing: pixels: " in said
    assert "--mean and --std" in said
    assert home.installed() == []


def test_labels_of_the_wrong_length_have_file_and_line(home: Home) -> None:
    words = home.folder / "words.txt"
    words.write_text("red\ngreen\n")
    code, said = home.tagd("add", home.file(tiny_models.scores("uint8")), "--labels", words)
    assert code == 1
    assert f"missing: {words}:2: the labels end here, but the model tells 3 things apart" in said
    words.write_text("red\n\nblue\n")
    code, said = home.tagd("add", home.file(tiny_models.scores("uint8")), "--labels", words)
    assert code == 1
    assert f"tagd: {words}:2: is empty" in said
    assert home.installed() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (tiny_models.made_up_op(), "needs ops that TFLite's runtimes do not have (MadeUpOp)"),
        (tiny_models.made_up_op("edgetpu-custom-op"), "take the file for other machines"),
        (tiny_models.scores()[:2000], "is cut off or damaged"),
        (b"GIF89a, says the file", "is no TFLite model"),
        (tiny_models.picture_like((1, 3, 8, 8)), "channels come first (NCHW)"),
        (tiny_models.picture_like((1, 8, 8, 1)), "it must be 1 x height x width x 3"),
        (tiny_models.picture_like((1, 8, 8, 3), kind="int32"), "the input is int32"),
        (tiny_models.picture_like((1, -1, -1, 3)), "export it with a fixed height and width"),
    ],
)
def test_bad_input_is_one_sentence(content: bytes, said: str, home: Home) -> None:
    path = home.file(content)
    with pytest.raises(ModelError) as caught:
        examine(path, Wishes())
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_usage(home: Home) -> None:
    path = home.file(tiny_models.scores())
    assert home.tagd("add", path, "--mean", "1")[0] == 2
    assert home.tagd("add", path, "--head", "ssd")[0] == 2
    assert home.tagd("add", home.folder / "nothing.tflite")[0] == 2
    code, said = home.tagd("add", home.file(tiny_models.scores("uint8"), "scene.tflite"),
                           "--labels", home.folder / "words.txt")  # fmt: skip
    assert code == 1
    assert "scene is a model that came with tagd: give another --name" in said
    code, said = home.tagd("add", home.folder)
    assert code == 1
    assert "must hold one .tflite file or a card.yaml; it holds scene.tflite, tiny.tflite" in said


def test_a_crash_is_a_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is killed by a signal the way a damaged model does it."""
    (home.folder / "sitecustomize.py").write_text("import os; os.kill(os.getpid(), 11)")
    monkeypatch.setenv("PYTHONPATH", str(home.folder))
    with pytest.raises(ModelError, match=r"tiny\.tflite crashed its runtime \(SIGSEGV\)"):
        examine(home.file(tiny_models.scores()), Wishes())


def test_a_run_without_end_is_stopped(home: Home) -> None:
    with pytest.raises(ModelError, match=r"was stopped: it ran for more than 0\.01 s"):
        sandbox.run_once(home.file(tiny_models.scores()), timeout=0.01)


def test_too_much_memory_is_a_sentence(home: Home) -> None:
    path = home.file(tiny_models.picture_like((1, 40_000, 40_000, 3)))
    with pytest.raises(ModelError) as caught:
        examine(path, Wishes())
    assert "\n" not in str(caught.value)


def test_two_at_once_and_what_a_killed_one_left(home: Home) -> None:
    path = home.file(tiny_models.scores("uint8"))
    ready = examine(path, Wishes(), home.folder / "words.txt")
    left = home.models / ".adding/other"
    left.mkdir(parents=True)
    (left / "card.yaml").write_text("half")
    assert "other" not in home.tagd("list")[1]
    handle = os.open(home.models / ".adding", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        with pytest.raises(ModelError, match="another tagd adds or removes a model"):
            install(ready, home.models)
        assert left.exists(), "it may be at work there"
    finally:
        os.close(handle)
    install(ready, home.models)
    assert home.installed() == [".adding", "tiny"]
    assert not left.exists()


def test_a_full_disk_leaves_nothing_half_there(home: Home, small_disk: Path) -> None:
    (home.folder / "tagd.yaml").write_text(f"data_dir: {small_disk}\n")
    words = home.folder / "words.txt"
    (small_disk / "filler").write_bytes(b"x" * 98_304)  # but for one page
    code, said = home.tagd("add", home.file(tiny_models.scores("uint8")), "--labels", words)
    assert code == 1
    assert f"there is no room on the disk of {small_disk}/models: nothing was installed" in said
    assert list((small_disk / "models/.adding").iterdir()) == []
    (small_disk / "filler").unlink()
    assert home.tagd("add", home.folder / "tiny.tflite", "--labels", words)[0] == 0


def test_a_card_with_a_wrong_shape_is_seen_before_anything_starts(home: Home) -> None:
    path = home.file(tiny_models.scores("uint8"))
    install(examine(path, Wishes(), home.folder / "words.txt"), home.models)
    card = home.models / "tiny/card.yaml"
    text = card.read_text().replace("  height: 8\n", "  height: 80\n")
    card.write_text(text)
    line = 1 + text.splitlines().index("  height: 80")
    config = home.folder / "tagd.yaml"
    config.write_text(config.read_text() + "taggers: {c: {model: tiny}}\n")
    for command in ("check", "run"):
        done = tagd(command, "--config", str(config))
        assert done.returncode == 2
        assert f"{card}:{line}: input.height is 80, but the model takes 8".encode() in done.stderr
