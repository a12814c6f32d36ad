"""A private MQTT broker on the loopback: Debian's mosquitto as a child process.

For the demo and for tests. It does not outlive us: where util-linux's `setpriv` is at hand the
kernel kills it when the thread that started it ends, a SIGKILL included; elsewhere it is stopped
when the interpreter exits. (`preexec_fn` could ask the kernel too, but is unsafe with threads.)
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from device.errors import TagdError

_PATIENCE = 10.0  # seconds to start, and to stop before it is killed
_POLL = 0.01  # seconds between two looks at a broker that starts
_TRIES = 5  # a free port may be gone by the time that mosquitto asks for it
_TAIL = 3  # lines of its log that are told when it does not start
_READY = " running\n"  # the end of the line that mosquitto logs once it listens
# Below Linux's ephemeral ports: a client that calls a broker which is down can get the very port
# it calls as its own, talk to itself and keep the broker from coming back.
_PORTS = range(20_000, 32_768)
_ROUNDS = 101  # of PBKDF2, as mosquitto_passwd does: the broker hashes between two messages


def find_mosquitto() -> Path | None:
    """Where mosquitto is; Debian keeps it out of the PATH of ordinary users."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    return Path(found) if found else None


class PrivateBroker:
    """A mosquitto of our own, on one port; a context manager that starts and stops it.

    `folder` takes its configuration, its log and, with `persistence`, its database. `users` maps
    names to passwords; without it everyone on this machine may come in. `options` are more lines
    for mosquitto.conf; those that belong to a listener belong to ours.
    """

    def __init__(
        self,
        folder: Path,
        *,
        users: Mapping[str, str] | None = None,
        persistence: bool = False,
        max_packet_size: int | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.port = 0  # chosen by the first start, kept from then on
        self._folder = folder.absolute()
        self._log = self._folder / "mosquitto.log"
        self._passwords = "".join(_password_line(*user) for user in (users or {}).items())
        self._lines = [
            "log_dest stderr",
            "log_timestamp false",
            "sys_interval 0",
            f"persistence {str(persistence).lower()}",
            f"persistence_location {self._folder}/",
            # mosquitto's own 20 and 1000 would drop what a slow subscriber has not read yet.
            "max_inflight_messages 1000",
            "max_queued_messages 0",
            f"allow_anonymous {str(not users).lower()}",
            *([f"password_file {self._folder}/passwords"] if users else []),
            *([f"max_packet_size {max_packet_size}"] if max_packet_size else []),
            # As root it would turn into a user who cannot enter our folder; and a process that
            # changes its user is no longer killed together with its parent.
            *(["user root"] if os.geteuid() == 0 else []),
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As in the config: `mqtt://127.0.0.1:port`."""
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, also again after `stop` or a crash, and return when it accepts connections.

        Call it from a thread that lives as long as the broker shall. Raises `TagdError`, with
        the end of the log, when mosquitto is missing or does not start.
        """
        if self.running:
            return
        self.stop()
        program = find_mosquitto()
        if program is None:
            raise TagdError("there is no mosquitto here: sudo apt install mosquitto")
        tries = 1 if self.port else _TRIES
        while True:
            tries -= 1
            try:
                self._launch(program, self.port or _free_port())
                return
            except TagdError as error:
                if not tries or "Address already in use" not in str(error):
                    raise

    def stop(self, kill: bool = False) -> None:
        """End it, by SIGTERM (it saves its database) or SIGKILL; nothing if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        if not kill:
            process.terminate()
            process.send_signal(signal.SIGCONT)  # a paused one would not hear the first
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                kill = True
        if kill:
            process.kill()
        process.wait()

    def pause(self) -> None:
        """SIGSTOP: the kernel still accepts connections for it, but nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on where it was."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> PrivateBroker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _launch(self, program: Path, port: int) -> None:
        config = self._folder / "mosquitto.conf"
        listener = f"listener {port} 127.0.0.1"
        config.write_text("\n".join([listener, *self._lines, ""]), encoding="utf-8")
        if self._passwords:
            secret = self._folder / "passwords"
            secret.touch(mode=0o600)
            secret.write_text(self._passwords, encoding="utf-8")
        command = [os.fspath(program), "-c", os.fspath(config)]
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "KILL", *command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is for us: we stop it in order
            )
        atexit.register(self.stop)
        self._wait_until_ready(self._process)
        self.port = port

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE
        pause = threading.Event()
        while _READY not in self._said():
            code = process.poll()
            if code is not None:
                self.stop()
                raise TagdError(f"mosquitto ended at once (exit {code}): {self._tail()}")
            if time.monotonic() > deadline:
                self.stop(kill=True)
                raise TagdError(f"mosquitto did not start in {_PATIENCE:g} s: {self._tail()}")
            pause.wait(_POLL)

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _tail(self) -> str:
        return "; ".join(self._said().splitlines()[-_TAIL:]) or "it said nothing"


def _free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _password_line(name: str, password: str) -> str:
    """A line of mosquitto's password file: PBKDF2 with SHA-512, its format 7."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    fields = (base64.b64encode(part).decode("ascii") for part in (salt, digest))
    return f"{name}:$7${_ROUNDS}${'$'.join(fields)}\n"
