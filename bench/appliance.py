"""`python -m bench.appliance`: a whole Debian from nothing to an updated appliance, and its cost.

Booted by systemd in a container without a network (tests/nspawn_rig.py). As root, with
systemd-nspawn and debootstrap.

--suite bookworm    or trixie
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import boot
from bench.machine import machine
from device.appliance import files

_TESTS = Path(__file__).parents[1] / "tests"
_ROUNDS = 3  # the slowest counts
_PARTS = {
    "PyAV with FFmpeg (`video`)": ("av", "av.libs"),
    "LiteRT and ml_dtypes": ("ai_edge_litert", "ml_dtypes"),
    "numpy": ("numpy", "numpy.libs"),
    "Pillow": ("PIL", "pillow.libs"),
    "tagd with its models": ("device",),
    "pip": ("pip",),
}


def parts(release: Path) -> dict[str, float]:
    """MB on the disk, by part, of one release."""
    [packages] = release.glob("venv/lib/python3*/site-packages")
    found = {
        told: sum(files.size(packages / name) for name in names) / 1e6
        for told, names in _PARTS.items()
    }
    whole = files.size(release) / 1e6
    return {**found, "all others": whole - sum(found.values()), "together": whole}


def seconds(work: Any) -> float:
    """How long that took."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def upgrade(container: Any, rig: Any, bundles: Any, place: Path) -> float:
    """Seconds that the daemon was away for a newer build."""
    newer = bundles.variant(bundles.bundle(container.suite), "0.2.0", place)
    rig.carry(container, newer)
    done = container.run(f"tagd-upgrade --json --settle 5 /srv/carried/{newer.name}", 300)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(json.loads(done.stdout)["away_seconds"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", default="bookworm")
    wanted = parser.parse_args()
    sys.path.insert(0, str(_TESTS))
    rig, boxes, bundles = map(importlib.import_module, ("nspawn_rig", "boot_box", "boot_bundles"))
    bundle = bundles.bundle(wanted.suite)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        container = rig.Container(wanted.suite, Path(name))
        try:
            container.boot()
            installed = seconds(lambda: rig.install(container))
            again = seconds(lambda: rig.again(container))
            box = boxes.equipped(container)
            boot.seconds_until(box.is_ready)
            first = max(boot.boot(box, number) for number in range(_ROUNDS))
            boot.seconds_until(box.is_ready)
            told = container.ask("systemd-analyze security --no-pager tagd | tail -1")
            sizes = parts(container.layout.release("0.1.0"))
            away = upgrade(container, rig, bundles, Path(name))
        finally:
            container.close()
    exposure = re.findall(r"service: (\S+)", told)[0]
    print("| figure | measured | target |\n|---|---|---|")
    print(f"| the bundle, MB | {bundle.stat().st_size / 1e6:.0f} | |")
    print(f"| unpacked, checked, installed and started, s | {installed:.0f} | at most 60 |")
    print(f"| the same again, s | {again:.1f} | |")
    print(f"| power to first tag, s | {first:.1f} | at most 10 |")
    print(f"| away during an update, s | {away:.1f} | at most 10 |")
    print(f"| exposure by systemd-analyze security | {exposure} | at most 2.0 |")
    print(f"| on the disk, MB | {sizes.pop('together'):.0f} | at most 350 |")
    print("\n| part | MB |\n|---|---|")
    for part, size in sizes.items():
        print(f"| {part} | {size:.0f} |")
    print(f"\nDebian {wanted.suite} in a container, {machine()}.")


if __name__ == "__main__":
    main()
