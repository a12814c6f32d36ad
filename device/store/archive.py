"""A backup as one file: a zip with a manifest, the database, and the pictures where wanted.

What is read back may come from anywhere: names are compared with what we write ourselves, nothing
is unpacked that the manifest does not name, no byte more than it says, and every check sum must
agree.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from device import __version__, clock
from device.disk import flush_folder
from device.errors import BackupRefused
from device.store import copies
from device.store.database import FILE_NAME, folder_error
from device.store.files import ORIGINALS, THUMBNAILS

MANIFEST = "manifest.json"
_FORMAT = 1
_NAME = re.compile(
    rf"{re.escape(FILE_NAME)}|(?:{THUMBNAILS}|{ORIGINALS})/[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/"
    r"[0-7][0-9A-HJKMNP-TV-Z]{25}\.[a-z0-9]{2,5}"
)
_LARGEST_MANIFEST = 512 * 1024**2  # bytes: about two million pictures
_LARGEST_NUMBER = 4 * 10**6  # files
_BLOCK = 1024**2
_Member = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What went into an archive."""

    facts: copies.Facts
    files: int
    missing: int  # pictures whose file was gone: forgotten meanwhile


def write(data_dir: Path, target: Path, *, pictures: bool) -> Written:
    """Write a backup to `target`, beside a running daemon, too; an older one is replaced.

    Raises `StoreError` and its kin when there is no room, no right, or no sound database.
    """
    part = target.with_name(f".{target.name}.part")
    copied = target.with_name(f".{target.name}.db")
    try:
        facts = copies.copy(data_dir, copied)
        members: dict[str, _Member] = {}
        missing = 0
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
            members[FILE_NAME] = _add(archive, FILE_NAME, copied, zipfile.ZIP_DEFLATED)
            for name in _picture_names(data_dir) if pictures else ():
                try:
                    members[name] = _add(archive, name, data_dir / name, zipfile.ZIP_STORED)
                except FileNotFoundError:
                    missing += 1
            manifest = {
                "format": _FORMAT,
                "program": __version__,
                "made_at": clock.iso(clock.now()),
                "seq": facts.seq,
                "pictures": facts.pictures,
                "members": members,
            }
            archive.writestr(MANIFEST, json.dumps(manifest), zipfile.ZIP_DEFLATED)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        flush_folder(target.parent)
    except OSError as error:
        raise folder_error(target.parent, error) from error
    finally:
        for path in (part, copied):
            path.unlink(missing_ok=True)
    return Written(facts, len(members), missing)


def unpack(source: Path, folder: Path, most: int) -> copies.Facts:
    """Unpack into an empty folder, at most `most` bytes; all of it is verified on return.

    Raises `BackupRefused` for anything that is not exactly what `write` writes.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = _manifest(source, archive)
            wanted = sum(member["size"] for member in members.values())
            if wanted > most:
                told = f"it would take {wanted / 1e6:.0f} MB of {most / 1e6:.0f} that are free"
                raise BackupRefused(f"{source}: {told}; make room")
            for name, member in members.items():
                _extract(source, archive, name, member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as error:
        raise BackupRefused(f"{source}: damaged ({error}); take another backup") from None
    except OSError as error:
        raise folder_error(folder, error) from error
    return copies.verify(folder / FILE_NAME, source)


def _picture_names(data_dir: Path) -> Iterator[str]:
    for root in (THUMBNAILS, ORIGINALS):
        for path in sorted((data_dir / root).glob("*/*/*/*")):
            name = path.relative_to(data_dir).as_posix()
            if _NAME.fullmatch(name):
                yield name


def _add(archive: zipfile.ZipFile, name: str, path: Path, how: int) -> _Member:
    sha256, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name)
    info.compress_type = how
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            sha256.update(block)
            size += len(block)
            target.write(block)
    return {"size": size, "sha256": sha256.hexdigest()}


def _manifest(source: Path, archive: zipfile.ZipFile) -> dict[str, _Member]:
    names = archive.namelist()
    if len(names) > _LARGEST_NUMBER or len(names) != len(set(names)):
        raise BackupRefused(f"{source}: no backup of tagd: too many files, or one of them twice")
    info = archive.getinfo(MANIFEST) if MANIFEST in names else None
    if info is None or info.file_size > _LARGEST_MANIFEST:
        raise BackupRefused(f"{source}: no backup of tagd: it has no {MANIFEST}")
    try:
        with archive.open(info) as file:
            text = _read(file, info.file_size)
        manifest = json.loads(text)
        if manifest["format"] != _FORMAT:
            told = f"made by tagd {str(manifest['program'])[:20]}; restore it with that version"
            raise BackupRefused(f"{source}: {told}")
        members: dict[str, _Member] = manifest["members"]
        for name, member in members.items():
            sound = isinstance(member["size"], int) and member["size"] >= 0
            if not (_NAME.fullmatch(name) and sound and isinstance(member["sha256"], str)):
                raise BackupRefused(f"{source}: no backup of tagd: it holds {name[:80]!r}")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BackupRefused(f"{source}: its {MANIFEST} is damaged ({error})") from None
    if set(names) != {*members, MANIFEST} or FILE_NAME not in members:
        raise BackupRefused(f"{source}: no backup of tagd: its files are not those of {MANIFEST}")
    return members


def _extract(
    source: Path, archive: zipfile.ZipFile, name: str, member: _Member, folder: Path
) -> None:
    final = folder / name  # a name that `_NAME` knows cannot lead out of the folder
    final.parent.mkdir(parents=True, exist_ok=True)
    sha256, left = hashlib.sha256(), member["size"]
    with archive.open(name) as packed, final.open("xb") as file:
        while block := packed.read(_BLOCK):
            left -= len(block)
            if left < 0:
                break
            sha256.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if left or sha256.hexdigest() != member["sha256"]:
        raise BackupRefused(f"{source}: {name} in it is damaged; take another backup")


def _read(file: IO[bytes], most: int) -> bytes:
    """No more than is said, whatever comes out of it."""
    return file.read(min(most, _LARGEST_MANIFEST))
