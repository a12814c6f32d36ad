"""The Debian 13 root as a machine of its own, whose kernel has the virtual USB camera `vivid`.

QEMU boots the root's kernel with a few files in memory; everything else is read from this
machine over 9p. Nothing of it needs hardware: without KVM a start takes four seconds.
"""

from __future__ import annotations

import io
import lzma
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from emulation.root import CHECKOUT

_MODULES = ("9p", "9pnet_virtio", "virtio_pci")

_INIT = """#!/bin/busybox sh
for module in /modules/*; do /bin/busybox insmod "$module"; done
share() { /bin/busybox mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" "$1" "$2"; }
share root /root ro
share tagd /root/opt/tagd ro
share out /root/opt/out rw
/bin/busybox mount -t proc proc /root/proc
/bin/busybox mount -t sysfs sys /root/sys
/bin/busybox mount -t devtmpfs dev /root/dev
/bin/busybox mount -t tmpfs tmp /root/tmp
/bin/busybox chroot /root /bin/sh /opt/out/run >/root/opt/out/said 2>&1
/bin/busybox poweroff -f
"""


def run_in_machine(root: Path, script: str, out: Path, seconds: float) -> str:
    """Run a shell script as root there, with the checkout at /opt/tagd and `out` at /opt/out.

    What it said; or, if it said nothing, what the machine did.
    """
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("there is no QEMU: ./install.sh test --slow installs it")
    (out / "run").write_text(script, encoding="utf-8")
    start = out / "start.cpio"
    start.write_bytes(_start_files(root))
    (kernel,) = root.glob("boot/vmlinuz-*")
    command = _machine("kvm" if _kvm_works(kernel, start) else "tcg", kernel, start)
    for tag, folder, way in (
        ("root", root, ",readonly=on"),
        ("tagd", CHECKOUT, ",readonly=on"),
        ("out", out, ""),
    ):
        share = f"local,path={folder},mount_tag={tag},security_model=none,multidevs=remap{way}"
        command += ["-virtfs", share]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    said = out / "said"
    return said.read_text(encoding="utf-8") if said.exists() else done.stdout + done.stderr


def _machine(accelerator: str, kernel: Path, start: Path) -> list[str]:
    command = ["qemu-system-x86_64", "-accel", accelerator, "-smp", "2", "-m", "1024"]
    command += ["-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"]
    command += ["-kernel", str(kernel), "-initrd", str(start)]
    return [*command, "-append", "console=ttyS0 quiet panic=-1"]


def _kvm_works(kernel: Path, start: Path) -> bool:
    """Whether a machine without anything to read starts and ends: some have KVM in name only."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    try:
        done = subprocess.run(
            _machine("kvm", kernel, start), capture_output=True, timeout=8, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _start_files(root: Path) -> bytes:
    """What the kernel needs until it can read the root, as a cpio archive ("newc")."""
    archive = io.BytesIO()
    folders = ("bin", "modules", "root", "dev")
    for name in folders:
        _add(archive, name, 0o040755, b"")
    _add(archive, "bin/busybox", 0o100755, (root / "usr/bin/busybox").read_bytes())
    _add(archive, "init", 0o100755, _INIT.encode())
    for number, module in enumerate(_with_what_they_need(root)):
        content = lzma.decompress(module.read_bytes())
        _add(archive, f"modules/{number:02}-{module.stem}", 0o100644, content)
    _add(archive, "TRAILER!!!", 0, b"")
    return archive.getvalue()


def _with_what_they_need(root: Path) -> list[Path]:
    """The files of the modules, each after those it needs."""
    (folder,) = root.glob("usr/lib/modules/*")
    found: list[Path] = []
    for line in (folder / "modules.dep").read_text(encoding="ascii").splitlines():
        module, _, needed = line.partition(":")
        if Path(module).name.partition(".")[0] in _MODULES:
            for one in [*reversed(needed.split()), module]:
                if folder / one not in found:
                    found.append(folder / one)
    return found


def _add(archive: io.BytesIO, name: str, mode: int, content: bytes) -> None:
    """One file: a header of 13 numbers of 8 hexadecimal digits; all parts end on multiples of 4."""
    numbers = [0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    archive.write(b"070701" + b"".join(b"%08X" % number for number in numbers))
    for part in (name.encode() + b"\0", content):
        archive.write(part)
        archive.write(b"\0" * (-archive.tell() % 4))
