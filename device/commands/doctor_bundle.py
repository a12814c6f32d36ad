"""The archive of `tagd doctor --bundle`: everything that helps, and nothing that is private."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from device import config_secrets
from device.as_owner import acting_for_owner
from device.commands import doctor_parts as parts
from device.commands.running import Running
from device.config import Config
from device.config_file import read_text
from device.doctor import Finding
from device.errors import TagdError
from device.redact import redact
from device.scrub import Scrub

_LONGEST = 4_000_000  # letters of one part


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the archive."""

    name: str
    what: str  # is in it, for people
    text: str


def write(
    file: Path, path: Path | None, config: Config, findings: list[Finding], *, with_tags: bool
) -> list[Part]:
    """Write the archive; what is inside. Raises `TagdError`; what is there already stays."""
    text = read_text(path) if path is not None else ""
    with acting_for_owner(config.data_dir, path):
        people = parts.people(config.data_dir)
    scrub = Scrub(config, text, people)
    inside = list(_parts(path, config, text, findings, scrub, with_tags=with_tags))
    listed = "".join(f"{one.name}: {one.what}\n" for one in inside)
    _save(file, [*inside, Part("README.txt", "this list", listed)])
    return inside


def _parts(
    path: Path | None,
    config: Config,
    text: str,
    findings: list[Finding],
    scrub: Scrub,
    *,
    with_tags: bool,
) -> Iterator[Part]:
    def as_json(name: str, what: str, made: Callable[[], Any]) -> Part:
        return _part(name, what, lambda: _json(scrub.value(made())))

    def as_text(name: str, what: str, made: Callable[[], str]) -> Part:
        return _part(name, what, lambda: scrub.text(made()))

    def asked(below: str) -> bytes:
        return Running(None, None, path).ask("GET", f"/api/v1/{below}")

    def database() -> dict[str, Any]:
        with acting_for_owner(config.data_dir, path):  # so that no file of it becomes root's
            return parts.database(config.data_dir, with_tags=with_tags)

    def told(below: str) -> Callable[[], Any]:
        return lambda: json.loads(asked(below))

    found = [asdict(one) for one in findings]
    yield as_json("findings.json", "what the doctor found", lambda: found)
    yield as_text("config.yaml", "the config, without passwords", lambda: _config(text))
    yield as_json("versions.json", "of tagd, Python, packages, system", parts.versions)
    yield as_json("machine.json", "board, memory, disk, USB", lambda: parts.machine(config))
    what = "sizes and numbers of rows, schema" + ", how often each tag was said" * with_tags
    yield as_json("database.json", what, database)
    yield as_json("health.json", "how the running tagd is", told("health"))
    yield as_json("system.json", "what the running tagd tells of the machine", told("system"))
    yield as_text("log.txt", "the newest lines of the log", lambda: _log(asked))
    yield as_text("kernel.txt", "the kernel on power, cards, USB, memory", parts.kernel)


def _config(text: str) -> str:
    return config_secrets.hidden(text) if text else "# there is none: the defaults hold\n"


def _log(asked: Callable[[str], bytes]) -> str:
    """The journal's, or else what the running daemon still knows."""
    with suppress(TagdError):
        return parts.journal()
    return parts.log_lines(asked("log?limit=2000"))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _part(name: str, what: str, made: Callable[[], str]) -> Part:
    """A part that cannot be had says why."""
    try:
        return Part(name, what, made()[-_LONGEST:])
    except (TagdError, OSError, ValueError) as error:
        return Part(name, f"{what}: not there", redact(f"not there: {error}\n"))


def _save(file: Path, inside: list[Part]) -> None:
    """For whoever typed the command alone, also below sudo."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in inside:
            archive.writestr(f"tagd-report/{part.name}", part.text)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as opened:
            opened.write(packed.getvalue())
            if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdecimal():
                os.fchown(opened.fileno(), int(os.environ["SUDO_UID"]), -1)
    except FileExistsError:
        raise TagdError(f"{file} is there already: give it another name") from None
    except OSError as error:
        raise TagdError(f"{file} cannot be written: {error.strerror}") from None
