"""An appliance below a folder: releases of `tiny_tagd`, the real guard, a stand-in for systemd."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from device.appliance.host import Done, Host
from device.appliance.layout import Layout
from device.appliance.releases import Releases
from device.appliance.service import Standing, release_of
from device.appliance.steps import ApplianceError
from device.appliance.switching import Switching
from device.appliance.updating import Updating


class QuickHost(Host):
    """This machine, but that environments are made by unpacking: pip takes seconds."""

    def flush(self) -> None:
        """The disks of a busy machine take their time, and no test pulls the plug."""

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        seconds: float = 120.0,
    ) -> Done:
        words = list(command)
        if words[1:3] == ["-m", "venv"]:
            (Path(words[-1]) / "bin").mkdir(parents=True)
            (Path(words[-1]) / "bin/python").symlink_to(sys.executable)
            return Done(0, "")
        if words[1:4] == ["-m", "pip", "install"]:
            venv = Path(words[0]).parents[1]
            (packed,) = Path((env or {})["PIP_FIND_LINKS"]).glob("tagd-*.whl")
            with zipfile.ZipFile(packed) as archived:
                archived.extractall(venv / "lib")
            program = venv / "bin/tagd"
            lines = [f"#!/bin/sh\nexec env -C / PYTHONPATH={venv}/lib {venv}/bin/python -S -E -c"]
            lines += [f'\'import sys; sys.path.append("{venv}/lib");']
            lines += ['import tiny_tagd; tiny_tagd.main()\' "$@"\n']
            program.write_text(" ".join(lines))
            program.chmod(0o755)
            return Done(0, "")
        return super().run(command, env=env, check=check, seconds=seconds)


class LocalService:
    """What systemd does for the unit, as far as updates see it. Outlives this object."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._pid_file = layout.root / "run/pid"
        self._log = layout.root / "run/log"

    def restart(self) -> None:
        self.stop()
        self.start()

    def start(self) -> None:
        """The guard, then the daemon; both write to the log."""
        ready = self._layout.root / "run/ready"
        ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            guard = self._layout.home / "guard"
            if guard.exists():
                subprocess.run([str(guard)], stderr=log, check=False, timeout=30)
            program = self._layout.current / "venv/bin/tagd"
            script = f"echo $$ >{self._pid_file}.new; mv {self._pid_file}.new {self._pid_file}"
            command = [
                "setsid",
                "--fork",
                "sh",
                "-c",
                f"{script}; exec {program} run --config {self._layout.config}",
            ]
            subprocess.run(command, stdout=log, stderr=log, check=True, timeout=30)
        deadline = time.monotonic() + 30
        while not ready.exists():
            started = self._pid_file.exists()
            if (started and not self.look().active) or time.monotonic() > deadline:
                raise ApplianceError("it does not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """As for an end of the machine, too."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            os.kill(pid, signal.SIGKILL)
            while self._alive(pid):
                time.sleep(0.005)
        self._pid_file.unlink(missing_ok=True)

    def look(self) -> Standing:
        pid = int(self._pid_file.read_text()) if self._pid_file.exists() else 0
        return Standing(self._alive(pid), pid, 0, release_of(pid, self._layout))

    def said(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @staticmethod
    def _alive(pid: int) -> bool:
        if not pid:
            return False
        try:
            return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False


class Appliance:
    """One, below `root`, with a release that runs."""

    def __init__(self, root: Path, host: Host | None = None) -> None:
        self.layout = Layout(root)
        self.service = LocalService(self.layout)
        self.host = host or QuickHost()
        self.releases = Releases(self.layout, self.host)
        self.said: list[str] = []
        self.when: dict[str, Callable[[], object]] = {}
        self.stopping = threading.Event()
        self.switching = Switching(
            self.layout, self.releases, self.service, self.say, 0.4, self.stopping
        )

    def say(self, text: str) -> None:
        """What a person would read; a test may do something when it comes."""
        self.said.append(text)
        self.when.get(text, lambda: None)()

    def install(self, packed: Path) -> None:
        """The first release, as the installer would have left it."""
        for path in (self.layout.home, self.layout.data, self.layout.state, self.layout.settings):
            path.mkdir(parents=True)
        (self.layout.root / "run").mkdir()
        self.layout.config.write_text("device: {id: tiny}\n")
        version = packed.name.split("-")[1]
        self.releases.build(version, packed.parent, sys.executable, False)
        self.releases.switch(version)
        self.service.start()

    def upgrade(self, packed: Path, trusted: list[Path] | None, **how: bool) -> dict[str, object]:
        with self.switching.alone():
            updating = Updating(self.layout, self.releases, self.host, self.switching, self.say)
            return updating.run(packed, trusted, **how)

    def runs(self) -> str | None:
        """The version that really does."""
        ready = self.layout.root / "run/ready"
        alive = self.service.look().active
        return ready.read_text() if alive and ready.exists() else None

    def rows(self) -> list[str]:
        """Who has written to the database."""
        with contextlib.closing(sqlite3.connect(self.layout.data / "tagd.db")) as db:
            return [told for (told,) in db.execute("SELECT told FROM picture ORDER BY rowid")]

    def schema(self) -> int:
        with contextlib.closing(sqlite3.connect(self.layout.data / "tagd.db")) as db:
            return int(db.execute("PRAGMA user_version").fetchone()[0])

    def leftovers(self) -> list[str]:
        """What no update may leave behind."""
        bad = [
            p for p in self.layout.home.iterdir() if p.name.startswith(".") or "partial" in p.name
        ]
        bad += self.layout.state.glob("pending*")
        return [str(path.relative_to(self.layout.root)) for path in bad]

    def copy_to(self, root: Path) -> Appliance:
        """The same at another place, not running: programs are found by the new path."""
        shutil.copytree(self.layout.root, root, symlinks=True)
        old, new = str(self.layout.root), str(root)
        for program in root.glob("opt/tagd/*/venv/bin/tagd"):
            program.write_text(program.read_text().replace(old, new))
        (root / "run/pid").unlink(missing_ok=True)
        return Appliance(root)
