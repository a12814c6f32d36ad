"""Python, and the packages beside tagd: whether they are there, and those it is tested with."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from device import __version__, shipped
from device.board import text
from device.doctor import Finding

_KNOWN = ((3, 10), (3, 13))
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"\bextra\s*==")
_SAID = 6  # packages that are named; of more only how many


def look(pins: Path | None = None) -> Iterator[Finding]:
    """`pins`: as config/constraints.txt."""
    here, (first, last) = sys.version_info[:2], _KNOWN
    said = f"Python {platform.python_version()}, tagd {__version__}"
    if first <= here <= last:
        yield Finding("python", "ok", said)
    else:
        told = f"{said}: Python 3.{first[1]} to 3.{last[1]} are tested; run install.sh with one"
        yield Finding("python", "warning", told)
    yield _packages(text(pins or shipped.constraints()))


def _packages(pins: str) -> Finding:
    tested: dict[str, set[str]] = {}
    for name, version in _PIN.findall(pins):
        tested.setdefault(_plain(name), set()).add(version)
    if not tested:
        return Finding("packages", "warning", "constraints.txt is missing: run install.sh again")
    here = {name: _version(name) for name in needed() or tested}
    there = {name: version for name, version in here.items() if version is not None}
    other = [
        f"{name} {version} (tested: {', '.join(sorted(tested[name]))})"
        for name, version in sorted(there.items())
        if name in tested and version not in tested[name]
    ]
    if not other:
        return Finding("packages", "ok", f"{len(there)}, each as tested")
    named = ", ".join(other[:_SAID]) + (f" and {len(other) - _SAID} more" if other[_SAID:] else "")
    told = f"other versions than those tested: {named}; if something fails, run install.sh again"
    return Finding("packages", "warning", told)


def needed() -> set[str]:
    """What tagd needs, and what that needs, and so on; also names that this machine does not.

    Empty where tagd is not installed as a package.
    """
    found: set[str] = set()
    ahead = ["tagd"]
    while ahead:
        try:
            wanted = metadata.requires(ahead.pop()) or []
        except metadata.PackageNotFoundError:
            continue
        for line in wanted:
            name = _NAME.match(line)
            if name is None or _EXTRA.search(line) or _plain(name[0]) in found:
                continue
            found.add(_plain(name[0]))
            ahead.append(name[0])
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _plain(name: str) -> str:
    """As package indexes spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
