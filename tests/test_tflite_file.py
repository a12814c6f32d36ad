"""Model files looked at without running them: the whole truth of sound ones, no crash of others."""

from __future__ import annotations

import os
import random
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
import tiny_models

from device import shipped
from device.errors import ModelError
from device.inference import labels
from device.inference.flatbuffer import Damaged, Table
from device.inference.tensors import Tensor
from device.inference.tflite import litert
from device.inference.tflite_file import inspect

MADE = {
    "scores": tiny_models.scores(),
    "uint8": tiny_models.scores("uint8"),
    "listed": tiny_models.listed((3, 1, 0, 2)),
    "metadata": tiny_models.with_files(
        tiny_models.scores(metadata=tiny_models.metadata(127.5, 128.0, "MIT")),
        labels="red\ngreen\nblue\n",
        labels_de="rot\ngrün\nblau\n",
        readme="no labels",
    ),
}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", [*MADE, "scene", "objects"])
def test_tensors_are_those_that_the_runtime_tells(name: str, tmp_path: Path) -> None:
    path = shipped.models_folder() / name / "model.tflite"
    if name in MADE:
        path = written(tmp_path, MADE[name])
    file = inspect(path)
    interpreter = litert().interpreter(str(path), 1)
    assert list(file.inputs) == [Tensor.of(one) for one in interpreter.get_input_details()]
    told = [Tensor.of(one) for one in interpreter.get_output_details()]
    # The runtime knows the size of a listing only after a run.
    assert [one.name for one in file.outputs] == [one.name for one in told]
    assert file.size == path.stat().st_size


def test_what_the_last_op_says(tmp_path: Path) -> None:
    assert inspect(shipped.models_folder() / "scene/model.tflite").makers == ("softmax",)
    file = written(tmp_path, tiny_models.scores(last="logistic"))
    assert inspect(file).makers == ("logistic",)
    assert inspect(written(tmp_path, tiny_models.scores(last="nothing"))).makers == ("",)
    listed = inspect(written(tmp_path, MADE["listed"]))
    assert listed.listed == (2, 1, 3, 0)
    assert listed.unknown_ops == ()
    assert inspect(written(tmp_path, tiny_models.made_up_op())).unknown_ops == ("MadeUpOp",)


def test_metadata(tmp_path: Path) -> None:
    file = inspect(written(tmp_path, MADE["metadata"]))
    assert file.normalisation == (127.5, 128.0)
    assert file.licence == "MIT"
    assert file.label_map == "red\ngreen\nblue\n", "the shortest name is no translation"
    plain = inspect(written(tmp_path, MADE["scores"]))
    assert (plain.normalisation, plain.licence, plain.label_map) == (None, "", "")


@pytest.mark.parametrize("content", [b"", b"TFL3", b"PK\x03\x04" * 9, b"\xff" * 99])
def test_no_model(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no TFLite model"):
        inspect(written(tmp_path, content))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        inspect(tmp_path / "nothing.tflite")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ModelError, match="fifo is no file"):
        inspect(tmp_path / "fifo")
    with pytest.raises(ModelError, match="is no file"):
        inspect(tmp_path)


def test_every_cut_is_named(tmp_path: Path) -> None:
    whole = MADE["listed"]
    for length in range(8, len(whole) - 8, 37):
        with pytest.raises(ModelError, match=r"is cut off or damaged: .*; fetch it again"):
            inspect(written(tmp_path, whole[:length]))


def test_damage_is_survived(tmp_path: Path) -> None:
    chance = random.Random(5)
    refused = 0
    for content in MADE.values():
        for _ in range(150):
            broken = bytearray(content)
            for _ in range(chance.choice((1, 1, 3, 20))):
                broken[chance.randrange(8, len(broken))] = chance.randrange(256)
            try:
                inspect(written(tmp_path, bytes(broken)))
            except ModelError:
                refused += 1
    assert refused > 100


def test_a_vector_has_a_limit() -> None:
    builder = flatbuffers.Builder(16)
    numbers = builder.CreateNumpyVector(np.zeros(1_000_001, np.int32))
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, numbers, 0)
    builder.Finish(builder.EndObject())
    with pytest.raises(Damaged, match="1000001 entries"):
        Table.root(bytes(builder.Output())).numbers(0, "i")


class TestLabels:
    def test_one_a_line(self) -> None:
        assert labels.parse("\ufeffcat\r\n hot dog \n\n\n", "l") == (("cat", "hot dog"), [])

    def test_numbered_ones_may_have_holes(self) -> None:
        assert labels.parse("0  person\n2: car\n", "l")[0] == ("person", "???", "car")
        assert labels.parse("7 up\nwater\n", "l")[0] == ("7 up", "water")

    def test_what_is_wrong_has_its_line(self) -> None:
        _, problems = labels.parse("cat\n\n\x1b[31mdog\n", "l.txt")
        assert [one.split(": ")[0] for one in problems] == ["l.txt:2", "l.txt:3"]

    def test_coco_has_90_classes_and_80_names(self) -> None:
        text = (shipped.models_folder() / "coco-labels.txt").read_text(encoding="utf-8")
        words, problems = labels.parse(text, "coco-labels.txt")
        assert problems == []
        assert (len(words), words.count("???")) == (90, 10)
        assert (words[0], words[16], words[89]) == ("person", "cat", "toothbrush")
