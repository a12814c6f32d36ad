"""Configs that are made to do harm, and bodies that are none: refused, and the file stays."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from settings_rig import CONFIG, FILE, change, check, put
from settings_rig import client as client
from settings_rig import file as file
from settings_rig import site as site
from web_helpers import problem

HOSTILE = {
    "bomb": "a0: &a0 [x, x]\n"
    + "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)),
    "circle": "sources: &a [*a]",
    "deep": "device: " + "[" * 3000,
    "dashes": "- " * 5000,
    "NUL": "device: {id: \x00}",
    "escapes": "device: {name: \x1b[31m}",
    "no mapping": "- 1\n- 2\n",
    "object": "device: !!python/object/apply:os.system ['true']",
    "dates": "device: {name: 2026-99-99}",
    "twice": "device: {id: a}\ndevice: {id: b}",
    "merge": "x: &x {<<: *x}",
    "huge number": "web: {max_upload_mb: 1" + "0" * 5000 + "}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts(client: httpx.Client, file: Path, text: str) -> None:
    for body in ({"text": text}, {"text": text, **change("device", "name", value="x")}):
        assert check(client, body)["problems"]
        assert put(client, body).status_code == 422
    assert file.read_text() == FILE


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"\xff\xfe\x00binary", 422),
        (b'{"text": "\\ud800"}', 422),
        (b'{"changes": [{"place": []}]}', 422),
        (b'{"changes": [{"place": [-1]}]}', 422),
        (b'{"changes": [{"place": ["device", "id", "x", 4], "value": 1}]}', 422),
        (b'{"changes": [{"place": ["sources", 900], "value": 1}]}', 422),
        (b'{"text": null, "nonsense": 1}', 422),
        (b'{"text": "' + b"x" * 300_000 + b'"}', 422),
        (b'{"text": "' + b"x" * 10_000_000 + b'"}', 413),
        (b'{"changes": ' + b"[" * 5000 + b"]" * 5000 + b"}", 422),
    ],
    ids=range(11),
)
def test_hostile_bodies(client: httpx.Client, file: Path, content: bytes, status: int) -> None:
    etag = client.get(CONFIG).headers["ETag"]
    answer = client.put(CONFIG, content=content, headers={"If-Match": etag})
    problem(answer, status)
    assert file.read_text() == FILE


def test_a_write_without_knowing_what_is_there(client: httpx.Client) -> None:
    problem(client.put(CONFIG, json={}), 428)
    problem(client.put(CONFIG, json={}, headers={"If-Match": '"old"'}), 412)
