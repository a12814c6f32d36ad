"""Coral and NVIDIA: what is plugged in, what drives it, and whether the config makes use of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from device import board, build
from device.as_owner import may
from device.board import text
from device.config import Config
from device.doctor import Finding, State
from device.errors import ModelError

# Vendor and product of a Coral before and after its firmware is loaded, and of its PCIe cards.
# Source: https://coral.ai/docs/accelerator/get-started, and `lspci -nn` as the M.2 guide shows it.
_CORAL_USB = {("1a6e", "089a"), ("18d1", "9302")}
_CORAL_PCI = ("0x1ac1", "0x089a")
_LIBRARY = "libedgetpu.so.1"
_FOLDERS = ("usr/lib", "usr/local/lib", "lib")
_GET = "install libedgetpu1-std (docs/models.md says where from), then restart tagd"
_COMPILED = b"edgetpu-custom-op"  # the operator that a model compiled for a Coral consists of
_GPU = ("onnxruntime-gpu", "onnxruntime_gpu")


def look(config: Config, root: Path) -> Iterator[Finding]:
    """`root`: where /dev, /proc, /sys and /usr are."""
    wanted = config.inference.accelerator
    yield from _coral(root, wanted=wanted == "edgetpu")
    yield from _nvidia(root, wanted=wanted in ("cuda", "tensorrt"))
    if wanted != "edgetpu":
        yield from _compiled(config)


def _coral(root: Path, *, wanted: bool) -> Iterator[Finding]:
    usb, pci, node = _coral_usb(root), _coral_pci(root), root / "dev/apex_0"
    if not (usb or pci or node.exists()):
        if wanted:
            told = "none is seen: plug it into a USB 3 port, without a hub, and look at lsusb"
            yield Finding("coral", "wrong", told)
        return
    bad: State = "wrong" if wanted else "warning"
    kind = "USB" if usb else "PCIe"
    if pci and not node.exists():
        told = "a PCIe card without its driver: install gasket-dkms, then restart the machine"
        yield Finding("coral", bad, told)
    elif not any(_libraries(root)):
        yield Finding("coral", bad, f"{kind}, but its runtime {_LIBRARY} is missing: {_GET}")
    elif (closed := usb or node) and not may(closed, os.R_OK | os.W_OK):
        told = f"{kind}, but tagd may not open {closed}: sudo usermod -aG plugdev tagd; restart it"
        yield Finding("coral", bad, told)
    elif wanted:
        yield Finding("coral", "ok", kind)
    else:
        told = f"{kind}, and not used: docs/models.md tells what `accelerator: edgetpu` needs"
        yield Finding("coral", "ok", told)


def _coral_usb(root: Path) -> Path | None:
    """Its node in /dev, which another one takes once its firmware is loaded."""
    for place in (root / "sys/bus/usb/devices").glob("*"):
        if (text(place / "idVendor"), text(place / "idProduct")) in _CORAL_USB:
            bus, number = text(place / "busnum"), text(place / "devnum")
            return root / f"dev/bus/usb/{bus:0>3}/{number:0>3}"
    return None


def _coral_pci(root: Path) -> bool:
    places = (root / "sys/bus/pci/devices").glob("*")
    return any((text(one / "vendor"), text(one / "device")) == _CORAL_PCI for one in places)


def _libraries(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from (root / folder).glob(_LIBRARY)
        yield from (root / folder).glob(f"*-linux-gnu*/{_LIBRARY}")


def _nvidia(root: Path, *, wanted: bool) -> Iterator[Finding]:
    jetson = (root / "etc/nv_tegra_release").exists() or "Jetson" in board.look(root).name
    card = (root / "proc/driver/nvidia/version").exists()
    if not (jetson or card or wanted):
        return
    what = "Jetson" if jetson else "NVIDIA card" if card else "no NVIDIA GPU is seen"
    package = next((name for name in _GPU if _is_installed(name)), None)
    if package is None:
        where = " of its JetPack" if jetson else ""
        told = f"{what}; its GPU needs onnxruntime-gpu{where}: docs/install.md says which"
        yield Finding("gpu", "wrong" if wanted else "ok", told)
    elif not (jetson or card):
        told = "none is seen: is the driver loaded (nvidia-smi)? Or set inference.accelerator: none"
        yield Finding("gpu", "wrong", told)
    else:
        used = "" if wanted else ", and not used: inference.accelerator: tensorrt does"
        yield Finding("gpu", "ok", f"{what}, {package} {metadata.version(package)}{used}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _compiled(config: Config) -> Iterator[Finding]:
    """Models that no runtime can run without a Coral."""
    for name, one in config.taggers.items():
        if one.model == build.FAKE:
            continue
        try:
            file = build.find_model(config.data_dir, one.model).model
        except ModelError:
            continue  # which is told where the models are tried
        if _COMPILED in file.read_bytes():
            told = f"{one.model} is compiled for a Coral: set inference.accelerator: edgetpu"
            yield Finding(f"model {name}", "wrong", f"{told}, or take the model it was made from")
