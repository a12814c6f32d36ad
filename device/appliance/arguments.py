"""The command line of the installer."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import NoReturn

from device.appliance.options import Options

EXTRAS = ("video", "onnx")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as the steps do, without a list of all that there is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"install.sh: {message}\n  to go on: ./install.sh help shows what there is\n")


def parse(words: list[str]) -> argparse.Namespace:
    """`install` is meant where no verb is named; ends the process for what is wrong."""
    if "--uninstall" in words:
        words = ["uninstall", *(word for word in words if word not in ("install", "--uninstall"))]
    elif not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words = ["install", *words]
    parser = _parser()
    if words[0] == "install" and "--purge" in words:
        parser.error("--purge goes with --uninstall")
    return parser.parse_args(words)


def options_of(said: argparse.Namespace) -> Options:
    """What was asked of `install`."""
    offline = said.offline and Path(said.base, said.offline)
    return Options(
        user=said.user,
        start=not said.no_start,
        offline=offline,
        keys=tuple(Path(said.base, key) for key in said.key),
        unsigned=said.unsigned,
        broker=said.with_broker,
        listen=said.listen,
        extras=tuple(dict.fromkeys(("video", *said.extra))),
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="./install.sh",
        allow_abbrev=False,
        description="Makes this machine a tagd appliance: installs, repairs, brings up to date.",
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verb = functools.partial(verbs.add_parser, allow_abbrev=False)
    shared = _Parser(add_help=False)
    shared.add_argument("--user", action="store_true", help="for you alone, without root")
    shared.add_argument("--json", action="store_true", help="a JSON object for each step")
    shared.add_argument("--base", default=".", help=argparse.SUPPRESS)
    dry = _Parser(add_help=False)
    dry.add_argument(
        "--dry-run", action="store_true", help="say what each step would do, and change nothing"
    )
    told = "makes this machine an appliance, repairs it, brings it up to date; meant without a verb"
    install = verb("install", parents=[shared, dry], prog="./install.sh", help=told)
    install.add_argument(
        "--no-start", action="store_true", help="install all of it, and start nothing"
    )
    install.add_argument(
        "--offline", metavar="BUNDLE", help="a bundle, or a folder of wheels; no network is used"
    )
    install.add_argument(
        "--key", action="append", default=[], metavar="PUB.pem", help="that may sign bundles"
    )
    install.add_argument("--unsigned", action="store_true", help="a bundle without a signature")
    install.add_argument(
        "--with-broker", action="store_true", help="mosquitto for this machine, with a password"
    )
    install.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help="where others reach the page, over TLS: 0.0.0.0:8443; default: this machine only",
    )
    install.add_argument(
        "--extra", action="append", default=[], choices=EXTRAS, help="onnx: ONNX models as well"
    )
    told = "takes tagd away; config and pictures stay"
    uninstall = verb("uninstall", parents=[shared, dry], prog="./install.sh --uninstall", help=told)
    uninstall.add_argument(
        "--purge", action="store_true", help="config, passwords, pictures and database as well"
    )
    verb("status", parents=[shared], prog="./install.sh status", help="what is installed")
    return parser
