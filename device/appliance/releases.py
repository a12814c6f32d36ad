"""Releases side by side in /opt/tagd, each whole, and the link to the one that runs.

A release is being built while `<version>` is a link to `<version>.partial`: programs in a virtual
environment name its path, which so is the final one from the beginning. Once it is a folder it is
whole, on the disk, and never changed again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from device.appliance import files
from device.appliance.host import Host
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError

KEPT = 2
"""The one that runs, and the one before."""

_PARTIAL = ".partial"
_ABOUT = "release.json"
_NAME = re.compile(r"[0-9][A-Za-z0-9.+_-]*")
_FULL = 2_000_000  # bytes; who fails with less left fails for lack of room
_PATIENCE = 3600.0  # seconds: a slow card, a slow line


class Releases:
    """Of one appliance."""

    def __init__(self, layout: Layout, host: Host) -> None:
        self._layout = layout
        self._host = host

    def current(self) -> str | None:
        """The version that runs, or would; None: there is none, or only a part of one."""
        link = self._layout.current
        if not link.is_symlink():
            return None
        name = link.readlink().name
        return name if name in self.all() else None

    def all(self) -> list[str]:
        """Those that are whole, the one that was built last at the end."""
        if not self._layout.home.is_dir():
            return []
        found = [
            (path.stat().st_mtime_ns, path.parent.name)
            for path in self._layout.home.glob(f"*/{_ABOUT}")
            if not path.parent.is_symlink() and not path.parent.name.endswith(_PARTIAL)
        ]
        return [name for _, name in sorted(found)]

    def about(self, version: str) -> dict[str, Any]:
        """What was noted of a release: `version`, `digest`, `python`, `bytes`."""
        try:
            said = json.loads(self._about(version).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def build(
        self,
        version: str,
        wheels: Path | None,
        python: str,
        system_site_packages: bool,
        *,
        wanted: Sequence[str] = (),
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Build a release out of the folder `wheels`, and of nothing else; None: from the network.

        `wanted`: pip's words for what to install, as `listed` gives them; default tagd of this
        version. Raises `ApplianceError`; what was begun is taken away
        then, and nothing that was there before has changed.
        """
        if not _NAME.fullmatch(version) or version.endswith(_PARTIAL):
            raise ApplianceError(f"{version!r} is no name for a release")
        target = self._layout.release(version)
        if target.is_dir() and not target.is_symlink():
            raise ApplianceError(f"{target} is there already")
        self.clear()
        partial = target.with_name(version + _PARTIAL)
        (partial / "tmp").mkdir(parents=True)
        target.symlink_to(partial.name)
        try:
            self._fill(target, wheels, python, system_site_packages, wanted or [_named(version)])
            files.remove(partial / "tmp")
            said = {"version": version, "python": python, **(about or {})}
            said["bytes"] = files.size(partial)
            files.write(partial / _ABOUT, json.dumps(said, indent=1).encode(), 0o644)
            self._host.flush()
        except BaseException as error:
            _, free = self._host.free(self._layout.home)
            self.clear()
            if isinstance(error, ApplianceError) and free < _FULL:  # Python's venv does not say so
                told = f"{self._layout.home}: the disk ran out of space"
                raise ApplianceError(told, "make room, then run this again") from None
            raise
        target.unlink()
        partial.rename(target)
        files.flush(self._layout.home)

    def _fill(
        self,
        target: Path,
        wheels: Path | None,
        python: str,
        system_site_packages: bool,
        wanted: Sequence[str],
    ) -> None:
        venv = [python, "-m", "venv", *(["--system-site-packages"] * system_site_packages)]
        self._host.run([*venv, str(target / "venv")], seconds=_PATIENCE)
        # Downloads go where there was enough room when it was looked, not into a small /tmp.
        env = {"TMPDIR": str(target / "tmp"), "PYTHONDONTWRITEBYTECODE": ""}
        if wheels is not None:  # in the environment, for pip's own children as well
            env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
            env |= {"PIP_CONFIG_FILE": "/dev/null", "PIP_EXTRA_INDEX_URL": "", "PIP_INDEX_URL": ""}
        pip = [str(target / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--no-input"]
        pip += ["--disable-pip-version-check", "--no-cache-dir", "--root-user-action=ignore"]
        self._host.run([*pip, *wanted], env=env, seconds=_PATIENCE)
        # 35 MB that nothing of tagd's ever imports.
        self._host.run([*pip[:3], "uninstall", "-q", "-y", "setuptools"], env=env, check=False)
        for tests in target.glob("venv/lib/python3*/site-packages/numpy/**/tests"):
            files.remove(tests)

    def switch(self, version: str) -> None:
        """From now on, and after every start, `current` is this one."""
        if version not in self.all():
            raise ApplianceError(f"there is no release {version} in {self._layout.home}")
        files.link(self._layout.current, version)

    def remove(self, version: str) -> None:
        """Take one away that does not run. Raises `ApplianceError`."""
        if version == self.current():
            raise ApplianceError(f"{version} is the release that runs")
        # First it is no release any more, and then it is taken apart.
        target, partial = self._layout.release(version), self._partial(version)
        if target.is_dir() and not target.is_symlink():
            target.rename(partial)
        self.clear()

    def clear(self) -> None:
        """Take away what was begun and is no release."""
        if not self._layout.home.is_dir():
            return
        for path in self._layout.home.glob(f"*{_PARTIAL}"):
            final = path.with_name(path.name[: -len(_PARTIAL)])
            if final.is_symlink():
                final.unlink()
            files.remove(path)

    def spare(self, runs: str, before: str | None) -> list[str]:
        """Those that are kept no longer beside the one that `runs` and the one `before` it."""
        others = [name for name in reversed(self.all()) if name not in (runs, before)]
        return others[max(0, KEPT - (2 if before in self.all() else 1)) :]

    def name_for(self, version: str, digest: str) -> str:
        """A free name for a release of this version and content."""
        taken = set(self.all())
        names = [version, f"{version}+{digest[:8]}"]
        names += [f"{version}+{digest[:8]}.{number}" for number in range(2, len(taken) + 3)]
        return next(name for name in names if name not in taken)

    def with_digest(self, digest: str) -> str | None:
        """The newest release of this content that can be run."""
        for name in reversed(self.all()):
            if self.about(name).get("digest") == digest and self.works(name):
                return name
        return None

    def works(self, version: str) -> bool:
        """Whether a release's Python still finds tagd: an upgrade of the system may take it."""
        python = self._layout.release(version) / "venv/bin/python"
        if not python.exists():
            return False
        return self._host.run([str(python), "-c", "import device"], check=False).code == 0

    def _partial(self, version: str) -> Path:
        return self._layout.release(version + _PARTIAL)

    def _about(self, version: str) -> Path:
        return self._layout.release(version) / _ABOUT


def listed(wheels: Path, python: str) -> list[str]:
    """pip's words for a folder that lists its wheels, each with its SHA-256; empty: it does not.

    `python`: its version, for which there is a list of its own, `requirements-3.11.txt`.
    """
    path = wheels / f"requirements-{'.'.join(python.split('.')[:2])}.txt"
    return ["--require-hashes", "--no-deps", "-r", str(path)] if path.is_file() else []


def _named(version: str) -> str:
    return f"tagd[video]=={version.partition('+')[0]}"
