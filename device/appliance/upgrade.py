"""`tagd-upgrade`: another version in the place of the one that runs, or the one before again."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from device.appliance import archive, refit, settle, signature
from device.appliance.host import Host
from device.appliance.layout import Layout
from device.appliance.releases import Releases
from device.appliance.service import Systemd
from device.appliance.steps import ApplianceError
from device.appliance.switching import Switching
from device.appliance.updating import Updating, require_suits


def main(given: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 refused or taken back, 2 wrong usage."""
    parser = _parser()
    asked = parser.parse_args(given)
    if asked.bundle is None and asked.do is None:
        parser.error("name a bundle, or one of --status, --rollback, --resume")
    say = _teller(asked)
    try:
        with contextlib.ExitStack() as stack:
            done = _do(asked, say, stack)
    except ApplianceError as error:
        hint = f"; {error.hint}" if error.hint else ""
        _write(sys.stderr.write, f"tagd-upgrade: {error}{hint}\n")
        return 1
    except KeyboardInterrupt:
        _write(sys.stderr.write, "tagd-upgrade: interrupted; nothing was changed\n")
        return 130
    _write(sys.stdout.write, f"{json.dumps(done) if asked.json else done['told']}\n")
    return 0


def _do(
    asked: argparse.Namespace, say: Callable[[str], None], stack: contextlib.ExitStack
) -> dict[str, Any]:
    layout, host = Layout(), Host()
    keys = asked.key or signature.trusted(layout.settings / "trusted")
    trusted = None if asked.unsigned else keys
    if asked.do == "check":
        manifest = archive.verify(_named(asked), trusted)
        require_suits(manifest)
        told = f"{asked.bundle} is whole: tagd {manifest.version} for {manifest.platform}"
        return {"version": manifest.version, "schema": manifest.schema, "told": told}
    if not host.is_root():
        raise ApplianceError("only root may do that", "sudo tagd-upgrade ...")
    releases = Releases(layout, host)
    stopping = _heeding_signals(watching=asked.do == "resume")
    service = Systemd(layout, host)
    switching = Switching(layout, releases, service, say, asked.settle, stopping)
    if asked.do == "status":
        return switching.status()
    stack.enter_context(switching.alone(wait=asked.do == "resume"))
    if asked.do == "resume":
        done = switching.resume()
    elif asked.do == "rollback":
        done = switching.go_back(set_aside_newer=asked.set_aside_newer)
    else:
        done = Updating(layout, releases, host, switching, say).run(
            _named(asked), trusted, allow_older=asked.allow_older
        )
    if done.get("changed"):
        say(refit.by(layout, host, done["version"]))
    return done


def _named(asked: argparse.Namespace) -> Path:
    if asked.bundle is None:
        raise ApplianceError("name the bundle", "tagd-upgrade FILE")
    return Path(asked.bundle)


def _heeding_signals(*, watching: bool) -> threading.Event:
    """Set when the machine goes down or a person presses Ctrl-C; a lost line is no reason."""
    stopping = threading.Event()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    if watching:
        signal.signal(signal.SIGINT, lambda *_: stopping.set())
    return stopping


def _teller(asked: argparse.Namespace) -> Callable[[str], None]:
    def say(text: str) -> None:
        if not asked.json:
            _write(sys.stderr.write, f"{text}\n")

    return say


def _write(write: Callable[[str], object], text: str) -> None:
    """Whoever listened may be gone, with their line: that is no reason to stop half-way."""
    with contextlib.suppress(OSError):
        write(text)
        sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tagd-upgrade",
        description="Install another version from a bundle; take it back if it does not settle.",
    )
    parser.add_argument("bundle", nargs="?", type=Path, help="made by tagd-bundle")
    one = parser.add_mutually_exclusive_group()
    for name, told in (
        ("check", "only look whether the bundle is whole, trusted, and for this machine"),
        ("rollback", "go back to the release before"),
        ("status", "what runs, what there is, what became of the last update"),
        ("resume", "go on with an update that was interrupted"),
    ):
        one.add_argument(f"--{name}", dest="do", action="store_const", const=name, help=told)
    parser.add_argument("--settle", type=_seconds, default=settle.SECONDS, metavar="SECONDS",
                        help="how long the new release must be well; default 60")  # fmt: skip
    parser.add_argument("--allow-older", action="store_true", help="install an older version")
    parser.add_argument("--set-aside-newer", action="store_true",
                        help="go back although the database must go back, too")  # fmt: skip
    parser.add_argument("--key", type=Path, action="append", help="a public key to trust this once")
    parser.add_argument("--unsigned", action="store_true", help="without looking at the signature")
    parser.add_argument("--json", action="store_true", help="one JSON object, no progress")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("1 to 3600")
    return seconds


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
