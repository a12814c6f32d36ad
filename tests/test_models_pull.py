"""`tagd models pull`: from the catalogue through a real server to a model that tags."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_models
import yaml
from file_server import FileServer, serving
from test_models_add import Home

from device import catalog, shipped
from device.errors import ModelError
from device.inference.card import load_card

WORDS = "red\ngreen\nblue\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "*")
    with serving() as server:
        server.content = tiny_models.with_files(tiny_models.scores("uint8"), labels=WORDS)
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def pull(home: Home, server: FileServer, *words: str, **entry: object) -> tuple[int, str]:
    path = home.folder / "catalog.yaml"
    made = {"name": "tiny", "title": "Tiny", "url": server.url, "licence": "CC0", **entry}
    path.write_text(yaml.safe_dump({"models": [made]}))
    return home.tagd("pull", "tiny", "--catalog", path, *words)


def test_pull_checks_installs_and_clears_up(home: Home, server: FileServer) -> None:
    code, said = pull(home, server, sha256=server.sha256, size=len(server.content))
    assert code == 0, said
    assert "Tiny: CC0, from http://127.0.0.1" in said
    card = load_card(home.models / "tiny")
    assert card.labels == tiny_models.COLOURS
    assert card.licence == "CC0"
    assert card.origin == {"url": server.url, "sha256": server.sha256}
    assert list((home.models / ".pulling").iterdir()) == []
    code, said = pull(home, server, sha256=server.sha256)
    assert code == 1
    assert "tiny is installed" in said
    assert len(server.asked) == 1


def test_a_cut_connection_goes_on_with_the_same_command(home: Home, server: FileServer) -> None:
    server.cut_after = 2000
    code, said = pull(home, server, sha256=server.sha256)
    assert code == 1
    assert "the same command goes on from there" in said
    assert home.installed() == [".pulling"]
    server.cut_after = None
    assert pull(home, server, sha256=server.sha256)[0] == 0
    assert [asked for _, asked in server.asked] == [None, "bytes=2000-"]


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size": 12}])
def test_what_is_not_as_promised_is_not_installed(
    change: dict[str, object], home: Home, server: FileServer
) -> None:
    code, said = pull(home, server, **{"sha256": server.sha256, **change})
    assert code == 1
    assert "promised" in said
    assert not list((home.models / ".pulling").iterdir())
    assert home.installed() == [".pulling"]


def test_a_checksum_nobody_knows_must_be_given(home: Home, server: FileServer) -> None:
    code, said = pull(home, server, sha256=None)
    assert code == 1
    assert "is not known to this version: give the one you trust with --sha256" in said
    assert server.asked == []
    assert pull(home, server, "--sha256", "12ab", sha256=None)[0] == 2
    code, said = pull(home, server, "--sha256", "0" * 64, sha256=server.sha256)
    assert code == 1
    assert "the catalogue promises" in said
    assert server.asked == []
    assert pull(home, server, "--sha256", server.sha256.upper(), "--name", "b")[0] == 0
    assert load_card(home.models / "b").name == "b"


def test_what_is_no_model_is_not_installed(home: Home, server: FileServer) -> None:
    server.content = b"<html>please log in</html>"
    code, said = pull(home, server, sha256=server.sha256)
    assert code == 1
    assert "is no TFLite model" in said
    assert home.installed() == [".pulling"]


def test_the_catalogue_that_came_with_tagd(home: Home) -> None:
    entries = catalog.read_catalog(shipped.models_folder() / "catalog.yaml")
    code, said = home.tagd("pull")
    assert code == 0
    assert all(name in said for name in entries)
    assert {"efficientdet-lite0", "efficientdet-lite2", "ssd-mobilenet-v1", "mobiledet"} <= set(
        entries
    )
    for entry in entries.values():
        assert entry.url.startswith("https://")
        assert entry.licence == "Apache-2.0"
        assert entry.labels is None or entry.labels.is_file()
    code, said = home.tagd("pull", "yolo99")
    assert code == 1
    assert "the catalogue has no yolo99; it has efficientdet-lite0, " in said


def test_a_catalogue_with_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(
        "models:\n- name: a\n  title: A\n  url: ftp://x\n  licence: MIT\n  sha256: abc\n- 7\n"
    )
    with pytest.raises(ModelError) as caught:
        catalog.read_catalog(path)
    for part in (
        ":4: models[0].url is 'ftp://x'",
        ":6: models[0].sha256 is 'abc'",
        ":7: models[1]",
    ):
        assert f"{path}{part}" in str(caught.value)
