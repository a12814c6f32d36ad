"""The config file: every problem at once, each with its line and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from device.config import Config
from device.config_file import find_config, load_config, parse_config
from device.errors import ConfigError

FULL = """
device: {id: front-gate, name: Front gate}
data_dir: /data
sources:
  - {name: inbox, url: "folder:///data/inbox"}
  - name: bench
    url: "fake://?count=3"
    enabled: false
taggers: {scene: {model: scene, max_tags: 5, min_confidence: 0.5}}
inference: {threads: 2}
vocabulary: {drop: [footwear], rename: {"egyptian cat": cat}}
store: {pictures: none}
mqtt: {url: "mqtts://broker.local:8883", username: tagd, password: hunter22}
json_lines: {path: /data/events.jsonl}
web: {listen: "[::1]:8081", hosts: [box.local]}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "f")
    return caught.value.problems


def test_everything_that_can_be_said() -> None:
    config = parse_config(FULL, "f")
    assert config.device.id == "front-gate"
    assert [source.enabled for source in config.sources] == [True, False]
    assert config.sources[0].parts.path == "/data/inbox"
    assert config.taggers["scene"].min_confidence == 0.5
    assert config.inference.thread_count == 2
    assert config.web.address == ("::1", 8081)
    assert config.mqtt is not None
    assert config.mqtt.password is not None
    assert config.mqtt.password.get_secret_value() == "hunter22"


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "{}", "---\n"])
def test_an_empty_file_is_the_defaults(text: str) -> None:
    assert parse_config(text, "f") == Config()


def test_the_defaults_publish_nothing_and_listen_here_only() -> None:
    config = Config()
    assert list(config.taggers) == ["objects", "scene"]
    assert (config.mqtt, config.json_lines, config.sources) == (None, None, ())
    assert config.web.address == ("127.0.0.1", 8080)
    assert config.store.pictures == "thumbnail"
    assert 1 <= config.inference.thread_count <= 4
    assert config.data_dir == Path("/var/lib/tagd")


def test_every_problem_at_once_with_its_line() -> None:
    found = problems(
        "devise: {id: a}\n"
        "store:\n"
        "  picturs: full\n"
        "  thumbnail_side: 5\n"
        "taggers:\n"
        "  objects: {max_tags: 3}\n"
        "mqtt:\n"
        "  prefix: '#'\n"
        "sources:\n"
        "  - {name: Gate, url: 'gopher://x'}\n"
    )
    assert [p.split(": ")[0] for p in found] == [f"f:{n}" for n in (1, 3, 4, 6, 8, 10, 10)]
    assert found[0] == "f:1: devise: there is no such key; did you mean `device`?"
    assert found[1] == "f:3: store.picturs: there is no such key; did you mean `pictures`?"
    assert found[3] == "f:6: taggers.objects.model: is missing"
    assert "sources[0].name: use 1 to 64 of the letters" in found[5]
    assert "sources[0].url: no source is called 'gopher'; there are folder://" in found[6]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("zzz: 1", "f:1: zzz: there is no such key; there are device, data_dir, sources"),
        ("taggers: {x: {modell: m, model: m}}", "did you mean `model`?"),
        ("- a\n- b", "f:1: write keys and values"),
        ("hello", "f:1: write keys and values"),
        ("a: [1", "f:1: this is not YAML"),
        ("a: 1\n\tb: 2", "f:2: this is not YAML"),
        ("device: 5", "f:1: device: write keys and values"),
        ("sources: here", "f:1: sources: write a list"),
        ("web: {enabled: perhaps}", "f:1: web.enabled: write true or false"),
        ("device:\n  name: 2026-11-21", "f:2: device.name: write text, in quotation marks"),
        ("device:\n  name: 2026-11-99", "f:2: device.name: cannot be read as timestamp"),
        ("device: {name: !!python/object/apply:os.getcwd []}", "f:1: this is not YAML"),
        ("device: {name: !secret gate}", "f:1: device.name: cannot be read as !secret"),
        ("? [a, b]\n: 1", "f:1: this is not YAML"),
        ("1: 2", "f:1: "),
        ("~: 2", "f:1: "),
        ("taggers: {Big: {model: m}}", "f:1: taggers.Big: use 1 to 64"),
        ("taggers: {}", "f:1: taggers: "),
        ("web: {listen: '8080'}", "f:1: web.listen: write it as host:port"),
        ("web: {listen: 'a:99999'}", "f:1: web.listen: write it as host:port"),
        ("mqtt: {url: 'http://a'}", "f:1: mqtt.url: write it as mqtt://host:1883"),
        ("mqtt: {url: 'mqtt://a:b@c'}", "put user and password into mqtt.username"),
        ("mqtt: {url: 'mqtt://a:port'}", "f:1: mqtt.url: "),
        ("taggers: {x: {model: m, min_confidence: 1.5}}", "f:1: taggers.x.min_confidence: "),
        ("sources: [{name: upload, url: 'fake:'}]", "'upload' is taken by HTTP uploads"),
        ("sources: [{name: a, url: 'fake:'}, {name: a, url: 'fake:'}]", "'a' is used twice"),
        ("device: {id: a, id: b}", "f:1: device: id is given twice"),
        ("device: {id: a}\ndevice: {id: b}", "f:2: the file: device is given twice"),
        ("inference:\n  threads: many", "f:2: inference.threads: "),
        ("a: \x00", "f: this is not YAML: unacceptable character"),
        ("[" * 3000, "f: it is nested too deeply"),
        ("--- 1\n--- 2", "this is not YAML"),
    ],
)
def test_what_is_wrong(text: str, told: str) -> None:
    found = problems(text)
    assert any(told in problem for problem in found), found
    for problem in found:
        assert problem.startswith("f:")
        assert "\n" not in problem


