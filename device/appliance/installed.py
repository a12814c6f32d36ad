"""What the installer made, remembered before it is made, so that all of it can be taken away.

`installed.json` names every file with the SHA-256 of each content that was ever written there: a
file that holds something else was edited by the owner, and is theirs from then on.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from device.appliance import files
from device.appliance.steps import ApplianceError

_FORMAT = 1
_LISTS = ("folders", "links", "accounts", "packages")
_KEPT = 8  # contents of one file that are remembered, the newest
NEW = ".new"
"""At the end of a file's name: what would have been written over the owner's."""

Put = Literal["written", "same", "edited"]


class Installed:
    """`installed.json`, on the disk at each change."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where it lies; made when something is noted. Raises `ApplianceError`."""
        self.folder = folder
        self._path = folder / "installed.json"
        self.files: dict[str, list[str]] = {}  # path -> SHA-256 of what was written there
        self.folders: list[str] = []  # in the order in which they were made
        self.links: list[str] = []
        self.accounts: list[str] = []  # users that were not there before
        self.packages: list[str] = []  # of the system that were not there before
        self.running = ""  # the release that was last seen to start
        self._read()

    def _read(self) -> None:
        try:
            said: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            if said["format"] != _FORMAT:
                raise ApplianceError(
                    f"{self._path} is of another format",
                    "use the install.sh of the newest tagd that was installed here",
                )
            self.files = {str(k): [str(one) for one in v] for k, v in said["files"].items()}
            for name in _LISTS:
                setattr(self, name, [str(one) for one in said[name]])
            self.running = str(said["running"])
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ApplianceError(
                f"{self._path} cannot be read: it is damaged",
                "move it away and run the installer again: it takes over what it finds",
            ) from None

    def save(self) -> None:
        """Write it."""
        known = set(self.folders)
        missing = [str(one) for one in self.folder.parents if not one.is_dir()]
        self.folders += [one for one in reversed(missing) if one not in known]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        said = {
            "format": _FORMAT,
            "running": self.running,
            **{name: getattr(self, name) for name in ("files", *_LISTS)},
        }
        files.write(self._path, json.dumps(said, indent=1).encode() + b"\n", 0o600)

    def note(self, kind: Literal["folders", "links", "accounts", "packages"], what: str) -> None:
        """Before it is made."""
        known: list[str] = getattr(self, kind)
        if what not in known:
            known.append(what)
            self.save()

    def note_file(self, path: Path, content: bytes) -> None:
        """Before it is written."""
        known = self.files.setdefault(str(path), [])
        digest = hashlib.sha256(content).hexdigest()
        if digest not in known:
            known.append(digest)
            del known[:-_KEPT]
            self.save()

    def started(self, release: str) -> None:
        """It was seen to start."""
        self.running = release
        self.save()

    def forget(self, path: Path) -> None:
        """After it was taken away."""
        if self.files.pop(str(path), None) is not None:
            self.save()

    def is_ours(self, path: Path) -> bool:
        """Whether a file holds what was written there, and so was not edited."""
        return files.sha256(path) in self.files.get(str(path), [])

    def would_put(self, path: Path, content: bytes) -> Put:
        """What `put` would do."""
        there = files.sha256(path)
        if there == hashlib.sha256(content).hexdigest():
            return "same"
        return "written" if there is None or self.is_ours(path) else "edited"

    def put(
        self, path: Path, content: bytes, mode: int, owner: tuple[int, int] | None = None
    ) -> Put:
        """Write a file; one that the owner edited is kept, and the new one laid beside it."""
        verdict = self.would_put(path, content)
        beside = path.with_name(path.name + NEW)
        target = beside if verdict == "edited" else path
        self.note_file(target, content)
        if verdict != "same":
            self.folder_of(target.parent)
            files.write(target, content, mode, owner)
        if verdict != "edited" and self.is_ours(beside):
            beside.unlink()
            self.forget(beside)
        return verdict

    def folder_of(self, folder: Path) -> None:
        """Make a folder and those above it, and note each that was not there."""
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for one in reversed(missing):
            self.note("folders", str(one))
            one.mkdir(mode=0o755, exist_ok=True)
