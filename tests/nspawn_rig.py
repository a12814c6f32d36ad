"""A whole system in a container: booted by systemd, on a network of its own, thrown away.

Commands run inside by entering the name spaces of its first process, so that neither machined nor
a bus is needed here. What it does to its disk lies in a layer above the root that is kept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import boot_bundles
import boot_roots
import pytest
from daemon_rig import wait_until

from device.appliance.layout import Layout

_PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MARK = Path("/etc/tagd-test-container")  # nothing is ever run where that is not
_BOOT = 60.0  # seconds
_REBOOTED = 133  # systemd-nspawn's exit code, that of a unit to be started again
CONFIG = """\
device: {id: box, name: Box}
data_dir: /var/lib/tagd
sources:
  - {name: inbox, url: "folder:///srv/inbox"}
mqtt: {url: "mqtt://127.0.0.1"}
web: {listen: "127.0.0.1:8080", trust_loopback: true}
"""


class Container:
    """`boot`, `run` in it, `reboot`, `close`."""

    def __init__(self, suite: str, place: Path) -> None:
        """Skips the test where the machine cannot do it."""
        lower = boot_roots.debian(suite)
        self.suite = suite
        self.root = place / "root"
        self.log = place / "console"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._booted = False  # once; then it can be done here
        layers = [place / name for name in ("root", "upper", "work")]
        for folder in layers:
            folder.mkdir()
        options = f"lowerdir={lower},upperdir={layers[1]},workdir={layers[2]}"
        mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)]
        self._mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        if not self._mounted:  # the folder for temporary files may be a layer itself
            copy = ["cp", "-a", "--reflink=auto", f"{lower}/.", str(self.root)]
            subprocess.run(copy, check=True)
        self.layout = Layout(self.root)
        Path(self.root, *_MARK.parts[1:]).touch()

    def power_on(self) -> None:
        """Nothing is waited for. It does not outlive this process."""
        command = ["setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "-q", "-D", str(self.root)]
        command += ["-M", f"tagd-{os.getpid()}", "--boot", "--register=no", "--keep-unit"]
        command += ["--private-network", "--link-journal=no", "--kill-signal=SIGRTMIN+3"]
        with self.log.open("ab") as log:
            self._nspawn = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )

    def boot(self) -> None:
        """Until systemd says that everything is started."""
        self.power_on()
        wait_until(self._is_up, _BOOT, self.console)

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        if self._nspawn.poll() is not None:
            assert not self._booted, self.console()
            pytest.skip(f"systemd-nspawn cannot boot here: {self.console()[-300:]}")
        try:
            state = self.ask("systemctl is-system-running", check=False)
        except (OSError, subprocess.SubprocessError):
            return False
        up = state in ("running", "degraded")
        self._booted |= up
        return up

    @property
    def _init(self) -> int:
        """Its first process, as it is called here, once its disk is the container's own."""
        assert self._nspawn is not None
        number = self._nspawn.pid
        for child in Path(f"/proc/{number}/task/{number}/children").read_text().split():
            if Path(f"/proc/{child}/root", *_MARK.parts[1:]).exists():
                return int(child)
        raise ProcessLookupError("it has no first process now")

    def run(
        self, command: str, seconds: float = 60.0, **options: str
    ) -> subprocess.CompletedProcess[str]:
        """In a shell inside; `input` is what it reads."""
        enter = ["nsenter", "-t", str(self._init), "-m", "-u", "-i", "-n", "-p", "-r", "-w"]
        return subprocess.run(
            [*enter, "sh", "-c", command],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8"},
            **options,
        )

    def ask(self, command: str, *, check: bool = True) -> str:
        """What it printed, which must have gone well."""
        done = self.run(command)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def show(self, name: str, unit: str = "tagd") -> str:
        """A property of a unit, as systemd tells it."""
        return self.ask(f"systemctl show -p {name} --value {unit}")

    def journal(self, unit: str = "tagd") -> str:
        """What a unit, and systemd of it, has said since the boot."""
        return self.ask(f"journalctl -b -o cat --no-pager -u {unit}")

    def reboot(self) -> None:
        """From the inside, in order; until everything is started again."""
        self._end("reboot", _REBOOTED)
        self.boot()

    def power_off(self) -> None:
        """From the inside, in order."""
        self._end("poweroff", 0)

    def _end(self, how: str, code: int) -> None:
        assert self._nspawn is not None
        self.run(f"systemctl {how}")
        assert self._nspawn.wait(_BOOT) == code, self.console()

    def console(self) -> str:
        """What was printed there."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, true: Callable[[], object], seconds: float) -> None:
        """Until it is so; fails with what tagd said."""
        wait_until(true, seconds, lambda: self.journal()[-3000:])

    def pull_the_plug(self) -> None:
        """What is on its disk stays."""
        if self._nspawn is None:
            return
        # The kernel ends all that is inside with its first process. That of systemd-nspawn itself
        # is no end of it: the container would go on, with nobody to see it.
        with contextlib.suppress(OSError, ProcessLookupError):
            os.kill(self._init, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._nspawn.wait(20)
        self._nspawn.kill()
        self._nspawn.wait(20)

    def close(self) -> None:
        """And its disk is gone, too."""
        self.pull_the_plug()
        if self._mounted:
            wait_until(lambda: not self._umount(), 20)

    def _umount(self) -> int:
        return subprocess.run(["umount", str(self.root)], capture_output=True).returncode


def carry(container: Container, *files: Path) -> None:
    """Bring files to `/srv/carried`, as on a stick."""
    place = container.root / "srv/carried"
    place.mkdir(exist_ok=True)
    for file in files:
        shutil.copy(file, place)


def install(container: Container, *words: str) -> str:
    """tagd from a bundle, by its own installer, as its owner would; what that said."""
    bundle = boot_bundles.bundle(container.suite)
    carry(container, bundle, boot_bundles.keys()[1])
    done = container.run(f"cd /srv/carried && tar xf {bundle.name}", 60)
    assert done.returncode == 0, done.stderr
    return again(container, *words)


def again(container: Container, *words: str) -> str:
    """The same once more."""
    bundle = boot_bundles.bundle(container.suite)
    offline = f"--offline ../{bundle.name} --key ../maker.pub.pem"
    command = f"cd /srv/carried/{bundle.stem} && ./install.sh {offline} {' '.join(words)}"
    done = container.run(command, 240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def configure(container: Container) -> None:
    """The config of these tests in the place of the first one, with an inbox that all can reach."""
    container.ask("install -d -o tagd -g tagd -m 770 /srv/inbox")
    container.layout.config.write_text(CONFIG, encoding="utf-8")
    container.ask("systemctl restart tagd")
