"""`tagd user` and `tagd token` beside the real daemon; commands without a login; the first link."""

from __future__ import annotations

import http.client
import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon_rig import Daemon, wait_until

LONG = "a few words of mine"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "trust_loopback": False})
    made.start()
    yield made
    assert made.stop() == 0, made.said()


def ask(
    daemon: Daemon, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port(), timeout=20)
    try:
        sent = {"Content-Type": "application/json", **headers}
        connection.request(method, path, body and json.dumps(body), sent)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        return answer.status, {**found, "cookie": answer.headers.get("set-cookie", "")}
    finally:
        connection.close()


def tagd(daemon: Daemon, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command with this daemon's config, in which the port is the real one."""
    config = daemon.root / "command.yaml"
    text = daemon.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{daemon.port()}")
    config.write_text(text)
    command = [sys.executable, "-W", "error", "-m", "device", *words, "--config", str(config)]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=50, check=False
    )


def link_in(text: str) -> str:
    return re.findall(r"#invite=([\w-]+)", text)[-1]


def test_from_the_first_link_to_the_last_person(daemon: Daemon) -> None:
    wait_until(lambda: "#invite=" in daemon.said(), 20, daemon.said)
    secret = link_in(daemon.said())
    assert ask(daemon, "GET", "/api/v1/health")[0] == 401
    body = {"name": "anna", "password": LONG}
    status, anna = ask(daemon, "POST", f"/api/v1/invitations/{secret}", body)
    assert (status, anna["role"]) == (200, "administrator")
    cookie = anna["cookie"].split(";")[0]
    assert ask(daemon, "GET", "/api/v1/people", Cookie=cookie)[0] == 200

    added = tagd(daemon, "user", "add", "Gast", "--source", "inbox")
    assert added.returncode == 0, added.stderr
    port = daemon.port()
    assert f"http://127.0.0.1:{port}/#invite=" in added.stdout
    link = f"/api/v1/invitations/{link_in(added.stdout)}"
    status, guest = ask(daemon, "POST", link, {"password": LONG})
    assert (status, guest["sources"]) == (200, ["inbox"])
    guest_cookie = guest["cookie"].split(";")[0]
    assert ask(daemon, "GET", "/api/v1/people", Cookie=guest_cookie)[0] == 403

    assert tagd(daemon, "user", "role", "gast", "reviewer").returncode == 0
    assert ask(daemon, "GET", "/api/v1/me", Cookie=guest_cookie)[0] == 401
    again = tagd(
        daemon, "user", "passwd", "Gast", "--password-stdin", given="other words of mine\n"
    )
    assert again.returncode == 0, again.stderr
    body = {"name": "gast", "password": "other words of mine"}
    assert ask(daemon, "POST", "/api/v1/login", body)[1]["role"] == "reviewer"

    listed = [json.loads(line) for line in tagd(daemon, "user", "list", "--json").stdout.split("\n")
              if line]  # fmt: skip
    assert [(one["name"], one["role"]) for one in listed] == [
        ("anna", "administrator"), ("Gast", "reviewer"),
    ]  # fmt: skip
    assert "anna" in tagd(daemon, "user", "list").stdout
    assert tagd(daemon, "user", "remove", "gast").returncode == 0
    last = tagd(daemon, "user", "remove", "anna")
    assert last.returncode == 1
    assert "last administrator" in last.stderr
    assert "Traceback" not in last.stderr

    token = json.loads(tagd(daemon, "token", "add", "ha", "--expires", "30d", "--json").stdout)
    bearer = f"Bearer {token['secret']}"
    assert ask(daemon, "GET", "/api/v1/me", Authorization=bearer)[1]["kind"] == "token"
    assert "ha" in tagd(daemon, "token", "list").stdout
    assert tagd(daemon, "token", "revoke", "HA").returncode == 0
    assert ask(daemon, "GET", "/api/v1/me", Authorization=bearer)[0] == 401

    def told() -> list[tuple[str, str]]:
        entries = ask(daemon, "GET", "/api/v1/audit?limit=500", Cookie=cookie)[1]["entries"]
        return [(one["who"], one["what"]) for one in entries]

    wait_until(lambda: ("gast", "login") in told() or ("Gast", "login") in told(), 20, told)
    assert ("this machine", "people") in told()
    assert ("anna", "invitation accepted") in told()
    everything = daemon.said() + json.dumps(told())
    assert LONG not in everything
    assert token["secret"] not in everything


def test_whoever_owns_the_data_folder_needs_no_login(daemon: Daemon) -> None:
    daemon.port()
    file = daemon.data / "local.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = tagd(daemon, "sources", "disable", "inbox")
    assert (done.returncode, done.stdout) == (0, "inbox is off\n"), done.stderr
    url = f"http://127.0.0.1:{daemon.port()}"
    command = [sys.executable, "-m", "device", "sources", "enable", "inbox", "--url", url]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert refused.returncode == 1
    assert "log in first" in refused.stderr
    command += ["--token-file", str(file)]
    allowed = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert allowed.stdout == "inbox is on\n", allowed.stderr


def test_the_local_token_goes_with_the_daemon(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "trust_loopback": False})
    daemon.start()
    daemon.port()
    old = (daemon.data / "local.token").read_text()
    wait_until(lambda: len(re.findall(r"#invite=([\w-]+)", daemon.said())) == 1, 20, daemon.said)
    daemon.kill()
    daemon.start()
    wait_until(lambda: daemon.said().count("the page is at") == 2, 20, daemon.said)
    assert ask(daemon, "GET", "/api/v1/me", Authorization=f"Bearer {old}")[0] == 401
    wait_until(lambda: len(re.findall(r"#invite=([\w-]+)", daemon.said())) == 2, 20, daemon.said)
    links = re.findall(r"#invite=([\w-]+)", daemon.said())
    assert ask(daemon, "GET", f"/api/v1/invitations/{links[0]}")[0] == 404
    assert ask(daemon, "GET", f"/api/v1/invitations/{links[1]}")[0] == 200
    assert daemon.stop() == 0
    assert not (daemon.data / "local.token").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("user", "add", "x\u202ey"), "letters"),
        (("user", "add", "anna", "--source", "../x"), "source"),
        (("user", "add", "anna", "--role", "administrator", "--source", "hall"), "sees all"),
        (("user", "remove", "nobody there"), "nobody is called"),
        (("user", "passwd", "nobody there"), "nobody is called"),
        (("token", "add", "t", "--expires", "soon"), "span of time"),
        (("token", "revoke", "t"), "no token"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "tagd.yaml").write_text(f"data_dir: {tmp_path}\n")
    command = [sys.executable, "-m", "device", *words, "--config", str(tmp_path / "tagd.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
