"""Debian 13, booted: the same units on a newer systemd and Python; the essentials."""

from __future__ import annotations

from collections.abc import Iterator

import boot_box
import pytest
from boot_box import Box
from daemon_rig import jpeg
from test_boot import EXPOSURE

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with boot_box.box("trixie", tmp_path_factory.mktemp("trixie")) as made:
        yield made


def test_it_tags_and_is_back_after_kill_and_reboot(box: Box) -> None:
    container = box.container
    box.drop("1.jpg", jpeg(1))
    container.wait(lambda: box.pictures() == 1, 40)
    before = box.pid()
    container.ask(f"kill -9 {before}")
    container.wait(lambda: box.is_ready(before), 15)
    box.drop("2.jpg", jpeg(2))
    container.reboot()
    container.wait(lambda: box.pictures() == 2, 40)
    assert sorted({event["seq"] for event in box.events()}) == [1, 2]


def test_the_watchdog_ends_a_stopped_process(box: Box) -> None:
    box.quick()
    box.container.ask("systemctl restart tagd")
    before = box.pid()
    box.container.ask(f"kill -STOP {before}")
    box.container.wait(lambda: box.is_ready(before), 60)
    box.quick(wanted=False)


def test_it_is_hardly_exposed_and_systemd_knows_every_line(box: Box) -> None:
    limit = round(EXPOSURE * 10)
    box.container.ask(f"systemd-analyze security --no-pager --threshold={limit} tagd tagd-backup")
    done = box.container.run("systemd-analyze verify tagd.service tagd-backup.timer")
    assert "tagd" not in done.stderr, done.stderr


def test_a_stop_is_orderly(box: Box) -> None:
    box.container.ask("systemctl stop tagd")
    assert box.container.show("Result") == "success"
