"""What is used of picamera2, and every way in which it may be missing, said clearly.

Names and behaviour as in picamera2 0.3.x (RPi.picamera2, `picamera2.py`, `request.py`, `job.py`).
"""

from __future__ import annotations

import contextlib
import gc
import grp
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from device.errors import SourceError

_INSTALL = (
    "sudo apt install --no-install-recommends python3-picamera2, and make tagd's virtual "
    "environment with python3 -m venv --system-site-packages"
)


class Request(Protocol):
    """The streams of one frame, held until it is released."""

    def make_array(self, name: str) -> NDArray[np.uint8]:
        """A copy of a stream."""
        ...

    def get_metadata(self) -> dict[str, Any]: ...
    def release(self) -> None: ...


class Job(Protocol):
    """A request that may come."""

    def get_result(self, timeout: float | None = None) -> Request: ...


class Camera(Protocol):
    """A `Picamera2`: an opened camera."""

    camera_controls: Mapping[str, Any]

    def create_video_configuration(self, **options: Any) -> dict[str, Any]: ...
    def configure(self, camera_config: dict[str, Any]) -> None: ...
    def camera_configuration(self) -> dict[str, Any]: ...
    def start(self) -> None: ...
    def capture_request(self, wait: bool) -> Job: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Driver:
    """The classes of picamera2 and libcamera, or of what stands in for them."""

    Picamera2: Any
    Transform: Any
    ColorSpace: Any


def load() -> Driver:
    """picamera2 itself. Raises `SourceError` that says what to install."""
    try:
        libcamera = import_module("libcamera")
        camera = import_module("picamera2").Picamera2
    except (ImportError, ValueError, AttributeError, RuntimeError) as error:
        raise SourceError(why_not(error)) from error
    return Driver(camera, libcamera.Transform, libcamera.ColorSpace)


def why_not(error: Exception) -> str:
    """What to do about an import that failed."""
    missing = getattr(error, "name", None)
    if "numpy" in str(error):
        return (
            f"picamera2 was built for another numpy than {np.__version__}: "
            'pip install "numpy<2" in tagd\'s virtual environment'
        )
    if isinstance(error, ModuleNotFoundError) and missing in ("libcamera", "picamera2"):
        return f"the Pi camera needs {missing}, which is not installed here: {_INSTALL}"
    return f"picamera2 cannot be imported ({error}): {_INSTALL}"


def find(driver: Driver, wanted: str) -> tuple[int, dict[str, Any]]:
    """The camera of that number, id or model: its number, and what is known of it.

    Raises `SourceError`, which lists the cameras there are.
    """
    there: list[dict[str, Any]] = driver.Picamera2.global_camera_info()
    if not there:
        raise SourceError(forbidden() or _NO_CAMERA)
    chosen = [
        number
        for number, info in enumerate(there)
        if wanted in (str(number), info["Id"]) or wanted.lower() == _model(info).lower()
    ]
    if len(chosen) == 1:
        return chosen[0], there[chosen[0]]
    listed = ", ".join(f"{n}: {_model(info)} ({info['Id']})" for n, info in enumerate(there))
    what = "several cameras are" if chosen else "no camera is"
    raise SourceError(f"{what} called {wanted}; there are {listed}: use the number or the id")


def opened(driver: Driver, number: int) -> Camera:
    """The camera, which is ours alone until it is closed. Raises `SourceError`."""
    camera = driver.Picamera2.__new__(driver.Picamera2)
    try:
        camera.__init__(number)
    except Exception as error:
        _forget(camera)
        raise SourceError(_not_opened(error)) from error
    made: Camera = camera
    return made


def close(camera: Camera) -> None:
    """Give the camera back; may block for as long as the system does."""
    camera.close()
    # Its objects refer to each other in circles, which keep two descriptors each time until now.
    del camera
    gc.collect()


def forbidden(devices: Path = Path("/dev")) -> str | None:
    """Why no camera is found, if this user may not open what they are made of."""
    for node in sorted([*devices.glob("media*"), *devices.glob("dma_heap/*")]):
        if not os.access(node, os.R_OK | os.W_OK):
            user, group = _names(os.getuid(), node.stat().st_gid)
            return (
                f"the user {user} may not open {node}: sudo usermod -aG {group} {user}, "
                "then start tagd again"
            )
    return None


def _names(user: int, group: int) -> tuple[str, str]:
    """Of numbers that need not have any."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(user).pw_name, grp.getgrgid(group).gr_name
    return str(user), str(group)


_NO_CAMERA = (
    "no camera is connected: check the ribbon cable with the power off, then "
    "rpicam-hello --list-cameras"
)


def _model(info: Mapping[str, Any]) -> str:
    return str(info.get("Model", "unknown"))


def _not_opened(error: BaseException) -> str:
    causes = [str(error)]
    while error.__cause__ is not None:
        error = error.__cause__
        causes.append(str(error))
    if any("busy" in cause.lower() or "acquire" in cause for cause in causes):
        return "the camera is used by another program: end it, or leave this source out"
    return f"the camera cannot be opened: {causes[-1]}"


def _forget(camera: Any) -> None:
    """What picamera2's own constructor leaves open when it fails: at each try two descriptors."""
    if getattr(camera, "is_open", False):
        with contextlib.suppress(RuntimeError):
            camera.camera.release()
        camera.is_open = False
    if hasattr(camera, "notifymeread"):
        camera.notifymeread.close()
        os.close(camera.notifyme_w)
