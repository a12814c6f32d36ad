"""What docs/drop-in.md shows of each official client is what it says against `tagd demo`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from clients_rig import run_client
from daemon_rig import wait_until

from device import shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("docs-drop-in")]

TEXT = (Path(__file__).parents[1] / "docs/drop-in.md").read_text(encoding="utf-8")
CLIENTS = {
    "imagekitio 5": "imagekitio5",
    "imagekitio 4": "imagekitio4",
    "@imagekit/nodejs 7": "imagekit-node",
    "boto3": "boto3",
    "AWS CLI": "awscli",
    "google-cloud-vision": "google-vision",
}
_SHOWN = re.compile(
    r"^```(python|js|sh)\n((?:(?!```).*\n)+)```\n\n```text\n((?:(?!```).*\n)+)```", re.MULTILINE
)
_SAMPLES = str(shipped.sample_pictures()[0].parent)
AMONG_THE_SAMPLES = {
    "python": f"import os; os.chdir({_SAMPLES!r})\n",
    "js": f"process.chdir({_SAMPLES!r});\n",
    "sh": f"cd '{_SAMPLES}'\n",
}


def shown() -> Iterator[tuple[str, str, str, str]]:
    """Heading, language, code and what it is said to print."""
    for part in re.split(r"^###? ", TEXT, flags=re.MULTILINE)[1:]:
        block = _SHOWN.search(part)
        if block is not None:
            yield part.partition("\n")[0], block[1], block[2], block[3]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    said = tmp_path_factory.mktemp("demo") / "said"
    command = [sys.executable, "-u", "-m", "device", "demo", "--port", "0"]
    with said.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_until(
            lambda: "The page:" in said.read_text("utf-8"), 60, lambda: said.read_text("utf-8")
        )
        yield re.findall(r"The page: +(\S+)", said.read_text("utf-8"))[0]
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def env(demo: str) -> dict[str, str]:
    """As the document says; made by the requests that it shows."""
    made: list[Any] = []
    for body in re.findall(r"-d '(\{.*\})' http://127.0.0.1:8080/api/v1/tokens", TEXT):
        answer = httpx.post(f"{demo}/api/v1/tokens", content=body, trust_env=False, timeout=30)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    token, pair = made
    return {
        "IMAGE_KIT_BASE_URL": demo,
        "IMAGEKIT_PRIVATE_KEY": token["secret"],
        "AWS_ENDPOINT_URL_REKOGNITION": demo,
        "AWS_ACCESS_KEY_ID": pair["token"]["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": pair["secret"],
        "AWS_DEFAULT_REGION": "eu-central-1",
    }


def figureless(text: str) -> str:
    """Processors differ in the last digits of what a model says."""
    return re.sub(r"\d+(\.\d+)?", "#", text).strip()


@pytest.mark.parametrize(
    ("heading", "language", "code", "printed"), list(shown()), ids=[one[0] for one in shown()]
)
def test_each_client_prints_what_the_document_shows(
    demo: str, env: dict[str, str], heading: str, language: str, code: str, printed: str
) -> None:
    code = code.replace("http://127.0.0.1:8080", demo)
    code = code.replace("tagd_S3cr3t", env["IMAGEKIT_PRIVATE_KEY"])
    done = run_client(CLIENTS[heading], AMONG_THE_SAMPLES[language] + code, env)
    assert done.returncode == 0, done.stderr[-3000:]
    assert figureless(done.stdout) == figureless(printed), done.stdout


def test_every_client_is_shown() -> None:
    assert {heading for heading, *_ in shown()} == set(CLIENTS)
