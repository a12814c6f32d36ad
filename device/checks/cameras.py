"""Folders and cameras of this machine: those of the config, and those that are plugged in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from device.as_owner import may, name
from device.board import text
from device.config import Config, Source
from device.doctor import Finding

# What a Raspberry Pi has among its video devices beside cameras: decoders, scalers, raw receivers.
_NO_CAMERA = re.compile(r"codec|isp|rpivid|hevc|unicam|rp1-cfe|pispbe|image_fx|loopback", re.I)
_SENSOR = re.compile(r"^(imx|ov|arducam|hm|s5k)[a-z0-9_-]*\d", re.IGNORECASE)
_SYSTEM = "usr/lib/python3/dist-packages/libcamera"
_JOIN = "sudo usermod -aG video,render {user}, then restart tagd"


def look(config: Config, root: Path) -> Iterator[Finding]:
    """Where no daemon runs. `root`: where /dev, /sys and /usr are."""
    yield from _folders(config)
    plugged = dict(_plugged(root))
    asked = set()
    for one in _enabled(config, "v4l2"):
        path = unquote(one.parts.path)
        asked.add(path)
        yield _usb(f"source {one.name}", path, plugged, root)
    for path, title in plugged.items():
        if path not in asked:
            yield _usb(f"camera {title}", path, plugged, root)
    yield from _pi(config, root)


def at_work(config: Config, sources: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """As they are now, by health: a camera mostly has room for one who looks."""
    yield from _folders(config)
    now = {source["name"]: source for source in sources}
    for one in [one.name for one in config.sources if one.parts.scheme != "folder"]:
        source = now.get(one)
        if source is None or not source["enabled"]:
            continue
        wrong = "; ".join(filter(None, [source["error"], *source["states"]]))
        told = wrong or f"{source['state']}, {source['fps']:g} pictures a second"
        yield Finding(f"source {one}", "wrong" if wrong else "ok", told)


def _enabled(config: Config, *schemes: str) -> Iterator[Source]:
    yield from (one for one in config.sources if one.enabled and one.parts.scheme in schemes)


def _folders(config: Config) -> Iterator[Finding]:
    for one in _enabled(config, "folder"):
        yield _folder(f"source {one.name}", Path(unquote(one.parts.path)))


def _folder(about: str, folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(about, "wrong", f"{folder} is not there: create it or correct its path")
    if not may(folder, os.R_OK | os.X_OK):
        return Finding(about, "wrong", f"{name()} may not read {folder}: chown or chmod it")
    return Finding(about, "ok", str(folder))


def _plugged(root: Path) -> Iterator[tuple[str, str]]:
    """Device and title of what gives pictures; of the nodes of one camera the first does."""
    places = (root / "sys/class/video4linux").glob("video*")
    for place in sorted(places, key=lambda one: int(re.sub(r"\D", "", one.name) or 0)):
        title = text(place / "name")
        if text(place / "index") in ("", "0") and not _NO_CAMERA.search(title):
            yield f"/dev/{place.name}", title


def _usb(about: str, path: str, plugged: Mapping[str, str], root: Path) -> Finding:
    node = root / path.lstrip("/")
    if not node.exists():
        there = ", ".join(plugged) or "none is plugged in"
        return Finding(about, "wrong", f"{path} is not there: look at its plug ({there})")
    if not may(node, os.R_OK | os.W_OK):
        told = f"{name()} may not open {path}: {_JOIN.format(user=name())}"
        return Finding(about, "wrong" if about.startswith("source") else "warning", told)
    return Finding(about, "ok", f"{path} {plugged.get(path, '')}".strip())


def _pi(config: Config, root: Path) -> Iterator[Finding]:
    """The Raspberry Pi's own camera: its sensor, and picamera2 with libcamera."""
    wanted = [one.name for one in _enabled(config, "picamera") if one.parts.netloc != "fake"]
    nodes = (root / "sys/class/video4linux").glob("v4l-subdev*")
    sensors = sorted({text(one / "name").split(" ")[0] for one in nodes})
    sensors = [one for one in sensors if _SENSOR.match(one)]
    if not wanted:
        if sensors:
            yield Finding("Pi camera", "ok", f"{', '.join(sensors)}; picamera://0 would use it")
        return
    problem = _driver_problem(root)
    if problem is not None:
        yield Finding("picamera2", "wrong", problem)
    else:
        yield Finding("picamera2", "ok", "it and libcamera can be used")
    if sensors:
        yield Finding("Pi camera", "ok", ", ".join(sensors))
    elif (root / "sys/class/video4linux").is_dir():
        told = (
            "no sensor answers: look at both ends of its cable, and at camera_auto_detect=1 in"
            " /boot/firmware/config.txt, then restart the machine"
        )
        yield Finding("Pi camera", "wrong", told)


def _driver_problem(root: Path) -> str | None:
    from device.errors import SourceError
    from device.sources import picamera_driver  # only where there is such a camera

    try:
        picamera_driver.load()
    except SourceError as error:
        if (root / _SYSTEM).is_dir() and "not installed here" in str(error):
            return (
                "libcamera is installed, but this virtual environment does not see the system's"
                " packages: run install.sh again, which makes one that does"
            )
        return str(error)
    return None
