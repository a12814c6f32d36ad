"""A bundle's file: a plain tar, read with distrust and written so that it is always the same.

A wheel is a zip, and the models travel in tagd's own wheel: to pack them once more saves 1.3 %
(gzip, of 103 MB), and every reader would have to guard itself against what unpacks to too much.

Read are regular files that the manifest names, each once, in pieces, nothing else: no link, no
device, no extension of the format. The manifest comes first and its signature second, so that
nothing is written before it is known who made it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from device.appliance import manifest as manifests
from device.appliance import signature
from device.appliance.manifest import Manifest
from device.appliance.steps import ApplianceError

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_BLOCK = 512  # bytes, of every tar
_PIECE = 1024**2  # bytes read at once
_END = 10_240  # bytes: a tar's last record is filled with zeros up to here
_WHEN = 1580601600  # seconds: 2020-02-02, the time that reproducible wheels have

Progress = Callable[[int], None]
"""Is told how many bytes more were read."""


def _quiet(_: int) -> None:
    return


def verify(bundle: Path, trusted: Sequence[Path] | None, progress: Progress = _quiet) -> Manifest:
    """Read all of it and write nothing. `trusted` None: unsigned is good enough.

    Raises `ApplianceError`, which says what is wrong.
    """
    return _read(bundle, None, trusted, progress)


def unpack(
    bundle: Path, target: Path, trusted: Sequence[Path] | None, progress: Progress = _quiet
) -> Manifest:
    """The same, and write its files below `target`, a folder that is made, readable by all.

    What is refused leaves nothing behind. Raises `ApplianceError`.
    """
    try:
        target.mkdir(parents=True)
        return _read(bundle, target, trusted, progress)
    except FileExistsError:
        raise ApplianceError(f"{target} is there already: remove it") from None
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        told = f"{target}: {error.strerror}; nothing was installed"
        raise ApplianceError(told) from None
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def peek(bundle: Path) -> tuple[Manifest, bytes]:
    """The manifest and its signature (empty: none), neither checked. Raises `ApplianceError`."""
    with _opened(bundle) as file:
        found, made, _ = _head(file)
    return manifests.parse(found), made


def write(target: Path, manifest: Manifest, made: bytes, files: Mapping[str, Path]) -> None:
    """One bundle: `made` is its signature, empty for none. The same files give the same bytes."""
    part = target.with_name(f".{target.name}.part")
    with tarfile.open(part, "w", format=tarfile.USTAR_FORMAT) as tar:
        head = [(MANIFEST, manifest.dumps().encode())] + ([(SIGNATURE, made)] if made else [])
        for name, data in head:
            tar.addfile(_info(manifest, name, len(data)), io.BytesIO(data))
        for name in sorted(files):
            with files[name].open("rb") as file:
                tar.addfile(_info(manifest, name, manifest.files[name].size), file)
    with part.open("rb") as done:
        os.fsync(done.fileno())
    part.replace(target)


def _info(manifest: Manifest, name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"{manifest.stem}/{name}")
    info.size, info.mtime, info.mode = size, _WHEN, _mode(name)
    info.uname = info.gname = "root"
    return info


def _mode(name: str) -> int:
    return 0o755 if name.endswith(".sh") else 0o644


@contextlib.contextmanager
def _opened(bundle: Path) -> Iterator[IO[bytes]]:
    try:
        with bundle.open("rb") as file:
            yield file
    except IsADirectoryError:
        raise ApplianceError(f"{bundle} is a folder: name the bundle's .tar") from None
    except FileNotFoundError:
        raise ApplianceError(f"{bundle}: there is no such file") from None
    except PermissionError:
        raise ApplianceError(f"{bundle}: this user may not read it") from None


def _read(
    bundle: Path, target: Path | None, trusted: Sequence[Path] | None, progress: Progress
) -> Manifest:
    with _opened(bundle) as file:
        said, made, block = _head(file)
        if trusted is not None:
            if not made:
                raise ApplianceError(
                    f"{bundle.name} is not signed: sign it with tagd-bundle sign, or say --unsigned"
                    " if you know where it comes from"
                )
            signature.signer(said, made, trusted)
        manifest = manifests.parse(said)
        left = dict(manifest.files)
        while (member := _member(block)) is not None:
            name = member.name.removeprefix(f"{manifest.stem}/")
            entry = left.pop(name, None)
            if entry is None or member.name == name:
                known = name in manifest.files
                told = "holds it twice" if known else "its manifest does not name it"
                raise ApplianceError(
                    f"{bundle.name} is not as it was made: {member.name!r:.120}, {told}"
                )
            if member.size != entry.size:
                raise ApplianceError(
                    f"{bundle.name} is not as it was made: {name} has another size"
                )
            if _copy(file, member.size, target, name, progress) != entry.sha256:
                raise ApplianceError(f"{bundle.name} is not as it was made: {name} was changed")
            block = file.read(_BLOCK)
        if left:
            raise ApplianceError(f"{bundle.name} is not as it was made: {min(left)} is not in it")
        if file.read(_END).strip(b"\0") or file.read(1):
            raise ApplianceError(f"{bundle.name} is not as it was made: something follows its end")
    return manifest


def _head(file: IO[bytes]) -> tuple[bytes, bytes, bytes]:
    """Manifest, signature (empty: none), and the block that follows."""
    found: list[bytes] = []
    block = file.read(_BLOCK)
    for wanted, most in ((MANIFEST, manifests.MAX_BYTES), (SIGNATURE, signature.BYTES)):
        member = _member(block)
        if member is None or member.name.rpartition("/")[2] != wanted:
            if wanted == SIGNATURE:
                return found[0], b"", block
            raise ApplianceError(
                "the file does not begin with a manifest: this is no bundle of tagd"
            )
        if member.size > most:
            raise ApplianceError(f"the {wanted} has {member.size} bytes: this is no bundle of tagd")
        data = io.BytesIO()
        for piece in _pieces(file, member.size):
            data.write(piece)
        found.append(data.getvalue())
        block = file.read(_BLOCK)
    return found[0], found[1], block


def _member(block: bytes) -> tarfile.TarInfo | None:
    """One header; None at the end. Raises `ApplianceError` for anything but a regular file."""
    if len(block) < _BLOCK:
        raise ApplianceError("the bundle ends too soon: copy it again")
    if not block.strip(b"\0"):
        return None
    try:
        member = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise ApplianceError("this is no bundle of tagd, or it is damaged: copy it again") from None
    if member.type != tarfile.REGTYPE or not 0 <= member.size <= manifests.MAX_FILE:
        raise ApplianceError(
            f"the bundle holds {member.name!r:.120}, which is no plain file of its size"
        )
    return member


def _copy(file: IO[bytes], size: int, target: Path | None, name: str, progress: Progress) -> str:
    """The SHA-256 of what is read, hex."""
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        out = None
        if target is not None:
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            out = stack.enter_context(open(os.open(path, how, _mode(name)), "wb"))
        for piece in _pieces(file, size):
            digest.update(piece)
            progress(len(piece))
            if out is not None:
                out.write(piece)
    return digest.hexdigest()


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    """`size` bytes, and what fills the last block."""
    left = size
    while left:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise ApplianceError("the bundle ends too soon: copy it again")
        left -= len(piece)
        yield piece
    file.read(-size % _BLOCK)
