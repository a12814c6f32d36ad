"""Debian 12, booted: what the installer says and leaves, and that nothing of it can stay behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import boot_bundles
import pytest
from boot_files import differs, seen
from nspawn_rig import Container, again, carry, install

from device.appliance import signature

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    made = Container("bookworm", tmp_path_factory.mktemp("install"))
    try:
        made.boot()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def bare(container: Container) -> dict[str, str]:
    """The disk before anything of tagd's was on it."""
    return seen(container.root)


def test_a_bundle_that_a_stranger_signed_leaves_nothing(
    container: Container, bare: dict[str, str]
) -> None:
    bundle = boot_bundles.bundle("bookworm")
    stranger = signature.keygen(container.root.parent / "stranger.pem")
    carry(container, bundle, stranger)
    untar = f"cd /srv/carried && tar xf {bundle.name} && cd {bundle.stem}"
    done = container.run(
        f"{untar} && ./install.sh --offline ../{bundle.name} --key ../{stranger.name}"
    )
    assert done.returncode == 2
    assert "sign" in done.stderr
    assert "Traceback" not in done.stderr
    assert differs(bare, seen(container.root)) == {}


def test_it_prints_the_link_of_the_first_login_and_runs(
    container: Container, bare: dict[str, str]
) -> None:
    said = install(container)
    assert "#invite=" in said
    assert container.show("ActiveState") == "active"
    assert container.ask("systemctl is-enabled tagd") == "enabled"
    assert container.ask("readlink /opt/tagd/current") == "0.1.0"
    told = container.ask("runuser -u nobody -- /usr/local/bin/tagd --version")
    assert told.endswith("0.1.0")
    trusted = container.root / "etc/tagd/trusted/maker.pub.pem"
    assert trusted.read_bytes() == boot_bundles.keys()[1].read_bytes()


def test_a_second_run_changes_nothing(container: Container) -> None:
    pid = container.show("MainPID")
    before = seen(container.root, times=True)
    again(container)
    changed = differs(before, seen(container.root, times=True))
    kept = "var/lib/tagd/"  # the daemon goes on meanwhile
    assert [name for name in changed if not name.startswith(kept)] == []
    assert container.show("MainPID") == pid


def test_it_is_there_after_a_boot(container: Container) -> None:
    container.reboot()
    assert container.show("ActiveState") == "active"
    assert container.show("NRestarts") == "0"


def test_taken_away_with_all_that_updates_had_left(
    container: Container, bare: dict[str, str]
) -> None:
    state, home = container.layout.state, container.layout.home
    for name in ("pending.json", "pending.starts", "previous.json", "rolled-back.json"):
        (state / name).write_text("{}")
    (home / "guard").write_text("#!/bin/sh\n")
    (home / ".unpacked").mkdir()
    shutil.copy(state / "installed.json", home / "0.2.0.partial")
    folder = f"/srv/carried/{boot_bundles.bundle('bookworm').stem}"
    done = container.run(f"cd {folder} && ./install.sh --uninstall --purge", 120)
    assert done.returncode == 0, done.stderr
    assert "apt" not in done.stdout  # which had nothing to install
    assert differs(bare, seen(container.root)) == {}
    assert container.run("systemctl status tagd").returncode == 4  # no such unit
