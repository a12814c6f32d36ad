"""`tagd-bundle`: makes, signs and looks at archives that install tagd without a network."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from device.appliance import archive, packing, signature
from device.appliance.layout import Layout
from device.appliance.manifest import Manifest
from device.appliance.steps import ApplianceError, error_text
from device.appliance.wheels import TARGETS

USAGE = 2


def main(given: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 refused, 2 wrong usage."""
    asked = _parser().parse_args(given)
    say = _teller(asked)
    try:
        done: dict[str, Any] = asked.do(asked, say)
    except (ApplianceError, OSError) as error:
        sys.stderr.write(f"tagd-bundle: {error_text(error)}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    if asked.json:
        sys.stdout.write(f"{json.dumps(done)}\n")
    else:
        sys.stdout.write(f"{done['told']}\n")
    return 0


def _teller(asked: argparse.Namespace) -> Callable[[str], None]:
    def say(text: str) -> None:
        if not asked.json:
            sys.stderr.write(f"{text}\n")

    return say


def _keygen(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    public = signature.keygen(asked.file)
    say(f"{asked.file} signs: keep it off the devices, and a copy of it in a safe")
    mark = signature.fingerprint(public)
    told = f"{public} goes to the devices: tagd-upgrade trusts it in {Layout().settings}/trusted"
    return {"private": str(asked.file), "public": str(public), "key": mark, "told": told}


def _make(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    if asked.key is None and not asked.unsigned:
        raise ApplianceError("name the key that signs it (--key), or say --unsigned")
    target = TARGETS[asked.target]
    pythons = tuple(dict.fromkeys(asked.python or target.pythons))
    checkout = packing.checkout()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tagd-bundle-") as work:
        made = packing.gather(
            checkout, target, pythons, Path(work), asked.extra, asked.find_links,
            version=asked.version, say=say,
        )  # fmt: skip
        said = made.manifest.dumps().encode()
        bundle = asked.out / f"{made.manifest.stem}.tar"
        if bundle.exists():  # for a Pi and a Jetson they have the same name, and other wheels
            raise ApplianceError(f"{bundle} is there already: remove it, or name another --out")
        signed = signature.sign(said, asked.key) if asked.key else b""
        say(f"writing {bundle}")
        archive.write(bundle, made.manifest, signed, made.files)
    return _facts(bundle, made.manifest, signed=bool(signed))


def _sign(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    if not asked.bundle.is_file():
        raise ApplianceError(f"{asked.bundle}: there is no such file")
    say(f"reading {asked.bundle}")
    with tempfile.TemporaryDirectory(prefix="tagd-bundle-", dir=asked.bundle.parent) as work:
        folder = Path(work) / "files"
        manifest = archive.unpack(asked.bundle, folder, None)
        signed = signature.sign(manifest.dumps().encode(), asked.key)
        archive.write(
            asked.bundle, manifest, signed, {name: folder / name for name in manifest.files}
        )
    return _facts(asked.bundle, manifest, signed=True)


def _verify(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    keys = asked.key or signature.trusted(Layout().settings / "trusted")
    say(f"reading {asked.bundle}")
    manifest = archive.verify(asked.bundle, None if asked.unsigned else keys)
    _, made = archive.peek(asked.bundle)
    return _facts(asked.bundle, manifest, signed=bool(made))


def _facts(bundle: Path, manifest: Manifest, *, signed: bool) -> dict[str, Any]:
    size = bundle.stat().st_size
    pythons = ", ".join(manifest.pythons)
    told = (
        f"{bundle}: tagd {manifest.version} for {manifest.platform} with Python {pythons},"
        f" {len(manifest.files)} files, {size / 1e6:.1f} MB, {'signed' if signed else 'UNSIGNED'}"
    )
    return {
        "bundle": str(bundle),
        "version": manifest.version,
        "platform": manifest.platform,
        "pythons": list(manifest.pythons),
        "schema": manifest.schema,
        "files": len(manifest.files),
        "bytes": size,
        "signed": signed,
        "told": told,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tagd-bundle", description="Archives that install and update tagd without a network."
    )
    parts = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, told: str, do: Callable[..., dict[str, Any]]) -> argparse.ArgumentParser:
        part = parts.add_parser(name, help=told, description=told)
        part.add_argument("--json", action="store_true", help="one JSON object, no progress")
        part.set_defaults(do=do)
        return part

    keygen = verb("keygen", "Make a pair of keys: FILE signs, FILE's .pub.pem verifies.", _keygen)
    keygen.add_argument("file", type=Path)

    make = verb("make", "Make a bundle, from a checkout and pip's index.", _make)
    make.add_argument("--for", dest="target", choices=sorted(TARGETS), required=True)
    make.add_argument("--key", type=Path, help="the private key that signs it")
    make.add_argument("--unsigned", action="store_true", help="without a signature")
    make.add_argument("--python", action="append", metavar="3.11", help="several times")
    make.add_argument("--extra", action="append", help="extras of tagd; default video")
    make.add_argument("--find-links", action="append", type=Path, default=[], help="a folder")
    make.add_argument("--version", help="another version than pyproject.toml's")
    make.add_argument("--out", type=Path, default=Path(), help="the folder it is put in")

    sign = verb("sign", "Sign a bundle; a signature that it has is replaced.", _sign)
    sign.add_argument("bundle", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="the private key")

    verify = verb("verify", "Read all of a bundle, and its signature.", _verify)
    verify.add_argument("bundle", type=Path)
    verify.add_argument("--key", type=Path, action="append", help="a public key, several times")
    verify.add_argument("--unsigned", action="store_true", help="check sums alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
