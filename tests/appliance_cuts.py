"""Cuts an installation off at each of its changes of the disk, and runs it again to its end.

Run as a program, with a folder to work in and what to cut: `install`, `upgrade`, `uninstall`. It
forks, so that each child can die by SIGKILL, and prints what it found as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import appliance_rig

from device.appliance.options import Options

_CHANGES = {
    *("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.link"),
    *("os.chmod", "os.chown", "os.truncate", "shutil.rmtree", "subprocess.Popen"),
}
_OPTIONS = Options(settle=0.0, broker=True)


def prepare(root: Path, verb: str) -> None:
    """What is there before it."""
    appliance_rig.fresh(root)
    (root / "etc/mosquitto/conf.d").mkdir(parents=True)
    if verb != "install":
        appliance_rig.install(root, options=_OPTIONS)


def act(root: Path, verb: str) -> None:
    """What is cut off."""
    if verb == "uninstall":
        appliance_rig.uninstall(root, purge=True)
        return
    newer = appliance_rig.supply("0.2.0", "b" * 64) if verb == "upgrade" else None
    appliance_rig.install(root, options=_OPTIONS, of=newer)


def dies_at(number: int) -> None:
    """From now on the process has so many changes of the disk to live."""
    left = [number]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & os.O_ACCMODE
        if not (event in _CHANGES or writes):
            return
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    sys.addaudithook(hook)


def in_child(task: Callable[[], None]) -> bool:
    """Whether it came to its end; False: it was killed."""
    child = os.fork()
    if child == 0:
        try:
            task()
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("it failed")
    return os.WIFEXITED(status)


def half_made(root: Path) -> list[str]:
    """What would be wrong if the machine started now."""
    current = root / "opt/tagd/current"
    said = []
    if current.is_symlink() and not (current / "release.json").is_file():
        said.append("current is no whole release")
    for name in ("etc/tagd/tagd.yaml", "etc/systemd/system/tagd.service"):
        path = root / name
        if path.exists() and not path.read_text().endswith("\n"):
            said.append(f"{name} is half written")
    return said


def main(folder: Path, verb: str) -> None:
    os.fsync = lambda _: None  # a kill loses nothing of what the kernel has
    whole = folder / "root"
    prepare(whole, verb)
    before = appliance_rig.tree(whole)
    act(whole, verb)
    right = appliance_rig.tree(whole)
    passwords = {name for name in right if name.endswith("MQTT_PASSWORD")}
    wrong: list[dict[str, Any]] = []
    number = 0
    while True:
        shutil.rmtree(whole)
        prepare(whole, verb)

        def cut(number: int = number) -> None:
            dies_at(number)
            act(whole, verb)

        if in_child(cut):
            break
        unsafe = half_made(whole) if verb != "uninstall" else []
        in_child(lambda: act(whole, verb))
        found = appliance_rig.tree(whole)
        differ = {n for n in right.keys() | found.keys() if right.get(n) != found.get(n)}
        if unsafe or differ - passwords:
            wrong.append({"cut": number, "half": unsafe, "differ": sorted(differ - passwords)})
        number += 1
    print(json.dumps({"cuts": number, "wrong": wrong, "same": before == right}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
