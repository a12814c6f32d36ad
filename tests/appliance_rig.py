"""An installation below a folder, on a machine that is made up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from device.appliance import steps
from device.appliance.fake import FakeHost
from device.appliance.install import Installation
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.machine import Machine
from device.appliance.options import Options
from device.appliance.supply import MB, Supply
from device.appliance.uninstall import Uninstallation
from device.appliance.work import Target, Work

PI = Machine("pi-4", "Raspberry Pi 4", "aarch64", 64, "debian 12", "3.11.2", raspberry_pi_os=True)
X86 = Machine("x86", "NUC", "x86_64", 64, "debian 12", "3.11.2", raspberry_pi_os=False)


@dataclass
class Told:
    """Hears of the steps."""

    ended: list[tuple[str, str, str]] = field(default_factory=list)  # name, state, what was said

    def begin(self, number: int, of: int, name: str, plan: str) -> None:
        """Not of interest."""

    def end(self, number: int, of: int, name: str, state: str, said: str) -> None:
        """Kept."""
        assert 0 < number <= of
        self.ended.append((name, state, said))

    def states(self) -> dict[str, str]:
        """By step."""
        return {name: state for name, state, _ in self.ended}

    def said(self, step: str) -> str:
        """By one."""
        return next(said for name, _, said in self.ended if name == step)


def fresh(root: Path, groups: str = "video:x:44:\nrender:x:105:\n") -> Path:
    """A root with what every Debian has."""
    (root / "etc/systemd/system").mkdir(parents=True)
    (root / "etc/group").write_text(f"root:x:0:\n{groups}")
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/bash\n")
    (root / "usr/local/bin").mkdir(parents=True)
    (root / "var/lib").mkdir(parents=True)
    (root / "opt").mkdir()
    return root


def supply(version: str = "0.1.0", digest: str = "a" * 64) -> Supply:
    """Something to install."""
    return Supply(version, digest, (f"tagd=={version}",), None, 400 * MB, f"tagd {version}")


def installation(
    root: Path,
    host: FakeHost | None = None,
    options: Options | None = None,
    of: Supply | None = None,
    machine: Machine = X86,
) -> Installation:
    """One run of the installer, not begun."""
    target = Target(
        Layout(root), host or FakeHost(root), machine, of or supply(), "/usr/bin/python3"
    )
    return Installation(Work(target, options or Options(settle=0.0)))


def install(
    root: Path,
    host: FakeHost | None = None,
    options: Options | None = None,
    of: Supply | None = None,
    *,
    machine: Machine = X86,
    dry_run: bool = False,
) -> Told:
    """All steps of one."""
    told = Told()
    row = installation(root, host, options, of, machine).steps()
    steps.run(row, told, dry_run=dry_run)
    return told


def uninstall(
    root: Path, host: FakeHost | None = None, *, purge: bool = False, dry_run: bool = False
) -> Told:
    """All steps of taking it away."""
    told = Told()
    layout = Layout(root)
    row = Uninstallation(
        layout, host or FakeHost(root), Installed(layout.state), user=False, purge=purge
    )
    steps.run(row.steps(), told, dry_run=dry_run)
    return told


def tree(root: Path) -> dict[str, str]:
    """Everything below a folder: what files hold, where links lead; not what /run has."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name == "run" or name.startswith("run/"):
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_dir():
            found[name] = "/"
        elif name.endswith("installed.json"):
            said = json.loads(path.read_text())
            found[name] = str({key: sorted(said[key]) for key in said if key != "format"})
        else:
            found[name] = path.read_text()
    return found
