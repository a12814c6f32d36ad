"""An administrator over the network, or who stole their session: what the config may not give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from settings_rig import CONFIG, change, check, put
from web_helpers import Site, problem, running

FILE = """\
device: {id: test}
data_dir: %s
taggers: {fake: {model: fake}}
sources:
  - {name: gate, url: "http://me:${GATE_PASSWORD}@192.0.2.9/pic.jpg?every=10s"}
mqtt:
  url: mqtt://192.0.2.5
  username: tagd
  password: hippo77
webhooks:
  - {name: home, url: "https://192.0.2.7/hook", secret: "${HOOK_SECRET}"}
  - {name: other, url: "https://192.0.2.8/hook", secret: gnu4422}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GATE_PASSWORD", "HOOK_SECRET", "OF_ANOTHER_PROGRAM"):
        monkeypatch.setenv(name, f"value-of-{name}")
    path = tmp_path / "tagd.yaml"
    path.write_text(FILE % (tmp_path / "data"), encoding="utf-8")
    return path


@pytest.fixture
def site(tmp_path: Path, file: Path) -> Iterator[Site]:
    with running(tmp_path / "data", settings=file) as opened:
        opened.settings.begin()
        yield opened


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def refused(client: httpx.Client, file: Path, body: dict[str, Any], told: str) -> None:
    before = file.read_text()
    assert told in str(check(client, body)["problems"])
    assert told in problem(put(client, body), 422)["detail"]
    assert file.read_text() == before


def of(file: Path, old: str, new: str) -> dict[str, Any]:
    """The text as it is shown, with a part of it replaced."""
    text = file.read_text().replace("hippo77", '"***"').replace("gnu4422", '"***"')
    assert old in text
    return {"text": text.replace(old, new)}


@pytest.mark.parametrize("url", ["mqtt://192.0.2.66", "mqtt://192.0.2.5:1884", "ws://192.0.2.5"])
def test_the_brokers_password_goes_to_no_other(client: httpx.Client, file: Path, url: str) -> None:
    refused(client, file, change("mqtt", "url", value=url), "write the password again")
    body = {"changes": [*change("mqtt", "url", value=url)["changes"],
                        *change("mqtt", "password", value="new-one")["changes"]]}  # fmt: skip
    assert check(client, body)["problems"] == []


def test_nor_by_a_detour(client: httpx.Client, file: Path) -> None:
    refused(client, file, of(file, "url: mqtt://192.0.2.5", "<<: {url: mqtt://192.0.2.66}"),
            "write the password again")  # fmt: skip
    refused(client, file, of(file, "  url: mqtt://192.0.2.5\n", ""), "write the password again")
    refused(client, file, change("webhooks", 1, "url", value="https://192.0.2.66/hook"),
            "write the password again")  # fmt: skip


def test_a_password_stays_where_the_rest_changes(client: httpx.Client) -> None:
    for body in (
        change("mqtt", "username", value="me"),
        change("webhooks", 1, "url", value="https://192.0.2.8/other"),
        change("sources", 0, "url", value="http://me:${GATE_PASSWORD}@192.0.2.9/pic.jpg?every=5s"),
        change("device", "name", value="Gate"),
    ):
        assert check(client, body)["problems"] == []


@pytest.mark.parametrize(
    "body",
    [
        change("device", "name", value="${OF_ANOTHER_PROGRAM}"),
        change("device", "name", value="${GATE_PASSWORD}"),
        change("webhooks", 0, "url", value="https://192.0.2.66/hook"),
        change("webhooks", 0, "url", value="https://192.0.2.7/${HOOK_SECRET}"),
        change("mqtt", "username", value="${HOOK_SECRET}"),
        change("sources", 0, "url", value="http://me:${GATE_PASSWORD}@192.0.2.66/pic.jpg"),
        change("sources", 0, "url", value="http://192.0.2.9/${GATE_PASSWORD}?every=10s"),
        change("vocabulary", "drop", value=["${GATE_PASSWORD}"]),
    ],
    ids=range(8),
)
def test_no_variable_goes_where_the_owner_has_not_put_it(
    client: httpx.Client, file: Path, body: dict[str, Any]
) -> None:
    refused(client, file, body, "only in the file itself")


@pytest.mark.parametrize("name", ["/etc/hostname", "../outside.yaml", "people.db", "sub/x.yaml"])
def test_no_file_of_the_machine_becomes_a_vocabulary(
    client: httpx.Client, file: Path, tmp_path: Path, name: str
) -> None:
    """It could be read, and written, by `/api/v1/vocabulary-file`."""
    (tmp_path / "outside.yaml").write_text("drop: [cat]\n")
    path = tmp_path / "data" / name
    refused(client, file, change("vocabulary", "file", value=str(path)), "over the network only")
    link = tmp_path / "data" / "link.yaml"
    link.symlink_to(tmp_path / "outside.yaml")
    refused(client, file, change("vocabulary", "file", value=str(link)), "over the network only")


def test_a_vocabulary_in_the_data_folder(client: httpx.Client, tmp_path: Path) -> None:
    path = tmp_path / "data" / "words.yaml"
    path.write_text("drop: []\n")
    assert check(client, change("vocabulary", "file", value=str(path)))["problems"] == []


def test_the_data_folder_stays(client: httpx.Client, file: Path, tmp_path: Path) -> None:
    """Elsewhere the audit log would begin anew, and files there would be ours to delete."""
    refused(client, file, change("data_dir", value=str(tmp_path / "new")), "in the file itself")


@pytest.mark.parametrize("path", ["sources/test", "mqtt/test", "retention/preview"])
def test_hostile_sections(client: httpx.Client, path: str) -> None:
    deep = b'{"url": "demo://", "privacy": ' + b"[" * 800 + b"]" * 800 + b"}"
    deeper = b'{"url": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    huge = b'{"url": 1' + b"0" * 6000 + b"}"
    for body in (deep, deeper, huge, b"[]", b"null", b'"x"', b"\xff", b"", b'{"url": "\\ud800"}'):
        problem(client.post(f"/api/v1/{path}", content=body,
                            headers={"Content-Type": "application/json"}), 422)  # fmt: skip
    problem(client.post(f"/api/v1/{path}", content=b" " * 300_000), 413)
    assert client.get(CONFIG).status_code == 200
