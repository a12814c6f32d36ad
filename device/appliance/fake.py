"""A machine for tests: it does below a folder what the real programs would, and remembers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from device.appliance import files
from device.appliance.host import Done, Host
from device.appliance.steps import ApplianceError

Answer = Callable[[Sequence[str]], Done]

_PROGRAMS = {"systemctl", "journalctl", "useradd", "apt-get", "openssl", "mosquitto"}
LINK = "http://127.0.0.1:8080/#invite=abc_DEF-123"


class FakeHost(Host):
    """Programs that the installer calls, at their barest; `ran` is asked afterwards.

    `answers`: by a part of the command line, what a program says instead.
    """

    def __init__(self, root: Path, *, systemd: bool = True, root_user: bool = True) -> None:
        self.root = root
        self.ran: list[str] = []
        self.env: list[Mapping[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.programs = set(_PROGRAMS)
        self.bytes_free = 10**12
        self.owned: dict[str, tuple[int, int]] = {}
        self._root_user = root_user
        self._units = root / "run/fake-units"  # a file for each that runs: outlives this object
        if systemd:
            (root / "run/systemd/system").mkdir(parents=True, exist_ok=True)
        else:
            self.programs.discard("systemctl")

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        seconds: float = 120.0,  # noqa: ARG002
    ) -> Done:
        """What the program does, or what `answers` says."""
        line = " ".join(command)
        self.ran.append(line)
        self.env.append(dict(env or {}))
        told = next((answer for part, answer in self.answers.items() if part in line), None)
        done = self._plays(command) if told is None else told(command)
        if check and done.code:
            raise ApplianceError(f"{command[0]} failed: {done.said}")
        return done

    def has(self, program: str) -> bool:
        """One of `programs`."""
        return program in self.programs

    def is_root(self) -> bool:
        """As it was made."""
        return self._root_user

    def free(self, path: Path) -> tuple[int, int]:  # noqa: ARG002
        """One disk for everything."""
        return 1, self.bytes_free

    def own(self, path: Path, user: int, group: int) -> None:
        """Only remembered."""
        self.owned[str(path)] = (user, group)

    def flush(self) -> None:
        """Nothing."""

    def wait(self, seconds: float) -> None:
        """Nothing."""

    def active(self) -> bool:
        """Whether the daemon runs."""
        return (self._units / "active").exists()

    def _plays(self, command: Sequence[str]) -> Done:
        words = list(command)
        if words[0] == "useradd":
            self._append("etc/group", "tagd:x:990:")
            self._append("etc/passwd", "tagd:x:990:990::/var/lib/tagd:/usr/sbin/nologin")
            self._join(words)
        elif words[0] == "usermod":
            self._join(words)
        elif words[0] in ("userdel", "groupdel"):
            for name in ("etc/passwd", "etc/group"):
                kept = [one for one in self._lines(name) if one[:5] != "tagd:"]
                self._put(name, [one.removesuffix("tagd") for one in kept])
        elif words[0] == "systemctl":
            return self._systemctl([word for word in words[1:] if word != "--user"])
        elif words[0] == "journalctl":
            return Done(0, f"WARNING device.app: open {LINK}\n" if self.active() else "")
        elif words[1:3] == ["-m", "venv"]:
            program = Path(words[-1]) / "bin/python"
            program.parent.mkdir(parents=True)
            program.symlink_to("/bin/sh")
        elif words[1:4] == ["-m", "pip", "install"]:
            (Path(words[0]).parent / "tagd").write_text("#!/bin/sh\n")
        elif words[0] == "mosquitto_passwd":
            path = Path(words[-1])
            path.write_text(path.read_text().split(":")[0] + ":$7$hashed\n")
        elif "check" in words:
            return Done(0, "right\n  page     127.0.0.1:8080\n")
        return Done(0, "")

    def _systemctl(self, words: list[str]) -> Done:
        self._units.mkdir(parents=True, exist_ok=True)
        active, enabled = self._units / "active", self._units / "enabled"
        if words[0] in ("restart", "start", "stop", "enable", "disable") and not words[1:]:
            return Done(1, "Too few arguments.")
        if words[0] in ("restart", "start") and "tagd.service" in words:
            active.touch()
        elif words[0] == "stop":
            active.unlink(missing_ok=True)
        elif words[0] == "enable":
            enabled.touch()
        elif words[0] == "disable":
            enabled.unlink(missing_ok=True)
        elif words[0] == "is-active":
            return Done(0, "active") if active.exists() else Done(3, "inactive")
        elif words[0] == "is-enabled":
            return Done(0, "enabled") if enabled.exists() else Done(1, "disabled")
        elif "--property=NRestarts" in words:
            return Done(0, "0")
        return Done(0, "")

    def _join(self, words: Sequence[str]) -> None:
        """The groups that the words name have the user, who is alone in each."""
        named = words[words.index("--groups") + 1].split(",") if "--groups" in words else []
        lines = self._lines("etc/group")
        joined = [one + "tagd" * (one[-1:] == ":" and one.split(":")[0] in named) for one in lines]
        self._put("etc/group", joined)

    def _append(self, name: str, line: str) -> None:
        if line not in self._lines(name):
            self._put(name, [*self._lines(name), line])

    def _lines(self, name: str) -> list[str]:
        path = self.root / name
        return path.read_text().splitlines() if path.exists() else []

    def _put(self, name: str, lines: Sequence[str]) -> None:
        files.write(self.root / name, "".join(f"{one}\n" for one in lines).encode(), 0o644)
