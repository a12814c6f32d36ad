"""docs/api.md and the API say the same: every route, and every example is run with curl."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from control_rig import camera
from people_rig import add
from test_store_visits import ended, visit
from web_helpers import PICTURES, Site, png, running, until

from device.results import VisitChange
from device.store.people_audit import Note
from device.web import live, server

DOCS = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(curl [^\n]+)\n```\n\n```(json|text)\n(.+?)\n```", DOCS, re.DOTALL)
AN_ID = "01M809P8SVJ8J82HV1H9VH8RVM"
A_BACKUP = "tagd-000000001842.db"
A_VISIT = "01M809P8SX2N6Q0V5C8Y7B4TZE"
A_REVIEW = "01M80A2K7Q3W9F5N1D8T6C4X0B"
IN_DOCS = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With two uploads, so that there is another page, and a camera."""
    folder = tmp_path_factory.mktemp("docs")
    file = folder / "tagd.yaml"
    file.write_text(f"data_dir: {folder}\ntaggers: {{fake: {{model: fake}}}}\n")
    with running(folder, sources={"gate": (camera, True)}, settings=file) as opened:
        until(lambda: opened.pipeline.captures["gate"].newest is not None)
        opened.upload(1)
        opened.upload(2)
        change = VisitChange(ended(visit(id=A_VISIT)), "visit_end")
        opened.store.commit([change], {})
        add(opened, "anna", "administrator")
        add(opened, "Bert", "reviewer", ["garden"])
        opened.access.tokens.add("home-assistant", "viewer", None, "anna")
        note = Note("anna", "192.0.2.7", "login")
        opened.access.audit.write([note, note])
        opened.chores.back_up_now()
        yield opened


@pytest.fixture
def described(site: Site) -> set[str]:
    with site.client() as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_every_route_is_in_the_docs_and_the_other_way_round(described: set[str]) -> None:
    assert set(re.findall(r"^### `(.+)`$", DOCS, re.MULTILINE)) == described


def test_every_route_has_an_example() -> None:
    sections = DOCS.split("\n### ")[1:]
    assert all(re.search(r"```sh\ncurl .+?```\n\n```(json|text)\n", s, re.DOTALL) for s in sections)
    assert len(EXAMPLES) == DOCS.count("```sh") == len(sections) + 2  # live, and an error


@pytest.mark.parametrize(("command", "kind", "answer"), EXAMPLES)
def test_examples(site: Site, tmp_path: Path, command: str, kind: str, answer: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (tmp_path / "porch.jpg").write_bytes(png(3))
    with site.client() as client:
        newest = client.get(PICTURES).json()["pictures"][0]["id"]
        if A_REVIEW in command:
            made = client.post(f"{PICTURES}/{newest}/review", json={"verdicts": []}).json()
            command = command.replace(A_REVIEW, made["review"]["id"])
        elif "/review " in command:
            now = client.get(f"{PICTURES}/{newest}").json()["version"]
            command = command.replace('"version": 0', f'"version": {now}')
        backup = client.get("/api/v1/backups").json()["backups"][0]["name"]
    persons, links = site.access.persons, site.access.links
    own = site.access.sessions.begin(persons.named("anna").id) if "SESSION" in command else ""
    link = links.invite(persons.named("bert").id) if "SECRET" in command else ""
    command = command.replace("SESSION", own).replace("SECRET", link).replace(A_BACKUP, backup)
    wanted = shlex.split(command.replace(IN_DOCS, site.server.url).replace(AN_ID, newest))
    done = subprocess.run(
        [*wanted, "--silent", "--noproxy", "*", "--max-time", "1" if "-N" in wanted else "10"],
        cwd=tmp_path,
        capture_output=True,
        timeout=20,
        check=False,
    )
    said = done.stdout.decode()
    assert done.returncode == (28 if "-N" in wanted else 0), done.stderr  # 28: it would go on
    if kind == "text":
        assert said.startswith(answer)
    else:
        assert_like(json.loads(said), json.loads(answer), "$")


def test_numbers_in_the_docs() -> None:
    assert f"Up to {live.MOST_CLIENTS} may watch" in DOCS
    assert f"takes nothing for {server._STALLED // 1000} s" in DOCS


def assert_like(got: Any, shown: Any, where: str) -> None:
    """The same keys in the same order and kinds of values; what may be null may be null.

    `{}` stands for what each kind of source tells in its own way.
    """
    if got is None or shown is None or (shown == {} and isinstance(got, dict)):
        return
    if isinstance(shown, dict):
        assert list(got) == list(shown), where
        for key, value in shown.items():
            assert_like(got[key], value, f"{where}.{key}")
    elif isinstance(shown, list):
        assert isinstance(got, list), where
        if got and shown:
            assert_like(got[0], shown[0], f"{where}[0]")
    elif isinstance(shown, (int, float)) and not isinstance(shown, bool):
        assert isinstance(got, (int, float)), where
    else:
        assert type(got) is type(shown), where
