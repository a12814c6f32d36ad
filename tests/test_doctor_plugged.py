"""What the doctor says of cameras and accelerators, on machines that are made up."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from made_up import CORAL, JETSON, PI, by_name, config, machine

from device import shipped
from device.as_owner import acting_for_owner, may
from device.checks import accelerators, cameras

# -- cameras


def test_a_pi_camera_without_libcamera(tmp_path: Path) -> None:
    """A virtual environment that does not see the system's packages is told apart."""
    wanted = config(sources=[{"name": "porch", "url": "picamera://0"}])
    found = by_name(cameras.look(wanted, machine(tmp_path, PI)))
    assert set(found) == {"picamera2", "Pi camera"}, "codecs and scalers are no cameras"
    assert found["Pi camera"].told == "imx708"
    assert found["picamera2"].state == "wrong"
    assert "python3-picamera2" in found["picamera2"].told
    (tmp_path / "usr/lib/python3/dist-packages/libcamera").mkdir(parents=True)
    again = by_name(cameras.look(wanted, tmp_path))["picamera2"]
    assert "run install.sh again" in again.told
    (tmp_path / "sys/class/video4linux/v4l-subdev0/name").unlink()
    loose = by_name(cameras.look(wanted, tmp_path))["Pi camera"]
    assert (loose.state, "cable" in loose.told) == ("wrong", True)


def test_a_pi_camera_that_nobody_uses(tmp_path: Path) -> None:
    found = by_name(cameras.look(config(), machine(tmp_path, PI)))
    assert "picamera://0" in found["Pi camera"].told


@pytest.fixture
def plugged(public: Path) -> Path:
    """Two USB cameras with two nodes each; only the first may be opened by anybody."""
    for number, title in enumerate(("HD Webcam", "HD Webcam", "Door", "Door")):
        node = f"sys/class/video4linux/video{number}"
        machine(public, {f"{node}/name": title, f"{node}/index": str(number % 2)})
        machine(public, {f"dev/video{number}": ""})
        (public / f"dev/video{number}").chmod(0o660 if number else 0o666)
    for folder in public.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o755)
    return public


def nobody() -> int:
    if os.getuid() != 0:
        pytest.skip("only root can act for somebody else")
    return 65534


def test_usb_cameras_for_a_user_outside_group_video(plugged: Path) -> None:
    data = plugged / "data"
    data.mkdir()
    os.chown(data, nobody(), nobody())
    sources = [
        {"name": "desk", "url": "v4l2:///dev/video0"},
        {"name": "door", "url": "v4l2:///dev/video2"},
        {"name": "gone", "url": "v4l2:///dev/video7"},
    ]
    with acting_for_owner(data):
        found = by_name(cameras.look(config(sources=sources), plugged))
        others = by_name(cameras.look(config(), plugged))
    assert found["source desk"].state == "ok"
    assert "HD Webcam" in found["source desk"].told
    assert found["source door"].state == "wrong"
    assert "sudo usermod -aG video,render nobody" in found["source door"].told
    assert found["source gone"].state == "wrong"
    assert others["camera Door"].state == "warning", "it is not asked for"
    assert set(others) == {"camera HD Webcam", "camera Door"}


def test_root_gets_its_rights_back(public: Path) -> None:
    os.chown(public, nobody(), nobody())
    secret = public / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    os.chown(secret, 0, 0)
    groups = os.getgroups()
    with contextlib.suppress(ZeroDivisionError), acting_for_owner(public):
        assert not may(secret, os.R_OK)
        assert os.geteuid() == 65534
        raise ZeroDivisionError
    assert may(secret, os.R_OK)
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, groups)


# -- accelerators


def test_a_coral_without_its_runtime(tmp_path: Path) -> None:
    machine(tmp_path, CORAL)
    wanted = config(inference={"accelerator": "edgetpu"})
    found = by_name(accelerators.look(wanted, tmp_path))["coral"]
    assert (found.state, "libedgetpu.so.1 is missing" in found.told) == ("wrong", True)
    assert by_name(accelerators.look(config(), tmp_path))["coral"].state == "warning"
    machine(tmp_path, {"usr/lib/aarch64-linux-gnu/libedgetpu.so.1": ""})
    assert by_name(accelerators.look(wanted, tmp_path))["coral"].state == "ok"
    assert "not used" in by_name(accelerators.look(config(), tmp_path))["coral"].told
    shutil.rmtree(tmp_path / "sys")
    gone = by_name(accelerators.look(wanted, tmp_path))["coral"]
    assert (gone.state, "none is seen" in gone.told) == ("wrong", True)


def test_a_coral_card_without_its_driver(tmp_path: Path) -> None:
    pci = "sys/bus/pci/devices/0000:01:00.0"
    machine(tmp_path, {f"{pci}/vendor": "0x1ac1\n", f"{pci}/device": "0x089a\n"})
    found = by_name(accelerators.look(config(), tmp_path))["coral"]
    assert "gasket-dkms" in found.told


def test_a_jetson_whose_gpu_is_idle(tmp_path: Path) -> None:
    machine(tmp_path, JETSON)
    found = by_name(accelerators.look(config(), tmp_path))["gpu"]
    assert (found.state, "onnxruntime-gpu of its JetPack" in found.told) == ("ok", True)
    wanted = config(inference={"accelerator": "tensorrt"})
    assert by_name(accelerators.look(wanted, tmp_path))["gpu"].state == "wrong"
    assert "gpu" not in by_name(accelerators.look(config(), tmp_path / "elsewhere"))


def test_a_model_for_a_coral_where_there_is_none(tmp_path: Path) -> None:
    own = tmp_path / "data/models/objects"
    shutil.copytree(shipped.models_folder() / "objects", own)
    with (own / "model.tflite").open("ab") as file:
        file.write(b"edgetpu-custom-op")
    broken = config(data_dir=str(tmp_path / "data"))
    found = by_name(accelerators.look(broken, tmp_path))
    assert found == {}, "its card does not fit, which is told where the models are tried"
    card = (own / "card.yaml").read_text()
    data = (own / "model.tflite").read_bytes()
    old = hashlib.sha256(data[: -len(b"edgetpu-custom-op")]).hexdigest()
    card = card.replace(old, hashlib.sha256(data).hexdigest())
    card = card.replace(f"bytes: {len(data) - 17}", f"bytes: {len(data)}")
    (own / "card.yaml").write_text(card)
    found = by_name(accelerators.look(broken, tmp_path))
    assert "compiled for a Coral" in found["model objects"].told
