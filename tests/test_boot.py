"""Debian 12, booted: tagd starts with it, and comes back from whatever ends or hangs it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import boot_box
import pytest
from boot_box import Box
from daemon_rig import jpeg

from device import shipped

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]

EXPOSURE = 2.0  # the most, of systemd-analyze's ten
SITE = "opt/tagd/current/venv/lib/python3.11/site-packages"
HANG = """\
import pathlib, time
from device import pipeline, supervisor
from device.stages import infer

pipeline._SILENT_INFER = 5.0

def hanging(name, act):
    def late(*given):
        while pathlib.Path("/srv/hang-" + name).exists():
            time.sleep(0.1)
        return act(*given)
    return late

infer.Infer._settle = hanging("infer", infer.Infer._settle)
supervisor.StatusLine.news = hanging("main", supervisor.StatusLine.news)
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with boot_box.box("bookworm", tmp_path_factory.mktemp("bookworm")) as made:
        yield made


def tags_on(box: Box, seed: int) -> None:
    """A picture that was never there is tagged and told of."""
    before = box.pictures()
    box.drop(f"{seed}.jpg", jpeg(seed))
    box.container.wait(lambda: box.pictures() > before, 40)


def test_a_picture_in_the_inbox_is_tagged_and_heard(box: Box) -> None:
    [cat] = [path for path in shipped.sample_pictures() if path.name == "chelsea.jpg"]
    box.drop(cat.name, cat.read_bytes())
    box.container.wait(lambda: box.pictures() == 1, 40)
    [event] = [event for event in box.events() if event["type"] == "picture"]
    assert "cat" in {tag["name"] for tag in event["tags"]}


def test_it_is_hardly_exposed(box: Box) -> None:
    told = box.container.ask("systemd-analyze security --no-pager tagd | tail -1")
    [score] = re.findall(r"tagd.service: (\d+\.\d)", told)
    assert float(score) <= EXPOSURE
    told = box.container.ask("systemd-analyze security --no-pager tagd-backup | tail -1")
    assert float(re.findall(r"service: (\d+\.\d)", told)[0]) <= EXPOSURE


def test_the_process_is_as_closed_as_the_unit_says(box: Box) -> None:
    status = box.container.ask(f"cat /proc/{box.pid()}/status")
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"):
        assert line in status
    assert "\nUid:\t0" not in status
    mounts = box.container.ask(f"cat /proc/{box.pid()}/mounts")
    assert re.search(r" / \S+ ro,", mounts)
    named = set(box.container.show("SupplementaryGroups").split())
    assert named == {"video", "plugdev"}  # those of Debian; there is no group apex here


def test_root_keeps_what_is_roots_in_its_folder(box: Box) -> None:
    for command in ("mv /etc/tagd/credentials /etc/tagd/mine", "ls /etc/tagd/credentials"):
        assert box.container.run(f"runuser -u tagd -- {command}").returncode != 0


def test_without_the_folder_of_credentials_it_says_so(box: Box) -> None:
    """systemd is not to make it: what tagd could put in there, root would read for it."""
    box.container.ask("systemctl stop tagd; mv /etc/tagd/credentials /srv/away")
    assert box.container.run("systemctl start tagd").returncode != 0
    told = box.container.run("systemctl status --no-pager tagd").stdout
    assert "AssertPathIsDirectory=/etc/tagd/credentials was not met" in told
    box.container.ask("mv /srv/away /etc/tagd/credentials; systemctl start tagd")


def test_a_file_of_the_folder_is_a_variable_of_the_config(box: Box) -> None:
    layout, container = box.container.layout, box.container
    (layout.settings / "credentials/UNIT_TEST").write_text("attic-42\n")
    text = layout.config.read_text()
    layout.config.write_text(text.replace("id: box", 'id: "${UNIT_TEST}"'))
    container.ask("systemctl restart tagd")
    topic = container.ask("timeout 20 mosquitto_sub -h 127.0.0.1 -t tagd/attic-42/status -C 1")
    layout.config.write_text(text)
    container.ask("systemctl restart tagd")
    assert topic == "online"


def test_killed_it_is_back_in_seconds(box: Box) -> None:
    before = box.pid()
    box.container.ask(f"kill -9 {before}")
    box.container.wait(lambda: box.is_ready(before), 15)
    tags_on(box, 1)


def test_thirty_crashes_in_a_row_are_no_end(box: Box) -> None:
    box.quick()
    start = int(box.container.show("NRestarts"))
    crash = "systemctl kill --signal=KILL --kill-who=main tagd"
    for crashed in range(1, 31):
        box.container.ask(crash, check=False)
        box.container.wait(lambda n=crashed: int(box.container.show("NRestarts")) >= start + n, 20)
        box.container.wait(lambda: box.pid() != 0, 20)
    box.container.wait(box.is_ready, 30)
    tags_on(box, 2)
    box.quick(wanted=False)


def test_a_stopped_process_is_ended_by_the_watchdog(box: Box) -> None:
    box.quick()
    box.container.ask("systemctl restart tagd")
    before = box.pid()
    box.container.ask(f"kill -STOP {before}")
    box.container.wait(lambda: box.is_ready(before), 60)
    assert box.container.journal().count("Watchdog timeout") == 1
    tags_on(box, 3)
    box.quick(wanted=False)


@pytest.fixture
def hang(box: Box) -> Iterator[None]:
    """Parts of tagd hang for as long as a file is there."""
    box.quick()
    site = box.container.root / SITE
    (site / "tagd_hang.py").write_text(HANG)
    (site / "tagd_hang.pth").write_text("import tagd_hang\n")
    box.container.ask("systemctl restart tagd")
    yield
    for name in ("tagd_hang.py", "tagd_hang.pth"):
        (site / name).unlink()
    box.quick(wanted=False)
    box.container.ask("rm -f /srv/hang-*; systemctl restart tagd")


@pytest.mark.parametrize(
    ("name", "told", "where"),
    [
        ("infer", "the infer thread has been silent for", "stages/infer.py"),
        ("main", "Watchdog timeout", "Fatal Python error: Aborted"),
    ],
)
def test_a_hang_is_ended_told_and_nothing_is_lost(
    box: Box, hang: None, name: str, told: str, where: str
) -> None:
    before, pictures = box.pid(), box.pictures()
    said = box.container.journal().count(told)
    flag = box.container.root / f"srv/hang-{name}"
    flag.touch()
    box.drop(f"{name}.jpg", jpeg(len(name) * 100))
    box.container.wait(lambda: box.container.journal().count(told) > said, 60)
    flag.unlink()
    box.container.wait(lambda: box.is_ready(before), 60)
    assert where in box.container.journal()
    box.container.wait(lambda: box.pictures() == pictures + 1, 40)


def test_a_stop_is_orderly_and_takes_no_time(box: Box) -> None:
    start = time.monotonic()
    box.container.ask("systemctl stop tagd")
    assert time.monotonic() - start < 10
    assert box.container.show("ExecMainStatus") == "0"
    assert box.container.show("Result") == "success"
    box.container.ask("systemctl start tagd")
