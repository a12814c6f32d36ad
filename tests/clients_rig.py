"""The official clients of the drop-in APIs, each in an environment of its own, made once and kept.

They bring more than tagd itself needs, so they live outside the repository and outside of its
environment, in `TAGD_TEST_CACHE` or ~/.cache/tagd-tests, below `clients/`. Making them takes the
package registries and a minute; the clients themselves only ever get a loopback address.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Client:
    """One client as its registry has it."""

    package: str
    version: str
    extra: str = ""  # an optional part, of a Python package
    runs: tuple[str, ...] = ("python", "-c")  # what takes a script, found in the environment

    @property
    def of_node(self) -> bool:
        """Whether npm has it."""
        return self.runs[0] == "node"


CLIENTS = {
    "imagekitio5": Client("imagekitio", "5.11.0", extra="[webhooks]"),
    "imagekitio4": Client("imagekitio", "4.2.0"),
    "imagekit-node": Client(
        "@imagekit/nodejs", "7.11.0", runs=("node", "--input-type=module", "-e")
    ),
    "boto3": Client("boto3", "1.44.5"),
    "awscli": Client("awscli", "1.46.3", runs=("sh", "-ec")),
    "google-vision": Client("google-cloud-vision", "3.16.0"),
}


def run_client(
    name: str, script: str, env: Mapping[str, str], timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a script with that client: Python, a module for node, or `aws ...` for sh.

    It finds nothing of this machine's own: an empty home, no proxy, no keys but those in `env`.
    The exit code is the caller's to look at.
    """
    place = _environment(name)
    home = place / "home"
    home.mkdir(exist_ok=True)
    bin_ = place / "bin"
    whole = {
        "PATH": f"{bin_}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",  # it would ask a machine of the network for keys
        **env,
    }
    command, *options = CLIENTS[name].runs
    found = shutil.which(command, path=whole["PATH"])
    assert found is not None, f"{name} has no {command}"
    return subprocess.run(
        [found, *options, script],
        env=whole,
        cwd=place,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def client(name: str) -> Path:
    """What runs scripts of that client, made now if it is not there: its own python, or node.

    Skips the test, with the reason, where it cannot be made.
    """
    place = _environment(name)
    return Path(shutil.which("node") or "") if CLIENTS[name].of_node else place / "bin/python"


@cache
def _environment(name: str) -> Path:
    """The folder of that client: a virtual environment, or one with `node_modules`."""
    wanted = CLIENTS[name]
    if wanted.of_node:
        for command in ("node", "npm"):
            if shutil.which(command) is None:
                pytest.skip(f"there is no {command}: ./install.sh test --slow installs it")
    root = Path(os.environ.get("TAGD_TEST_CACHE") or Path.home() / ".cache/tagd-tests") / "clients"
    root.mkdir(parents=True, exist_ok=True)
    python = "node" if wanted.of_node else f"{sys.version_info.major}.{sys.version_info.minor}"
    place = root / f"{name}-{wanted.version}-{python}"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "whole").exists():
            shutil.rmtree(place, ignore_errors=True)
            (_from_npm if wanted.of_node else _from_pip)(wanted, place)
            (place / "whole").touch()
    return place


def _from_pip(wanted: Client, place: Path) -> None:
    _run([sys.executable, "-m", "venv", str(place)])
    pip = [str(place / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run([*pip, f"{wanted.package}{wanted.extra}=={wanted.version}"])


def _from_npm(wanted: Client, place: Path) -> None:
    place.mkdir()
    (place / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    _run([*npm, "--prefix", str(place), f"{wanted.package}@{wanted.version}"])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        pytest.skip(f"{command[0]}: {(done.stdout + done.stderr).strip()[-300:]}")
