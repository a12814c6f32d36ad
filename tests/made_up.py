"""Machines that are made up of files: what the kernel would say on boards that are not here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from device.config import Config
from device.doctor import Finding

PI = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
    "proc/meminfo": "MemTotal:        3884384 kB\nMemAvailable:    3011212 kB\n",
    "proc/uptime": "864000.00 1000.00\n",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "51835\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "sys/class/video4linux/video0/name": "unicam-image\n",
    "sys/class/video4linux/video10/name": "bcm2835-codec-decode\n",
    "sys/class/video4linux/video13/name": "bcm2835-isp-output0\n",
    "sys/class/video4linux/v4l-subdev0/name": "imx708 10-001a\n",
}
JETSON = {
    "proc/device-tree/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
    "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3\n",
}
CORAL = {
    "sys/bus/usb/devices/2-1/idVendor": "18d1\n",
    "sys/bus/usb/devices/2-1/idProduct": "9302\n",
    "sys/bus/usb/devices/2-1/busnum": "2\n",
    "sys/bus/usb/devices/2-1/devnum": "3\n",
    "dev/bus/usb/002/003": "",
}
_PARTITION = "sys/devices/platform/emmc2bus/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p2"


def machine(root: Path, *parts: dict[str, str]) -> Path:
    """These files below `root`."""
    for part in parts:
        for name, text in part.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    return root


def mounted(
    root: Path,
    place: Path,
    kind: str = "ext4",
    options: str = "rw,noatime",
    *,
    written: int = 0,
    life: str = "",
    spare: str = "",
) -> Path:
    """`place` lies on the second partition of a card, of which so many bytes were written."""
    spelt = str(place).replace(" ", "\\040")
    lines = (
        "21 1 179:1 / / rw,relatime shared:1 - ext4 /dev/root rw",
        f"36 21 179:2 / {spelt} {options} master:1 - {kind} /dev/mmcblk0p2 rw,errors=remount-ro",
    )
    card = str(Path(_PARTITION).parent)
    files = {
        "proc/self/mountinfo": "\n".join(lines) + "\n",
        f"{_PARTITION}/partition": "2\n",
        f"{_PARTITION}/stat": "1 2 3 4 5 6 0 8\n",
        f"{card}/stat": f"1 2 3 4 5 6 {written // 512} 8\n",
    }
    if life:
        files[f"{card}/device/life_time"] = f"{life}\n"
    if spare:
        files[f"{card}/device/pre_eol_info"] = f"{spare}\n"
    machine(root, files)
    link = root / "sys/dev/block/179:2"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(os.path.relpath(root / _PARTITION, link.parent))
    return root


def by_name(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.about: finding for finding in findings}


def config(**sections: object) -> Config:
    return Config.model_validate(sections)
