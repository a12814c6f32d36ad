"""One daemon for ImageKit's official clients, with the real models, and what they need of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clients_rig import run_client
from daemon_rig import Daemon, dropped_in

from device import shipped

SAMPLES = shipped.sample_pictures()[0].parent


@contextmanager
def media_library(root: Path, **imagekit: Any) -> Iterator[Daemon]:
    """With no way in but keys."""
    with dropped_in(root, imagekit=imagekit) as daemon:
        yield daemon


def key(daemon: Daemon, name: str, role: str = "reviewer", *more: str) -> str:
    """A new token: the private key."""
    command = [sys.executable, "-m", "device", "token", "add", name, "--role", role, *more]
    done = subprocess.run(
        [*command, "--config", str(daemon.config)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def ran(daemon: Daemon, client: str, key: str, script: str, **more: str) -> dict[str, Any]:
    """What the script, which must end well, prints in its last line."""
    place = {
        "IMAGE_KIT_BASE_URL": f"http://127.0.0.1:{daemon.port()}",
        "IMAGEKIT_PRIVATE_KEY": key,
        "SAMPLES": str(SAMPLES),
    }
    done = run_client(client, script, {**place, **more}, timeout=300)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))
