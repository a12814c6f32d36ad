"""`python3 -m device.appliance`: installs tagd, takes it away, says what is there."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.appliance import arguments, first_config, machine, offline, status, steps, supply
from device.appliance.console import Console
from device.appliance.farewell import farewell
from device.appliance.handover import hand_over
from device.appliance.host import Host
from device.appliance.install import Installation
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.options import Options
from device.appliance.steps import ApplianceError, StepFailed
from device.appliance.uninstall import Uninstallation
from device.appliance.user_layout import UserLayout
from device.appliance.work import Target, Work

_SOURCE = Path(__file__).parents[2]
_INTERRUPTED = 130  # as shells have it


def main(words: list[str]) -> int:
    """The exit code: 0 done, 1 a step failed, 2 it cannot be done so."""
    said = arguments.parse(words)
    console = Console(as_json=said.json)
    host = Host()
    try:
        layout = _layout(said, host)
        if said.verb == "status":
            status.tell(layout, host, console, user=said.user)
        elif said.verb == "uninstall":
            _uninstall(said, layout, host, console)
        else:
            _install(said, layout, host, console)
    except StepFailed as error:
        console.say_json({"failed": error.step, "reason": error.reason, "hint": error.hint})
        sys.stderr.write(f"install.sh: the step {error}\n  to go on: {error.hint}\n")
        return 1
    except (ApplianceError, OSError) as error:
        hint = getattr(error, "hint", "")
        console.say_json({"failed": "", "reason": steps.error_text(error), "hint": hint})
        more = f"\n  to go on: {hint}" if hint else ""
        sys.stderr.write(f"install.sh: {steps.error_text(error)}{more}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\ninstall.sh: stopped; run it again: it goes on where it stopped\n")
        return _INTERRUPTED
    return 0


def _layout(said: argparse.Namespace, host: Host) -> Layout:
    if said.user:
        if host.is_root():
            raise ApplianceError("--user is for one user, and this is root", "leave --user out")
        return UserLayout(Path.home())
    if not host.is_root():
        raise ApplianceError(
            "an appliance is installed by root",
            "sudo ./install.sh, or for you alone: ./install.sh --user",
        )
    return Layout()


def _install(said: argparse.Namespace, layout: Layout, host: Host, console: Console) -> None:
    options = arguments.options_of(said)
    found = machine.look(host.root)
    _possible(options, found)
    console.say(f"machine   {found}\npython    {found.python}, {_python()}")
    # On a disk: /tmp may be in memory, and small.
    with tempfile.TemporaryDirectory(prefix="tagd-install-", dir="/var/tmp") as name:
        place = Path(name)
        wheels = options.offline
        if wheels is not None and not wheels.is_dir():
            keys = layout.settings / "trusted"
            wheels = offline.unpacked(wheels, place, options.keys, keys, unsigned=options.unsigned)
        checkout = _SOURCE if (_SOURCE / "pyproject.toml").is_file() else None
        what = supply.find(checkout, wheels, options.extras, found, place)
        console.say(f"installs  {what.told}\n")
        with _alone(layout.state, dry_run=said.dry_run):
            careful = None if options.user else hand_over
            work = Work(Target(layout, host, found, what, _python()), options, careful)
            installation = Installation(work)
            steps.run(installation.steps(), console, dry_run=said.dry_run)
    if not said.dry_run:
        farewell(installation, console)


def _possible(options: Options, found: machine.Machine) -> None:
    if problem := found.problem():
        raise ApplianceError(*problem)
    if options.listen is not None:
        first_config.checked_listen(options.listen)
    if options.user and options.broker:
        raise ApplianceError(
            "--with-broker needs root: mosquitto is for the whole machine",
            "leave --user or --with-broker out",
        )
    real = Path(_python()).resolve()
    if not options.user and {"root", "home"} & set(real.parts[1:2]):
        raise ApplianceError(
            f"{real} lies in a home folder, where a service may not look",
            "PYTHON=/usr/bin/python3 ./install.sh",
        )


def _uninstall(said: argparse.Namespace, layout: Layout, host: Host, console: Console) -> None:
    if not layout.state.exists():
        raise ApplianceError("no tagd was installed here", "nothing is to be taken away")
    with _alone(layout.state, dry_run=said.dry_run):
        installed = Installed(layout.state)
        row = Uninstallation(layout, host, installed, user=said.user, purge=said.purge)
        steps.run(row.steps(), console, dry_run=said.dry_run)
        for line in [] if said.dry_run else row.left():
            console.say(line)


def _python() -> str:
    """The system's own, also when we run from a virtual environment."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


@contextmanager
def _alone(folder: Path, *, dry_run: bool) -> Iterator[None]:
    """Only one at a time. Raises `ApplianceError` for a second."""
    if dry_run:
        yield
        return
    os.umask(0o022)
    if not folder.is_dir():
        Installed(folder).save()
    with (folder / "upgrade.lock").open("a") as lock:  # that of tagd-upgrade as well
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ApplianceError(
                "another installation or upgrade is under way", "wait until it is done"
            ) from None
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
