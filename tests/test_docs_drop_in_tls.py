"""Over TLS, with a certificate that tagd signed itself: each client with the variable that is told.

The same lines of docs/drop-in.md as in test_docs_drop_in.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from clients_rig import run_client
from daemon_rig import Daemon, wait_until
from test_docs_drop_in import AMONG_THE_SAMPLES, CLIENTS, TEXT, shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("docs-drop-in")]

_SHOWN = list(shown())


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """With the real models."""
    web = {"listen": "127.0.0.1:0", "tls": "self-signed", "trust_loopback": False}
    daemon = Daemon(tmp_path_factory.mktemp("tls"), web=web)
    del daemon.sections["taggers"]
    daemon.start()
    wait_until(lambda: "the page is at https://" in daemon.said(), 60, daemon.said)
    yield daemon
    assert daemon.stop() == 0, daemon.said()


@pytest.fixture(scope="module")
def env(daemon: Daemon) -> dict[str, str]:
    """The keys, and every address."""
    [found] = re.findall(r"the page is at (https://\S+:\d+)", daemon.said())[-1:]
    pair = made(daemon, "app", "--aws")
    return {
        "IMAGE_KIT_BASE_URL": found,
        "IMAGEKIT_PRIVATE_KEY": made(daemon, "shop")["secret"],
        "AWS_ENDPOINT_URL_REKOGNITION": found,
        "AWS_ACCESS_KEY_ID": pair["token"]["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": pair["secret"],
        "AWS_DEFAULT_REGION": "eu-central-1",
    }


def made(daemon: Daemon, name: str, *more: str) -> dict[str, Any]:
    """A token, with its secret."""
    command = [sys.executable, "-m", "device", "token", "add", name, "--role", "reviewer", "--json"]
    done = subprocess.run(
        [*command, *more, "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def variable(heading: str) -> str:
    """That names the certificate, by the document."""
    rows = re.findall(r"^\| (.+) \| `([A-Z_]+)` \|$", TEXT.split("## ImageKit")[0], re.MULTILINE)
    word = {"google-cloud-vision": "Google Vision", "@imagekit/nodejs 7": "Node"}.get(heading)
    [found] = [name for clients, name in rows if (word or heading) in clients]
    return str(found)


@pytest.mark.parametrize(
    ("heading", "language", "code"), [one[:3] for one in _SHOWN], ids=[one[0] for one in _SHOWN]
)
def test_each_client_believes_the_certificate_it_is_given_and_no_other(
    daemon: Daemon, env: dict[str, str], heading: str, language: str, code: str
) -> None:
    code = code.replace("http://127.0.0.1:8080", env["IMAGE_KIT_BASE_URL"])
    code = AMONG_THE_SAMPLES[language] + code.replace("tagd_S3cr3t", env["IMAGEKIT_PRIVATE_KEY"])
    [certificate] = daemon.data.rglob("certificate.pem")
    alone = run_client(CLIENTS[heading], code, env)
    assert alone.returncode != 0, alone.stdout
    done = run_client(CLIENTS[heading], code, {**env, variable(heading): str(certificate)})
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip()
