"""`python -m device.appliance.refit`: the units of the release that it is run by, after an update.

They are put down once the release has settled, and are what the next start of the daemon reads: so
a release runs with the units of the one before it, and going back needs nobody to restore them.
"""

from __future__ import annotations

import sys

from device.appliance import machine
from device.appliance.accounts import Accounts
from device.appliance.host import Host, tail
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.services import Services
from device.appliance.steps import ApplianceError
from device.appliance.unit_rows import UnitRows
from device.appliance.units import unit_files


def by(layout: Layout, host: Host, release: str) -> str:
    """Have a release put down its own; what came of it, which is no reason to go back."""
    python = str(layout.release(release) / "venv/bin/python")
    done = host.run([python, "-m", "device.appliance.refit", release], check=False)
    if done.code:
        return f"the units are still those of before, ./install.sh renews them: {tail(done.said)}"
    return done.said.strip()


def refit(layout: Layout, host: Host, release: str) -> str:
    """Note that `release` runs, and put down its units as the installer does; what was done.

    Those that the owner edited are kept. Raises `ApplianceError`, `OSError`.
    """
    installed = Installed(layout.state)
    installed.started(release)
    found = machine.look(host.root)
    groups = Accounts(layout, host, installed).groups()
    rows = UnitRows(layout, installed, unit_files(found, groups))
    said = rows.put()
    Services(host).reload()
    return f"units: {said}"


def main(words: list[str]) -> int:
    """The exit code: 0 done, 1 it could not be."""
    try:
        sys.stdout.write(f"{refit(Layout(), Host(), words[0])}\n")
    except (ApplianceError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
