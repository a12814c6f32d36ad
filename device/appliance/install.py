"""The row of steps that installs tagd, repairs it, or brings it to another version."""

from __future__ import annotations

import contextlib
import platform
import re
from pathlib import Path

from device.appliance import files, first_config, machine, room, signature
from device.appliance.folders import Folders
from device.appliance.launch import Launch
from device.appliance.layout import USER
from device.appliance.mosquitto import SECRET, Mosquitto
from device.appliance.packages import Packages
from device.appliance.steps import ApplianceError, Step
from device.appliance.work import Work

AGAIN = "put it right and run the installer again: it goes on where it stopped"


class Installation:
    """One run of the installer."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.page = ""  # where it listens, as `tagd check` says
        self._options = work.options
        self._layout = work.layout
        self._host = work.host
        self._machine = work.target.machine
        self._supply = work.target.supply
        self._folders = Folders(work.layout, work.host, work.installed, user=work.options.user)
        self._packages = Packages(work.host, work.installed, work.options, work.target.python)
        self._broker = Mosquitto(work.layout, work.host, work.installed, work.services)
        self._launch = Launch(work)

    def steps(self) -> list[Step]:
        """In order. Until the one before the last, what runs is not touched."""
        accounts, broker, launch = self.work.accounts, self._broker, self._launch
        found = self._machine
        return [
            Step(
                "packages",
                lambda: self._packages.plan(found),
                lambda: self._packages.install(found),
                AGAIN,
            ),
            Step("room", self._plan_room, self._look_for_room, AGAIN),
            *([] if self._options.user else [Step("user", accounts.plan, accounts.make, AGAIN)]),
            Step("folders", self._folders.plan, self._make_folders, AGAIN),
            *([Step("trust", self._plan_trust, self._trust, AGAIN)] * bool(self._options.keys)),
            Step("release", self._plan_release, self._build, _BUILD_HINT),
            *([Step("broker", broker.plan, broker.make, AGAIN)] * self._options.broker),
            Step("config", self._plan_config, self._write_config, AGAIN),
            Step("check", self._plan_check, self._check, _CHECK_HINT),
            Step("service", launch.plan_units, launch.put_units, AGAIN),
            Step("start", launch.plan, launch.start, _START_HINT),
            Step("tidy", launch.plan_tidy, launch.tidy, AGAIN),
        ]

    def notes(self) -> list[str]:
        """What was asked for and is left to the owner, as the config is theirs."""
        text = self._layout.config.read_text(encoding="utf-8", errors="replace")
        said = []
        if self._options.listen and self._options.listen not in text:
            wanted = first_config.web(self._options.listen).strip()
            said.append(f"{self._layout.config} is yours; for --listen write into it:\n{wanted}")
        if self._options.broker and SECRET not in text:
            said.append(
                f"{self._layout.config} is yours; for the broker write into it:"
                f"{first_config.BROKER.rstrip()}"
            )
        return said

    def _plan_room(self) -> str:
        found = self._look_for_room()
        return f"take {found}" if found else ""

    def _look_for_room(self) -> str:
        needed = 0 if self.work.built else self._supply.bytes_needed
        return room.check(self._layout, self._host, needed)

    def _make_folders(self) -> str:
        return self._folders.make(self.work.owner())

    def _plan_trust(self) -> str:
        new = [str(key) for key in self._options.keys if not self._trusted(key).exists()]
        return f"trust bundles signed with {', '.join(new)}" if new else ""

    def _trust(self) -> str:
        for key in self._options.keys:
            signature.public_key(key)  # everybody may read it there: not the private one
            files.write(self._trusted(key), key.read_bytes(), 0o644)
        return "bundles signed with " + ", ".join(str(key) for key in self._options.keys)

    def _trusted(self, key: Path) -> Path:
        return self._layout.settings / "trusted" / f"{key.stem}.pem"

    def _plan_release(self) -> str:
        if self.work.built:
            return ""
        return f"build {self._layout.release(self.work.release)} of {self._supply.told}"

    def _build(self) -> str:
        supply, name = self._supply, self.work.release
        self.work.releases.build(
            name,
            supply.wheels,
            self.work.target.python,
            self._machine.raspberry_pi_os,
            wanted=supply.wanted,
            about={"tagd": supply.version, "digest": supply.digest, "made for": str(self._machine)},
        )
        self.work.built = name
        return f"{name}, {self.work.releases.about(name)['bytes'] // 1_000_000} MB"

    def _camera(self) -> bool:
        online = self._options.offline is None
        there = self._packages.has_picamera() or (self._machine.raspberry_pi_os and online)
        return there and machine.has_pi_camera(self._host.root)

    def _plan_config(self) -> str:
        if self._layout.config.exists():
            return ""
        return f"write {self._layout.config} for {'the camera' if self._camera() else 'a folder'}"

    def _write_config(self) -> str:
        layout = self._layout
        first = first_config.First(
            host=platform.node(),
            data=Path("/var/lib/tagd") if not self._options.user else layout.data,
            camera=self._camera(),
            broker=self._options.broker,
            listen=self._options.listen,
        )
        self._folders.write_config(first_config.text(first), self.work.owner())
        return f"{layout.config} for {'the camera' if first.camera else first.data / 'inbox'}"

    def _plan_check(self) -> str:
        return f"have tagd {self.work.release} check it"

    def _check(self) -> str:
        """The config by the new release, as the daemon will read it."""
        program = str(self._layout.release(self.work.release) / "venv/bin/tagd")
        command = [program, "check", "--config", str(self._layout.config)]
        if self.work.owner() is not None:
            command = ["setsid", "--wait", "runuser", "-u", USER, "--", *command]
        done = self._host.run(command, env=self._credentials(), check=False)
        if done.code:
            raise ApplianceError(done.said.strip() or f"tagd check ended with {done.code}")
        self.page = next(iter(re.findall(r"^\s*page\s+(\S+)", done.said, re.MULTILINE)), "")
        return f"{self._layout.config} is right"

    def _credentials(self) -> dict[str, str]:
        """By name, as systemd will hand them to the daemon."""
        found = {}
        for path in sorted((self._layout.settings / "credentials").glob("*")):
            with contextlib.suppress(UnicodeDecodeError, ValueError):
                found[path.name] = path.read_text(encoding="utf-8").rstrip("\n")
        return found


_BUILD_HINT = "nothing was changed but the folder; look at the reason, then run the installer again"
_CHECK_HINT = "correct the file, then run the installer again; what ran before still runs"
_START_HINT = "journalctl -u tagd tells more; then run the installer again"
