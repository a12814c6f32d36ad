"""What is done inside an Arm root, by its own Python: install, tag, look, run, stop.

Writes /opt/out/report.json: of each step its seconds, exit code, and what it said.
"""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

OUT = Path("/opt/out")
DATA, INBOX = Path("/var/lib/tagd"), Path("/var/lib/inbox")
TAGD = "/opt/venv/bin/tagd"
CONFIG = OUT / "tagd.yaml"
SAMPLES = Path("/opt/tagd/device/samples")
_PATIENCE = 180.0  # seconds for a picture; a model takes about one here

report: dict[str, dict[str, object]] = {}


def step(name: str, *command: str) -> None:
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report[name] = {
        "seconds": round(time.monotonic() - started, 1),
        "code": done.returncode,
        "said": done.stdout,
        "complained": done.stderr[-3000:],
    }


def wait(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if true():
            return True
        time.sleep(0.2)
    return False


def pictures() -> int:
    try:
        with closing(sqlite3.connect(f"file:{DATA}/tagd.db?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM picture").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def run_daemon() -> None:
    started = time.monotonic()
    with (OUT / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen([TAGD, "run", "--config", str(CONFIG)], stderr=log)
        works = wait(lambda: "tagger" in (OUT / "daemon.log").read_text(errors="replace"), daemon)
        shutil.copy(SAMPLES / "chelsea.jpg", INBOX / "new.part")
        (INBOX / "new.part").rename(INBOX / "new.jpg")
        works = wait(lambda: pictures() == 1, daemon) and works
        tagged = round(time.monotonic() - started, 1)
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(60)
    said = (OUT / "daemon.log").read_text(errors="replace")
    report["daemon"] = {"seconds": tagged, "code": code, "said": works, "complained": said[-3000:]}


def main() -> None:
    for folder in (DATA, INBOX):
        folder.mkdir(parents=True)
    listed = f"[{{name: inbox, url: 'folder://{INBOX}'}}]"
    # The network is not there: not even this machine's own addresses.
    CONFIG.write_text(f"data_dir: {DATA}\nsources: {listed}\nweb: {{enabled: false}}\n")
    pip = ("/opt/venv/bin/pip", "install", "-q", "--no-index", f"--find-links={OUT}/wheels")
    if "--beside-apt" in sys.argv:  # some of it comes from Debian, older than tagd asks for
        step("venv", sys.executable, "-m", "venv", "--system-site-packages", "/opt/venv")
        wheels = sorted((OUT / "wheels").glob("*.whl"))
        step("install", *pip, "--no-deps", *map(str, wheels))
    else:
        step("venv", sys.executable, "-m", "venv", "/opt/venv")
        step("install", *pip, "tagd")
    step("list", "/opt/venv/bin/pip", "list", "--format=freeze")
    step("tag", TAGD, "tag", "--json", *(str(SAMPLES / f"{n}.jpg") for n in ("chelsea", "coffee")))
    step("doctor", TAGD, "doctor", "--json", "--config", str(CONFIG))
    run_daemon()
    (OUT / "report.json").write_text(json.dumps(report))


main()
