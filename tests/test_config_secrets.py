"""`${NAME}` in the config: where it comes from, and that it never comes out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.config import Config
from device.config_file import parse_config
from device.errors import ConfigError

CAMERA = "sources: [{name: gate, url: 'fake://viewer:${PASSWORD}@192.0.2.10/sub'}]"


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "s3cret-word")
    config = parse_config(CAMERA, "f")
    assert config.sources[0].url == "fake://viewer:s3cret-word@192.0.2.10/sub"


def test_a_credential_wins_and_its_last_newline_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PASSWORD", "from-environment")
    monkeypatch.setenv("OTHER", "the-other")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "PASSWORD").write_bytes(b"from credential \r\n")
    config = parse_config("device: {name: '${PASSWORD}+${OTHER}+${PASSWORD}'}", "f")
    assert config.device.name == "from credential +the-other+from credential "


def test_a_credential_that_is_no_text_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("PASSWORD", raising=False)
    (tmp_path / "PASSWORD").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="PASSWORD"):
        parse_config(CAMERA, "f")


def test_each_missing_one_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CREDENTIALS_DIRECTORY", "ABSENT", "GONE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError) as caught:
        parse_config("device:\n  name: ${ABSENT}\n  id: ${GONE}${GONE}\n", "f")
    told = "is neither in the environment nor a systemd credential"
    assert caught.value.problems == [
        f"f:2: device.name: ${{ABSENT}} {told}",
        f"f:3: device.id: ${{GONE}} {told}",
    ]


def test_a_value_stays_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither YAML nor another variable is read out of it, also not by way of an alias."""
    monkeypatch.setenv("A", "${B}: [x, *y] # ${C}")
    monkeypatch.setenv("B", "never")
    config = parse_config("device: {name: &n '${A}|${B}'}\nvocabulary: {drop: [*n]}", "f")
    assert config.device.name == "${B}: [x, *y] # ${C}|never"
    assert config.vocabulary.drop == (config.device.name,)


def test_numbers_and_switches_may_come_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDE", "640")
    monkeypatch.setenv("PAGE", "false")
    config = parse_config("store: {thumbnail_side: '${SIDE}'}\nweb: {enabled: '${PAGE}'}", "f")
    assert config.store.thumbnail_side == 640
    assert not config.web.enabled


@pytest.mark.parametrize("secret", ["s3cret-word", 'it\'s \\ "odd"', "pä ss/wörd@x"])
def test_nothing_shows_a_secret(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("PASSWORD", secret)
    text = (
        f"{CAMERA}\n"
        "mqtt: {username: '${PASSWORD}', password: '${PASSWORD}'}\n"
        "vocabulary: {rename: {a: '${PASSWORD}'}, drop: ['${PASSWORD}']}\n"
        "device: {name: '${PASSWORD}'}\n"
    )
    config = parse_config(text, "f")
    assert config.mqtt is not None
    for shown in (repr(config), str(config), f"{config.sources[0]!r}", str(config.mqtt)):
        for spelt in (secret, repr(secret)[1:-1]):
            assert spelt not in shown
    assert "192.0.2.10" in repr(config)


def test_a_literal_password_in_a_url_is_not_shown_either() -> None:
    config = Config.model_validate(
        {"sources": [{"name": "gate", "url": "fake://viewer:hunt@r22@192.0.2.10/sub"}]}
    )
    assert "hunt" not in repr(config)
    assert "r22" not in repr(config)


@pytest.mark.parametrize(
    "line",
    [
        "sources: [{name: gate, url: 'gopher+${PASSWORD}://x'}]",
        "sources: [{name: gate, url: '${PASSWORD}'}]",
        "device: {id: '${PASSWORD}!'}",
        "store: {pictures: '${PASSWORD}', thumbnail_side: '${PASSWORD}'}",
        "web: {listen: '${PASSWORD}', enabled: '${PASSWORD}'}",
        "mqtt: {url: 'mqtt://a:${PASSWORD}'}",
        "inference: {threads: '${PASSWORD}'}",
        "json_lines: '${PASSWORD}'",
        "data_dir: !!int '${PASSWORD}'",
        "data_dir: !!timestamp '${PASSWORD}'",
    ],
)
def test_no_error_shows_a_secret(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setenv("PASSWORD", "s3cret-word")
    with pytest.raises(ConfigError) as caught:
        parse_config(line, "f")
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value)


def test_a_folder_of_credentials_as_the_unit_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("GATE", "from-environment")
    (tmp_path / "tagd_GATE").write_text("from-the-folder\n")
    assert parse_config("device: {name: '${GATE}'}", "f").device.name == "from-the-folder"
    (tmp_path / "GATE").write_text("by-its-own-name\n")
    assert parse_config("device: {name: '${GATE}'}", "f").device.name == "by-its-own-name"
