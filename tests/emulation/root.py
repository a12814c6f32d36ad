"""A Debian 13 root with libcamera's virtual camera, picamera2 and a kernel, made once and kept.

It lives outside the repository, in `TAGD_TEST_CACHE` or ~/.cache/tagd-tests (0.8 GB). Making it
takes root's rights, debootstrap, a compiler, the system's own Debian mirror and two minutes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from device.sources.picamera_scene import STEPS, scene

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]

SUITE = "trixie"
PACKAGES = (
    *("python3", "python3-libcamera", "python3-numpy", "python3-pil", "python3-prctl"),
    *("python3-pydantic", "python3-pytest", "python3-pytest-timeout", "python3-yaml"),
    *("busybox-static", "kmod", "linux-image-amd64", "v4l-utils"),
)
WHEELS = (
    "picamera2==0.3.38",
    "av==18.1.0",
    "piexif==1.1.3",
    "simplejpeg==1.9.0",
    "videodev2==0.0.4",
)
SIZES = ((1280, 720), (640, 360))
MODELS = ("imx708", "ov5647")

_STUBS = {  # what picamera2 imports at its start and needs only for a screen and for raw files
    "pykms.py": "class Any:\n    def __getattr__(self, name):\n        return self\n\n\n"
    "def __getattr__(name):\n    return Any()\n",
    "pidng/__init__.py": "",
    "pidng/camdefs.py": "Picamera2Camera = None\n",
    "pidng/core.py": "PICAM2DNG = None\n",
}


def debian_root() -> Path:
    """The root, made now if it is not there. Skips the test, with the reason, if it cannot be."""
    _skip_where_impossible()
    cache = Path(os.environ.get("TAGD_TEST_CACHE") or Path.home() / ".cache/tagd-tests")
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"{SUITE}-{_recipe()[:12]}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            for old in cache.glob(f"{SUITE}-*"):
                shutil.rmtree(old)
            made = cache / f"{SUITE}-unfinished"
            _make(made)
            made.rename(root)
    return root


def _recipe() -> str:
    said = repr((SUITE, PACKAGES, WHEELS, SIZES, MODELS, _STUBS, STEPS)).encode()
    return hashlib.sha256(
        said + (HERE / "dmabuf.c").read_bytes() + Path(__file__).read_bytes()
    ).hexdigest()


def _skip_where_impossible() -> None:
    if platform.machine() != "x86_64":
        pytest.skip("the emulated cameras need an x86_64 machine")
    if os.getuid() != 0:
        pytest.skip("only root can make a Debian root")
    os.environ["PATH"] += ":/usr/sbin"
    for command in ("debootstrap", "gcc", "unshare"):
        if shutil.which(command) is None:
            pytest.skip(f"there is no {command}: ./install.sh test --slow installs it")


def mirror() -> str:
    """The Debian mirror that this machine itself uses; skips where there is none."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    said = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    found = re.search(r"^(?:URIs:|deb)\s.*?(\S+/debian/?)(?=\s|$)", said, re.MULTILINE)
    if found is None:
        pytest.skip("apt knows no Debian mirror here")
    return found[1]


def _make(root: Path) -> None:
    include = "--include=" + ",".join(PACKAGES)
    done = _run(["debootstrap", "--variant=minbase", include, SUITE, str(root), mirror()])
    if done.returncode:
        pytest.skip(f"debootstrap: {(done.stdout + done.stderr).strip()[-300:]}")
    wheels = root / "opt/wheels"
    pip = [sys.executable, "-m", "pip", "download", "-q", "-d", str(wheels), "--no-deps"]
    kind = ["--only-binary=:all:", "--python-version=3.13"]
    kind += [f"--platform=manylinux_{glibc}_x86_64" for glibc in ("2_17", "2_27", "2_28")]
    done = _run([*pip, *kind, *WHEELS])
    if done.returncode:
        pytest.skip(f"pip: {done.stderr.strip()[-300:]}")
    site = root / "opt/site"
    for wheel in wheels.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(site)
    for name, text in _STUBS.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    shim = ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
    subprocess.run(
        [*shim, "-o", str(root / "opt/dmabuf.so"), str(HERE / "dmabuf.c"), "-ldl"], check=True
    )
    _plug_in_cameras(root)
    for name in ("tagd", "out"):
        (root / "opt" / name).mkdir()


def _plug_in_cameras(root: Path) -> None:
    """libcamera's virtual cameras show JPEG files, numbered from 0, over and over."""
    frames = root / "opt/frames"
    frames.mkdir()
    for step in range(STEPS):
        Image.fromarray(scene(step, *SIZES[0])).save(frames / f"{step}.jpg", quality=98)
    lines = ["%YAML 1.1", "---"]
    for number, model in enumerate(MODELS):
        lines += [f'"Virtual{number}":', "  supported_formats:"]
        for width, height in SIZES:
            lines += [f"  - width: {width}", f"    height: {height}", "    frame_rates: [15, 30]"]
        lines += ["  frames:", '    path: "/opt/frames/"', '  location: "CameraLocationFront"']
        lines += [f'  model: "{model}"']
    folder = root / "usr/share/libcamera/pipeline/virtual"
    folder.mkdir(parents=True)
    (folder / "virtual.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run_inside(root: Path, command: list[str], out: Path, seconds: float) -> str:
    """Run in the root, with the checkout at /opt/tagd and `out` at /opt/out; what was said.

    In name spaces of its own: nothing stays mounted and nothing goes on running.
    """
    script = (
        f"mount --bind -o ro {CHECKOUT} {root}/opt/tagd && mount --bind {out} {root}/opt/out && "
        f"mount -t proc proc {root}/proc && exec chroot {root} {' '.join(command)}"
    )
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.stdout + done.stderr
