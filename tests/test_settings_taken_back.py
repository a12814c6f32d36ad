"""Which config runs: the file's, or the one before when that cannot."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from device import settings as module
from device.errors import ConfigError
from device.settings import Settings

OLD = "# ours\ndevice: {name: old}\ndata_dir: %s\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tagd.yaml"
    path.write_text(OLD % tmp_path)
    return path


def change(file: Path, name: str = "new") -> None:
    file.write_text(file.read_text().replace("old", name))


def test_one_that_ends_soon_is_taken_back(file: Path) -> None:
    settings, old = Settings(file), file.read_text()
    settings.begin()
    settings.works()
    change(file)
    assert settings.begin().device.name == "new"
    settings.works()
    back = settings.put_back("it ended with password=secret")
    assert back is not None
    assert back.device.name == "old"
    assert settings.applied.state == "put_back"
    assert file.read_text() == old
    [kept] = (file.parent / "config-history").iterdir()
    assert "new" in kept.read_text()
    assert settings.put_back("again") is None, "there is none before that"


def test_one_that_ran_for_long_is_not_to_blame(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(file)
    settings.begin()
    change(file)
    settings.begin()
    monkeypatch.setattr(module, "_TRIAL", 0.0)
    settings.works()
    time.sleep(0.01)
    assert settings.put_back("a model broke") is None
    assert "new" in file.read_text()


def test_the_first_config_is_never_taken_back(file: Path) -> None:
    settings = Settings(file)
    settings.begin()
    assert settings.put_back("the port is taken") is None
    assert settings.applied.state == "running"


def test_a_file_that_cannot_be_read_gives_way(file: Path) -> None:
    settings, old = Settings(file), file.read_text()
    settings.begin()
    file.write_text("device: [")
    with pytest.raises(ConfigError):
        settings.begin()
    back = settings.put_back("not YAML")
    assert back is not None
    assert file.read_text() == old


def test_it_runs_with_the_old_one_although_the_file_cannot_be_put_back(file: Path) -> None:
    settings = Settings(file)
    settings.begin()
    change(file)
    settings.begin()
    os.rename(file, file.with_name("gone.yaml"))
    back = settings.put_back("the port is taken")
    assert back is not None
    assert back.device.name == "old"
