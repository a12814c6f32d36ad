"""What is brought may come from anywhere: said with its line, refused, and nothing is followed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_export import PICTURE, filled, pictures, tagd

from device.__main__ import cli


def archive(path: Path, *lines: Any, **files: bytes) -> str:
    """An export by hand."""
    manifest = {"kind": "export", "format": 1, "form": "jsonl", "pictures": len(lines)}
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("pictures.jsonl", "\n".join(texts))
        made.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            made.writestr(name, data)
    return str(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ("{}", "id: Field required"),
        ("[" * 100_000, "Invalid JSON"),
        ('"' + "x" * 2_000_000 + '"', "a line has at most"),
        ({**PICTURE, "id": "../../etc/passwd"}, "id:"),
        ({**PICTURE, "source": "a/b"}, "source:"),
        ({**PICTURE, "width": 0}, "width:"),
        ({**PICTURE, "width": "big"}, "width:"),
        ({**PICTURE, "taken_at": "soon"}, "taken_at:"),
        ({**PICTURE, "taken_at": "0001-01-01T00:00:00Z"}, "taken_at:"),
        ({**PICTURE, "taken_at": "2026-01-01T00:00:00"}, "taken_at:"),
        ({**PICTURE, "format": "EXE"}, "format:"),
        ({**PICTURE, "sha256": "xyz"}, "sha256:"),
        ({**PICTURE, "tags": [{**PICTURE["tags"][0], "confidence": 2}]}, "tags.0.confidence"),
        ({**PICTURE, "tags": [{**PICTURE["tags"][0], "state": "maybe"}]}, "tags.0.state"),
        ({**PICTURE, "tags": [{**PICTURE["tags"][0], "name": "a\nb"}]}, "tags.0.name"),
        ({**PICTURE, "tags": PICTURE["tags"] * 1001}, "tags:"),
        (json.dumps(PICTURE).replace("0.1", "NaN"), "tags.0.box.x"),
    ],
)
def test_a_line_that_is_wrong_is_said_and_the_others_are_taken(
    tmp_path: Path, line: Any, told: str
) -> None:
    place = archive(tmp_path / "in.zip", line, PICTURE)
    done = tagd(tmp_path / "b", "import", place, code=1)
    assert f"pictures.jsonl:1: {told}" in done.output
    assert "1 pictures imported" in done.output
    assert list(pictures(tmp_path / "b")) == [PICTURE["id"]]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"../../evil": b"x"}, "it holds '../../evil'"),
        ({"/etc/passwd": b"x"}, "it holds '/etc/passwd'"),
        ({"images/evil.sh": b"x"}, "it holds 'images/evil.sh'"),
    ],
)
def test_an_archive_with_other_files_is_refused(
    tmp_path: Path, files: dict[str, bytes], told: str
) -> None:
    place = archive(tmp_path / "in.zip", PICTURE, **files)
    config = tmp_path / "b.yaml"
    config.write_text(f"data_dir: {tmp_path / 'b'}\n")
    done = CliRunner().invoke(cli, ["import", place, "--config", str(config)])
    assert told in str(done.exception)
    assert not (tmp_path / "b" / "tagd.db").exists()


def test_images_that_are_none(tmp_path: Path) -> None:
    image = f"images/{PICTURE['id']}.jpg"
    for data, told in ((b"no picture" * 9, "not a picture"), (b"\0" * 40_000_000, "more than")):
        place = archive(tmp_path / "in.zip", PICTURE, **{image: data})
        assert told in tagd(tmp_path / "b", "import", place, code=1).output
    assert pictures(tmp_path / "b") == {}


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    filled(tmp_path / "a", 1)
    out = tmp_path / "out"
    tagd(tmp_path / "a", "export", str(out), "--images", "thumbnail")
    [image] = (out / "images").iterdir()
    image.rename(tmp_path / "elsewhere.jpg")
    image.symlink_to(tmp_path / "elsewhere.jpg")
    assert "cannot be read" in tagd(tmp_path / "b", "import", str(out), code=1).output


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"PK\x03\x04" + b"x" * 400, b"\x1f\x8b"])
def test_what_is_no_export(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in.zip").write_bytes(data)
    (tmp_path / "b.yaml").write_text(f"data_dir: {tmp_path / 'b'}\n")
    command = ["import", str(tmp_path / "in.zip"), "--config", str(tmp_path / "b.yaml")]
    assert "no export of tagd" in str(CliRunner().invoke(cli, command).exception)
