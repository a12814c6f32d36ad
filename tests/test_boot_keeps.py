"""Debian 12, booted: a reboot, a wrong config, a config from the page, backups, long starts."""

from __future__ import annotations

import time
from collections.abc import Iterator

import boot_box
import pytest
from boot_box import Box
from daemon_rig import jpeg

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]

PYTHON = "/opt/tagd/current/venv/bin/python"
RENAME = """\
import json, urllib.request as web
url = "http://127.0.0.1:8080/api/v1/config"
etag = web.urlopen(url).headers["ETag"]
body = json.dumps({"changes": [{"place": ["device", "name"], "value": "Shed"}]}).encode()
headers = {"If-Match": etag, "Content-Type": "application/json"}
print(web.urlopen(web.Request(url, body, headers, method="PUT")).status)
"""
BUILD = """\
import threading, time
from device import patience
from device.notify import notify
patience._STUCK = 2.0
with patience.Patience(threading.Event()):
    end = time.monotonic() + 9
    while time.monotonic() < end:
        %s
notify("READY=1")
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with boot_box.box("bookworm", tmp_path_factory.mktemp("bookworm")) as made:
        yield made


def run_file(box: Box, name: str, text: str) -> str:
    (box.container.root / "srv" / name).write_text(text)
    return f"{PYTHON} /srv/{name}"


def test_a_reboot_loses_nothing_and_repeats_nothing(box: Box) -> None:
    for seed in range(5):
        box.drop(f"{seed}.jpg", jpeg(seed))
    box.container.wait(lambda: box.pictures() == 5, 40)
    for seed in range(5, 8):  # while it goes down: taken now or after the boot
        box.drop(f"{seed}.jpg", jpeg(seed))
    box.container.reboot()
    box.container.wait(lambda: box.pictures() == 8, 40)
    box.drop("8.jpg", jpeg(8))
    box.container.wait(lambda: box.pictures() == 9, 40)
    numbers: dict[int, str] = {}
    for event in box.events():
        assert numbers.setdefault(event["seq"], event["id"]) == event["id"]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    told = {event["id"]: event["picture"]["sha256"] for event in box.events() if "picture" in event}
    assert len(told) == len(set(told.values())) == 9
    assert box.container.show("NRestarts") == "0"


def test_a_wrong_config_is_refused_with_its_line_and_not_tried_for_ever(box: Box) -> None:
    layout, before = box.container.layout, box.pid()
    text = layout.config.read_text()
    layout.config.write_text(text + "devise: {}\n")
    box.container.ask("systemctl reset-failed tagd")
    assert box.is_ready()  # an edit alone ends nothing
    assert box.pid() == before
    assert box.container.run("systemctl restart tagd").returncode != 0
    line = len(text.splitlines()) + 1
    told = f"tagd: /etc/tagd/tagd.yaml:{line}: devise: there is no such key; did you mean `device`?"
    assert told in box.container.journal()
    assert told in box.container.run("systemctl status --no-pager -l tagd").stdout
    time.sleep(5)  # RestartSec and more
    assert box.container.show("SubState") == "failed"
    assert box.container.show("NRestarts") == "0"
    layout.config.write_text(text)
    box.container.ask("systemctl start tagd")
    assert box.is_ready()


def test_a_config_from_the_page_starts_anew_in_the_same_process(box: Box) -> None:
    before = box.pid()
    assert box.container.ask(run_file(box, "rename.py", RENAME)) == "200"
    assert "Shed" in box.container.layout.config.read_text()
    box.container.wait(lambda: box.container.journal().count("the page is at") >= 2, 20)
    box.container.wait(box.is_ready, 20)
    assert box.pid() == before
    box.drop("9.jpg", jpeg(9))
    box.container.wait(lambda: box.pictures() == 10, 40)


def test_a_backup_goes_to_the_disk_that_the_owner_named_or_fails(box: Box) -> None:
    container = box.container
    container.ask("systemctl start tagd-backup")  # nothing was named: nothing is done
    assert container.show("ConditionResult", "tagd-backup") == "no"
    container.layout.backup.write_text("TO=/media/stick\n")
    container.ask("mkdir /media/stick")
    assert container.run("systemctl start tagd-backup").returncode != 0
    assert "not a mountpoint" in container.journal("tagd-backup")
    container.ask("mount -t tmpfs -o uid=tagd tmpfs /media/stick")
    container.ask("systemctl start tagd-backup")
    files = container.ask("ls /media/stick").split()
    assert len(files) == 1
    assert files[0].startswith("tagd-")
    assert "10 pictures" in container.journal("tagd-backup")
    container.ask("systemctl enable -q --now tagd-backup.timer")
    assert "tagd-backup.service" in container.ask("systemctl list-timers --no-pager")


@pytest.mark.parametrize(("does", "works"), [("pass", True), ("time.sleep(0.1)", False)])
def test_systemd_waits_for_who_works_and_for_nobody_else(box: Box, does: str, works: bool) -> None:
    run = "systemd-run -q --wait -p Type=notify -p TimeoutStartSec=7 -p NotifyAccess=all"
    done = box.container.run(f"{run} {run_file(box, 'build.py', BUILD % does)}", 60)
    assert (done.returncode == 0) is works, done.stderr
