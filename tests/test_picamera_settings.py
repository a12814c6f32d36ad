"""What a Pi camera's URL can say, and what is said where picamera2 or the camera is missing."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from folder_rig import become_nobody, in_child, needs_root

from device import registry
from device.config import Source
from device.errors import ConfigError, SourceError
from device.sources import picamera_driver, picamera_settings
from device.sources.picamera_driver import why_not
from device.sources.picamera_settings import PiCameraSettings


def read(url: str, **options: Any) -> PiCameraSettings:
    camera = Source(name="porch", url="picamera://0", **options) if options else None
    return picamera_settings.read("porch", urlsplit(url), camera)


def test_everything_has_a_default() -> None:
    assert read("picamera://0") == read("picamera://") == PiCameraSettings()


def test_everything_can_be_said() -> None:
    assert read("picamera://1?size=1920x1080&lores=320x180&fps=2.5&hflip=yes") == PiCameraSettings(
        camera="1", size=(1920, 1080), lores=(320, 180), fps=2.5, hflip=True
    )
    turned = read("picamera://0?rotation=180&hflip=yes")
    assert (turned.hflip, turned.vflip) == (False, True)


def test_the_small_picture_has_the_shape_of_the_large_one() -> None:
    assert read("picamera://0?size=2304x1296").lores == (640, 360)
    assert read("picamera://0?size=1640x1232").lores == (640, 480)
    assert read("picamera://0?size=320x240").lores == (320, 240)


@pytest.mark.parametrize(
    ("url", "camera"),
    [
        ("picamera://imx708_wide", "imx708_wide"),
        ("picamera:///base/soc/i2c0mux/i2c@1/imx708@1a", "/base/soc/i2c0mux/i2c@1/imx708@1a"),
        ("picamera://my%20camera", "my camera"),
    ],
)
def test_a_camera_has_a_model_and_an_id(url: str, camera: str) -> None:
    assert read(url).camera == camera


def test_the_source_says_what_its_url_does_not() -> None:
    assert read("picamera://0", fps=12).fps == 12
    assert read("picamera://0?fps=3", fps=12).fps == 3
    assert read("picamera://0", mode="interval").always_better
    assert not read("picamera://0", mode="visits").always_better


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("size=1280", "write width and height as in 1280x720"),
        ("size=1281x720", "even numbers"),
        ("size=0x720", "even numbers"),
        ("size=20000x720", "even numbers of pixels up to 10000"),
        ("size=-2x720", "write width and height"),
        ("fps=0", "frames per second"),
        ("fps=nan", "frames per second"),
        ("fps=1000", "up to 120"),
        ("rotation=90", "write 0 or 180"),
        ("hflip=1", "write yes or no"),
        ("size=640x480&lores=1280x720", "may not be larger than size"),
        ("sise=1280x720", "did you mean size?"),
    ],
)
def test_what_cannot_be_is_said(query: str, said: str) -> None:
    with pytest.raises(ConfigError, match="source porch") as raised:
        read(f"picamera://0?{query}")
    assert said in str(raised.value)


def test_the_fake_camera_is_a_url_away() -> None:
    make = registry.load("tagd.sources", registry.SOURCES, "picamera")
    source = make("porch", urlsplit("picamera://fake?size=320x240&fps=50"), ledger=None)
    frame = next(iter(source))
    assert (frame.data.width, frame.data.height) == (320, 240)
    assert source.status()["model"] == "imx708"
    source.close()


@pytest.mark.skipif(importlib.util.find_spec("picamera2") is not None, reason="it is installed")
def test_without_picamera2_the_way_to_it_is_named() -> None:
    make = registry.load("tagd.sources", registry.SOURCES, "picamera")
    source = make("porch", urlsplit("picamera://0"), ledger=None)
    with pytest.raises(SourceError) as raised:
        next(iter(source))
    assert "apt install --no-install-recommends python3-picamera2" in str(raised.value)
    assert "--system-site-packages" in str(raised.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'libcamera'", name="libcamera"), "needs libcamera"),
        (
            ValueError("numpy.dtype size changed, may indicate binary incompatibility."),
            'pip install "numpy<2"',
        ),
        (ImportError("numpy.core.multiarray failed to import"), 'pip install "numpy<2"'),
        (ModuleNotFoundError("No module named 'pykms'", name="pykms"), "No module named 'pykms'"),
    ],
)
def test_why_an_import_failed(error: Exception, said: str) -> None:
    assert said in why_not(error)


class NoCamera:
    """picamera2 where nothing is connected."""

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return []


def test_nothing_connected_is_a_matter_of_the_cable() -> None:
    if picamera_driver.forbidden() is not None:
        pytest.skip("this user may not open the media devices of this machine")
    driver = picamera_driver.Driver(NoCamera, None, None)
    with pytest.raises(SourceError, match="no camera is connected: check the ribbon cable"):
        picamera_driver.find(driver, "0")


@needs_root
def test_without_the_group_it_is_named(public: Path) -> None:
    node = public / "media0"
    node.touch(mode=0o660)
    os.chown(node, 0, 44)

    def look() -> str | None:
        become_nobody()
        return picamera_driver.forbidden(public)

    said = in_child(look)
    assert f"the user nobody may not open {node}: sudo usermod -aG video nobody" in said
    assert picamera_driver.forbidden(public) is None
