"""Ed25519 signatures over manifests, made and checked by the `openssl` command.

Python's own library has none, and openssl 3 is on every Debian and Ubuntu that has ca-certificates.
A public key is a PEM file; its DER form always is the 12 bytes below and the 32 of the key
(RFC 8410), so that another kind of key is noticed here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from device.appliance.steps import ApplianceError

BYTES = 64
"""Of a signature."""

_PREFIX = bytes.fromhex("302a300506032b6570032100")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")
_PATIENCE = 60.0  # seconds for openssl, on a small board that is busy


def public_key(path: Path) -> bytes:
    """The 32 bytes of a public key. Raises `ApplianceError` where the file holds anything else."""
    try:
        found = _PEM.fullmatch(path.read_text(encoding="ascii"))
        der = base64.b64decode(found[1], validate=False) if found else b""
    except OSError as error:
        raise ApplianceError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, binascii.Error):
        der = b""
    if len(der) != 44 or not der.startswith(_PREFIX):
        raise ApplianceError(
            f"{path} is no public Ed25519 key: name the .pub.pem that tagd-bundle keygen made"
        )
    return der[len(_PREFIX) :]


def fingerprint(path: Path) -> str:
    """Of a public key, to compare by eye: 16 digits of its SHA-256."""
    digits = hashlib.sha256(public_key(path)).hexdigest()[:16]
    return ":".join(digits[at : at + 4] for at in range(0, 16, 4))


def trusted(folder: Path) -> list[Path]:
    """The keys that may sign: every `.pem` of the folder, by name.

    Raises `ApplianceError` for what is neither root's nor ours: whoever has taken over the daemon
    could make the folder where it was not there.
    """
    found = sorted(folder.glob("*.pem")) if folder.is_dir() else []
    for path in [folder, *found] if found else []:
        if path.lstat().st_uid not in (0, os.geteuid()):
            raise ApplianceError(
                f"{path} does not belong to root, so that nobody knows who put it there:"
                " look whose key it is, then chown it, or remove it"
            )
    return found


def keygen(private: Path) -> Path:
    """Make a pair: `private`, for its owner alone, and beside it what is returned, for everybody.

    Raises `ApplianceError` where one of both is there already.
    """
    public = private.with_name(f"{private.name.removesuffix('.pem')}.pub.pem")
    for path in (private, public):
        if path.exists():
            raise ApplianceError(
                f"{path} is there already: a key is never overwritten; name another file"
            )
    pem = _openssl(["genpkey", "-algorithm", "ed25519"], f"no key could be made for {private}")
    with open(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    public.write_bytes(_openssl(["pkey", "-in", str(private), "-pubout"], str(private)))
    public_key(public)
    return public


def sign(data: bytes, private: Path) -> bytes:
    """64 bytes. Raises `ApplianceError` for a key that cannot."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "manifest")
        source.write_bytes(data)
        command = ["pkeyutl", "-sign", "-rawin", "-inkey", str(private), "-in", str(source)]
        made = _openssl(command, f"{private} cannot sign")
    if len(made) != BYTES:
        raise ApplianceError(f"{private} is no Ed25519 key: make one with tagd-bundle keygen")
    return made


def signer(data: bytes, made: bytes, keys: Iterable[Path]) -> Path:
    """Which of `keys` signed `data`. Raises `ApplianceError` where none did."""
    tried = []
    with tempfile.TemporaryDirectory() as folder:
        source, signature = Path(folder, "manifest"), Path(folder, "signature")
        source.write_bytes(data)
        signature.write_bytes(made)
        for key in keys:
            public_key(key)
            tried.append(key)
            command = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(key)]
            command += ["-sigfile", str(signature), "-in", str(source)]
            if len(made) == BYTES and _run(command).returncode == 0:
                return key
    if not tried:
        raise ApplianceError(
            "no key is trusted here: give the maker's public key with --key,"
            " or --unsigned if you know where the bundle comes from"
        )
    names = ", ".join(f"{key.name} ({fingerprint(key)})" for key in tried)
    raise ApplianceError(
        f"the signature is of none of the trusted keys, {names}: the bundle was changed, or"
        " somebody else made it; do not install it"
    )


def _openssl(arguments: list[str], about: str) -> bytes:
    done = _run(arguments)
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ApplianceError(f"{about}: {last or 'openssl refused'}")
    return done.stdout


def _run(arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["openssl", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise ApplianceError(
            "there is no openssl to check signatures: apt install openssl"
        ) from None
    except subprocess.TimeoutExpired:
        raise ApplianceError(
            f"openssl did not answer within {_PATIENCE:.0f} s: try again"
        ) from None
