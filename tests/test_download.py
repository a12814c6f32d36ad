"""Downloads from a real server that cuts, lies and sends in circles: all of it, or nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_server import FileServer, serving

from device import download
from device.download import Wanted, fetch
from device.errors import ModelError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "file.part"


def get(server: FileServer, place: Path, **changes: object) -> list[tuple[int, int | None]]:
    told: list[tuple[int, int | None]] = []
    promised = {"url": server.url, "sha256": server.sha256, "size": None, **changes}
    fetch(Wanted(**promised), place, lambda *now: told.append(now), timeout=5.0)  # type: ignore[arg-type]
    return told


def refused(server: FileServer, place: Path, **changes: object) -> str:
    with pytest.raises(ModelError) as caught:
        get(server, place, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_whole(server: FileServer, place: Path) -> None:
    told = get(server, place, size=len(server.content))
    assert place.read_bytes() == server.content
    assert told[-1] == (len(server.content), len(server.content))
    assert [p.name for p in place.parent.iterdir()] == [place.name], "no etag is left behind"
    assert get(server, place) == [], "what is there and right is not fetched again"
    assert len(server.asked) == 1


def test_a_cut_connection_is_gone_on_from(server: FileServer, place: Path) -> None:
    server.cut_after = 70_000
    for have in (70_000, 140_000):
        said = refused(server, place)
        assert f"broke off after {have} bytes" in said
        assert "the same command goes on from there" in said
        assert place.stat().st_size == have
    server.cut_after = None
    told = get(server, place)
    assert told[-1][0] == len(server.content)
    assert [asked for _, asked in server.asked] == [None, "bytes=70000-", "bytes=140000-"]
    assert place.read_bytes() == server.content


@pytest.mark.parametrize("ranges", [True, False])
def test_another_file_meanwhile_begins_anew(ranges: bool, server: FileServer, place: Path) -> None:
    """By its ETag; and a server without ranges sends everything again."""
    server.cut_after = 70_000
    refused(server, place)
    server.cut_after = None
    server.ranges = ranges
    if ranges:
        server.content, server.etag = server.content[::-1], '"two"'
    get(server, place)
    assert place.read_bytes() == server.content


def test_more_than_the_server_has_begins_anew(server: FileServer, place: Path) -> None:
    place.write_bytes(b"x" * (len(server.content) + 5))
    get(server, place)
    assert place.read_bytes() == server.content
    place.write_bytes(b"x" * (len(server.content) + 5))
    get(server, place, size=len(server.content))
    assert place.read_bytes() == server.content


@pytest.mark.parametrize("left", [b"", b"damaged"])
def test_a_wrong_checksum_leaves_nothing(left: bytes, server: FileServer, place: Path) -> None:
    place.write_bytes(left)
    said = refused(server, place, sha256="0" * 64)
    assert "0" * 64 in said
    if not left:
        assert server.sha256 in said
    assert list(place.parent.iterdir()) == []


def test_a_wrong_size_is_not_even_fetched(server: FileServer, place: Path) -> None:
    assert "204800 bytes where 5 were promised" in refused(server, place, size=5)
    assert not place.exists()


def test_an_answer_longer_than_promised(server: FileServer, place: Path) -> None:
    server.announces = 100
    assert "100 bytes where 204800" in refused(server, place, size=204_800)
    assert "has SHA-256" in refused(server, place)
    assert not place.exists()


@pytest.mark.parametrize(
    "target", ["/model.tflite", "file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "//["]
)
def test_redirects_in_a_circle_or_elsewhere(target: str, server: FileServer, place: Path) -> None:
    server.redirects["/model.tflite"] = target
    said = refused(server, place)
    assert "redirects without end, or to what is neither http" in said
    assert len(server.asked) <= 6
    assert not place.exists()


def test_a_few_redirects_are_followed(server: FileServer, place: Path) -> None:
    server.redirects = {"/model.tflite": "/1", "/1": "/2", "/2": "/3", "/3": "/4", "/4": "/5"}
    get(server, place)
    assert place.read_bytes() == server.content
    server.redirects["/5"] = "/6"
    place.unlink()
    assert "redirects without end" in refused(server, place)


@pytest.mark.parametrize("status", [401, 404, 416, 500, 503])
def test_an_error_is_told_with_its_number(status: int, server: FileServer, place: Path) -> None:
    server.status = status
    assert f"answered {status} " in refused(server, place)


def test_nobody_there(place: Path) -> None:
    server = FileServer()
    server.url = "http://127.0.0.1:9/model.tflite"
    assert "cannot be reached: " in refused(server, place)
    server.url = "file:///etc/passwd"
    assert "cannot be reached: unknown url type: file" in refused(server, place)
    server.url = "http://[/"
    assert "is no address: " in refused(server, place)


@pytest.mark.parametrize("announced", [None, 0])
def test_a_disk_without_room(announced: int | None, server: FileServer, small_disk: Path) -> None:
    """It is seen before the download where the size is known, else when the disk is full."""
    server.announces = announced
    said = refused(server, small_disk / "file.part")
    assert f"there is no room on the disk of {small_disk}" in said
    assert list(small_disk.iterdir()) == []
    assert len(server.asked) == 1


def test_a_folder_that_cannot_be_written(server: FileServer, tmp_path: Path) -> None:
    place = tmp_path / "file.part"
    place.mkdir()
    assert "cannot be written: Is a directory" in refused(server, place)


def test_only_a_command_fetches_anything() -> None:
    """Never without being asked: no other file of the package imports the download."""
    for path in (ROOT / "device").rglob("*.py"):
        names = {
            f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        if any(download.__name__ in name for name in names):
            assert path == ROOT / "device/commands/models_add.py"
