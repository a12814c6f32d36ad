"""Commands that speak with a tagd over TLS and below a proxy's path, and the links they give."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from daemon_rig import Daemon, jpeg, wait_until
from tls_rig import make_pair

from device import certificate
from device.__main__ import cli
from device.commands.way import Way
from device.config import Config
from device.config_file import load_config
from device.web.server import WebServer
from device.web.services import Services
from device.web.tls import TlsKeeper

ROOT = "/gate/pictures-of-home"


def settings(folder: Path, port: int, tls: object = "self-signed", root: str = "") -> Path:
    """A config whose page listens at that port."""
    path = folder / "command.yaml"
    web = json.dumps({"listen": f"127.0.0.1:{port}", "tls": tls, "root_path": root})
    path.write_text(f"data_dir: {folder}\nweb: {web}\n", encoding="utf-8")
    return path


def tagd(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Behind TLS and a root path; a login is needed from this machine, too."""
    made = Daemon(
        tmp_path_factory.mktemp("tls"),
        web={"listen": "127.0.0.1:0", "tls": "self-signed", "root_path": ROOT,
             "trust_loopback": False},
    )  # fmt: skip
    made.start()
    wait_until(lambda: "#invite=" in made.said(), 60, made.said)
    port = re.findall(r"the page is at https://127\.0\.0\.1:(\d+)", made.said())[-1]
    made.config.write_text(made.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
    yield made
    assert made.stop() == 0, made.said()


def test_the_first_link_leads_to_the_page(daemon: Daemon) -> None:
    assert re.search(rf"open https://127\.0\.0\.1:\d+{ROOT}/#invite=[\w-]+ ", daemon.said())


def test_the_link_of_tagd_user_leads_to_the_page(daemon: Daemon) -> None:
    done = tagd("user", "add", "Gast", "--config", str(daemon.config))
    assert re.search(rf"\nhttps://127\.0\.0\.1:\d+{ROOT}/#invite=[\w-]+\n", done.output), (
        done.output
    )


def test_a_source_is_switched(daemon: Daemon) -> None:
    for word in ("disable", "enable"):
        done = tagd("sources", word, "inbox", "--config", str(daemon.config))
        assert done.exit_code == 0, done.output


@pytest.mark.timeout(90)
def test_events_are_asked(daemon: Daemon) -> None:
    command = [sys.executable, "-W", "error", "-m", "device", "watch", "--json", "--after-seq", "0"]
    with subprocess.Popen(
        [*command, "--config", str(daemon.config)], stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        try:
            (daemon.inbox / "one.jpg").write_bytes(jpeg(1))
            event = json.loads(watching.stdout.readline())
        finally:
            watching.terminate()
    assert event["type"] == "picture"
    assert event["picture"]["url"].startswith(f"{ROOT}/pictures/")


# -- whom they trust


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for another name, as one has that is meant for the way from outside."""
    return make_pair(tmp_path / "own", "photos.example")


@pytest.fixture
def server(services: Services, tmp_path: Path, pair: tuple[Path, Path]) -> Iterator[WebServer]:
    config = load_config(settings(tmp_path, 1, _own(pair)))
    assert config.web.tls is not None
    made = WebServer(services, "127.0.0.1", 0, TlsKeeper(config.web.tls, tmp_path, []))
    made.start()
    yield made
    made.close()


def _own(pair: tuple[Path, Path]) -> dict[str, str]:
    return {"certificate": str(pair[0]), "key": str(pair[1])}


def _asked(config: Path, *words: str) -> str:
    """What a command that needs the daemon says of what is wrong."""
    done = tagd("sources", "disable", "none", *words, "--config", str(config))
    return str(done.exception)


def test_their_own_certificate_whatever_its_names(
    server: WebServer, tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    pair[1].rename(tmp_path / "key is not needed")
    done = _asked(settings(tmp_path, server.port, _own(pair)))
    assert "no source is called 'none'" in done


def test_no_other_certificate(server: WebServer, tmp_path: Path) -> None:
    other = make_pair(tmp_path / "other", "photos.example")
    done = _asked(settings(tmp_path, server.port, _own(other)))
    assert "is not to be trusted (self-signed certificate)" in done


def test_an_address_elsewhere_needs_an_authority(
    server: WebServer, tmp_path: Path, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"https://127.0.0.1:{server.port}"
    done = _asked(settings(tmp_path, server.port, _own(pair)), "--url", address)
    assert "SSL_CERT_FILE" in done
    own = make_pair(tmp_path / "third", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(own[0]))
    assert "is not to be trusted" in _asked(tmp_path / "command.yaml", "--url", address)


def test_what_does_not_speak_tls(services: Services, tmp_path: Path) -> None:
    plain = WebServer(services, "127.0.0.1", 0)
    plain.start()
    try:
        certificate.make(tmp_path / certificate.FILE_NAME, ["gate"], [])
        done = _asked(settings(tmp_path, plain.port))
    finally:
        plain.close()
    assert "does not speak TLS" in done


def test_files_that_are_no_certificate(tmp_path: Path) -> None:
    config = settings(tmp_path, 1)
    assert "makes it at its first start" in _asked(config)
    (tmp_path / certificate.FILE_NAME).write_text("nothing of the kind")
    assert "holds no certificate in PEM form" in _asked(config)
    armour = "-----{} CERTIFICATE-----\n".format
    (tmp_path / certificate.FILE_NAME).write_text(f"{armour('BEGIN')}eHh4\n{armour('END')}")
    assert "holds a damaged certificate" in _asked(config)


@pytest.mark.parametrize("url", ["", "gate:8080", "ftp://gate", "http://", "http://gate:x"])
def test_addresses_that_are_none(url: str) -> None:
    done = tagd("watch", "--url", url)
    assert done.exit_code == 2
    assert "https://host:port" in done.stderr


def test_a_path_below_the_root_of_another_host() -> None:
    assert Way("http://gate:8080/tagd/", None).path("/api/v1/tags") == "/tagd/api/v1/tags"
    assert Way(None, Config()).path("/api/v1/tags") == "/api/v1/tags"
