"""Updates an appliance and dies at the n-th thing that it does to files or programs.

`python upgrade_cut.py ROOT BUNDLE KEY N`: the process sees its own audit events (PEP 578), so that
no step can be forgotten. Prints how many there were when it comes to its end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from upgrade_rig import Appliance

from device.appliance.steps import ApplianceError

_CHANGES = ("os.rename", "os.remove", "os.symlink", "os.mkdir", "os.rmdir", "os.link", "os.chmod")
_CHANGES += ("os.chown", "subprocess.Popen", "shutil.copyfile", "os.truncate")


def main() -> None:
    root, packed, key, last = sys.argv[1:]
    seen = 0

    def hear(event: str, given: tuple[object, ...]) -> None:
        nonlocal seen
        if event == "open" and not (isinstance(given[2], int) and given[2] & os.O_CREAT):
            return
        if event not in (*_CHANGES, "open"):
            return
        if root not in str(given[:2]):
            return
        if seen == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    appliance = Appliance(Path(root))
    sys.addaudithook(hear)
    with contextlib.suppress(ApplianceError):  # one that does not settle goes back
        appliance.upgrade(Path(packed), [Path(key)])
    sys.stdout.write(f"{seen}\n")


if __name__ == "__main__":
    main()
