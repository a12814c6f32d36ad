"""Commands typed by root on an appliance whose user, taken over, has laid traps for it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from device.__main__ import cli
from device.as_owner import acting_for_owner

codecs.lookup("ascii")  # Python itself may lie where only root may look
NOBODY = 65534
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can be led astray")


@pytest.fixture
def data(public: Path) -> Path:
    """The data folder of a daemon that is `nobody`."""
    folder = public / "data"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    return folder


@pytest.fixture
def config(public: Path, data: Path) -> Iterator[Path]:
    """Its config, which it may change."""
    path = public / "tagd.yaml"
    path.write_text(f"data_dir: {data}\n")
    os.chown(path, NOBODY, NOBODY)
    yield path


def test_a_link_in_the_place_of_the_people_makes_no_file_elsewhere(
    public: Path, data: Path, config: Path
) -> None:
    """Such as /etc/ld.so.preload, which would then belong to whoever laid the link."""
    roots = public / "etc"
    roots.mkdir(mode=0o755)
    (data / "people.db").symlink_to(roots / "ld.so.preload")
    done = CliRunner().invoke(cli, ["user", "list", "--config", str(config)])
    assert list(roots.iterdir()) == []
    assert "may not write there" in str(done.exception), done.output
    assert os.geteuid() == 0


def test_people_are_added_as_ever(data: Path, config: Path) -> None:
    done = CliRunner().invoke(cli, ["token", "add", "shop", "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert {path.stat().st_uid for path in data.iterdir()} == {NOBODY}


def test_a_config_of_the_daemons_names_no_folder_with_the_rights_of_root(
    public: Path, config: Path
) -> None:
    roots = public / "root"
    roots.mkdir(mode=0o755)
    with acting_for_owner(roots, config):
        assert os.geteuid() == NOBODY
    link = public / "linked.yaml"
    link.symlink_to(config)  # root's own: it is the folder's owner who counts then
    with acting_for_owner(roots, link):
        assert os.geteuid() == 0