def test_anchors_and_merged_keys() -> None:
    config = parse_config(
        "taggers:\n"
        "  a: &base {model: scene, max_tags: 3}\n"
        "  b: {<<: *base, max_tags: 7}\n"
        "  c: *base\n",
        "f",
    )
    assert [(t.model, t.max_tags) for t in config.taggers.values()] == [
        ("scene", 3),
        ("scene", 7),
        ("scene", 3),
    ]


def test_a_mistake_behind_an_alias_has_the_line_of_the_alias() -> None:
    found = problems("taggers:\n  a: &base {modell: x, model: x}\n\n  b: *base\n")
    assert [p.split(":")[1] for p in found] == ["2", "4"]


@pytest.mark.parametrize("text", ["sources: &a [*a]", "device: &a {name: *a}", "&a [*a]"])
def test_an_alias_of_itself_is_an_error_and_no_endless_loop(text: str) -> None:
    assert problems(text)


def test_a_bomb_of_aliases_is_an_error_in_no_time() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    [told] = problems("\n".join(lines))
    assert told.endswith("it stands for more than 200,000 values; use fewer aliases")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("device: &a {name: *a}", "it contains itself"),
        ("device: " + "[" * 60 + "]" * 60, "it is nested too deeply"),
        ("#" * 1_100_000, "it has more than 1024 KB, which is too long"),
    ],
)
def test_what_is_made_to_be_endless_is_refused(text: str, told: str) -> None:
    [said] = problems(text)
    assert said.endswith(told)


def test_the_file_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "tagd.yaml"
    with pytest.raises(ConfigError, match="yaml: there is no such file"):
        load_config(path)
    path.write_bytes(b"device: {name: \xff}")
    with pytest.raises(ConfigError, match="yaml: cannot be read"):
        load_config(path)
    with pytest.raises(ConfigError, match=r"cannot be read: .*irectory"):
        load_config(tmp_path)
    path.write_text("\ufeffdevice: {name: Büro}", encoding="utf-8")
    assert load_config(path).device.name == "Büro"
    path.write_text("\n\nbad: 1")
    with pytest.raises(ConfigError, match=r"tagd\.yaml:3: bad: "):
        load_config(path)


def test_which_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGD_CONFIG", "/from/environment")
    assert find_config(Path("given")) == Path("given")
    assert find_config(None) == Path("/from/environment")
    monkeypatch.delenv("TAGD_CONFIG")
    assert find_config(None) in (None, Path("/etc/tagd/tagd.yaml"))


def test_it_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().data_dir = Path(os.sep)  # type: ignore[misc]
