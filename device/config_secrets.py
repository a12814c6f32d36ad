"""Passwords that stand in the config as they are: hidden when shown, put back when it is saved.

`${NAME}` is no secret and stays as it is written. What is hidden is known again by whom it is for
(the login and host of a URL, the key that it stands at, sections in lists by their name), so that
sections may move; but a password is never put back for another host than the one it was given for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from device.config_variables import host_of
from device.errors import ConfigError
from device.redact import HIDDEN
from device.yaml_guard import require_small, require_text

CHANGED = f"{HIDDEN} (changed)"
"""In a comparison, where a password is another one than before."""

# Lengths are bounded: what is looked through may be made to be slow to look through.
_VARIABLES = re.compile(r"(?:\$\{[A-Za-z_][A-Za-z0-9_]*\})*")
_WORD = r"(?:\w{0,30}?(?:passw|passphrase|secret|token|api_?key|credential)\w{0,30})"
_KEY = re.compile(_WORD, re.IGNORECASE)
_COMMENT = re.compile(
    rf"#[^\n#]{{0,200}}?\b{_WORD}[\"']?\s*[:=]\s*[\"']?([^\s\"']+)", re.IGNORECASE
)
_LINE = re.compile(rf"(?m)^.{{0,200}}?\b{_WORD}[\"']?\s*:[ \t]*(\S.*)$", re.IGNORECASE)
_URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s\"]+")
_LOGIN = re.compile(r"(?<=://)([^/\s\"]*)@")
_HOST = re.compile(r"[^/?#\s\"',}\]]*")
_QUERY = re.compile(
    r"[?&](pwd|pass|passwd|password|pw|token|key|api_?key|auth|secret)=([^&\s\"'#]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a secret stands, or the sign for one."""

    start: int  # in characters
    end: int
    owner: str  # whom it is for
    text: str  # as it is written

    @property
    def is_sign(self) -> bool:
        return self.text.strip("\"'") == HIDDEN


def hidden(text: str, before: str | None = None) -> str:
    """The text without passwords; with `before`, those that are not in there are marked."""
    known = None if before is None else {slot.text for slot in _slots(before)}
    for slot in reversed(_slots(text)):
        sign = CHANGED if known is not None and slot.text not in known else HIDDEN
        if slot.owner.startswith("key "):
            sign = f'"{sign}"'
        text = text[: slot.start] + sign + text[slot.end :]
    return text


def values(text: str) -> list[str]:
    """The passwords that stand in it as they are."""
    return [slot.text.strip("\"'") for slot in _slots(text) if not slot.is_sign]


def restored(text: str, before: str) -> str:
    """The text with the passwords that stood in `before` where it has `***`.

    Raises `ConfigError` for a sign that nothing in `before` belongs to.
    """
    given: dict[str, list[str]] = defaultdict(list)
    for slot in _slots(before):
        given[slot.owner].append(slot.text)
    wanted: dict[str, list[_Slot]] = defaultdict(list)
    for slot in _slots(text):
        wanted[slot.owner].append(slot)
    found: list[tuple[_Slot, str]] = []
    problems = []
    for owner, slots in wanted.items():
        old = given[owner]
        same_number, same_value = len(old) == len(slots), len(set(old)) == 1
        for index, slot in enumerate(slots):
            if not slot.is_sign:
                continue
            if same_number or same_value:
                found.append((slot, old[index if same_number else 0]))
            else:
                line = text.count("\n", 0, slot.start) + 1
                told = f"write the password again: {HIDDEN} stands for none that was given for this"
                problems.append(f":{line}: {told}")
    if problems:
        raise ConfigError(problems)
    for slot, value in sorted(found, key=lambda pair: pair[0].start, reverse=True):
        text = text[: slot.start] + value + text[slot.end :]
    return text


def _slots(text: str) -> list[_Slot]:
    """In their order, none inside another."""
    found = [*_in_urls(text), *_at_keys(text)]
    found += [_Slot(*m.span(1), "comment", m[1]) for m in _COMMENT.finditer(text)]
    kept: list[_Slot] = []
    for slot in sorted(found, key=lambda one: (one.start, -one.end)):
        if _VARIABLES.fullmatch(slot.text.strip("\"'")) or (kept and slot.start < kept[-1].end):
            continue
        kept.append(slot)
    return kept


def _in_urls(text: str) -> Iterator[_Slot]:
    for url in _URL.finditer(text):
        whole, at = url[0], url.start()
        scheme = whole.partition("://")[0]
        login = _LOGIN.search(whole)
        begin = login.end() if login else len(scheme) + 3
        host = _HOST.match(whole, begin)
        place = f"{scheme}://{host[0] if host else ''}"
        if login:
            user, colon, secret = login[1].partition(":")
            start = login.start(1) + (len(user) + 1 if colon else 0)
            who = f"{place} {user if colon else ''}"
            yield _Slot(at + start, at + login.end(1), who, secret if colon else user)
        for asked in _QUERY.finditer(whole, begin):
            start, end = asked.span(2)
            yield _Slot(at + start, at + end, f"{place}?{asked[1].lower()}", asked[2])


def _at_keys(text: str) -> Iterator[_Slot]:
    try:
        require_text(text, "")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            require_small(root, "")
            yield from _under(root, "key ", text, set())
    except (yaml.YAMLError, ConfigError, RecursionError):
        # No YAML: rather too much is hidden than too little.
        yield from (_Slot(*m.span(1), f"line {m[0][:40]}", m[1]) for m in _LINE.finditer(text))


def _under(node: yaml.Node, place: str, text: str, done: set[int]) -> Iterator[_Slot]:
    if id(node) in done:
        return
    done.add(id(node))
    if isinstance(node, yaml.MappingNode):
        host = host_of(node)  # where it will be sent: another one must not get it
        place = f"{place}@{_LOGIN.sub('', host)}" if host else place
        for key, value in node.value:
            name = str(key.value)
            if isinstance(value, yaml.ScalarNode):
                start, end = value.start_mark.index, value.end_mark.index
                secret = _KEY.fullmatch(name) and not name.endswith("_file")
                if secret and value.value and value.tag != "tag:yaml.org,2002:null":
                    written = text[start:end].rstrip()  # a block ends with its last line
                    yield _Slot(start, start + len(written), f"{place}.{name}", written)
            else:
                yield from _under(value, f"{place}.{name}", text, done)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _under(value, f"{place}[{_name(value) or number}]", text, done)


def _name(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "name" and isinstance(value, yaml.ScalarNode):
                return str(value.value)
    return None
