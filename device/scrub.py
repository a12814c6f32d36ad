"""What is told to strangers: without secrets, one-time links, tokens, and names of people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from device import config_secrets
from device.config import Config
from device.people import TOKEN_PREFIX
from device.redact import HIDDEN, redact, remember

_LONG = 8  # letters of a webhook's path that may well be a key

# What opens a door by itself: 256 bits, as `people.new_secret` writes them (43 letters), and
# whatever a program calls a bearer.
_KEYS = re.compile(
    rf"(?<=invite=)[\w-]+|\b{TOKEN_PREFIX}[\w-]{{16,}}|(?<![\w-])[\w-]{{43}}(?![\w-])"
    r"|(?<=bearer )\S+|(?<=basic )[A-Za-z0-9+/=]{8,}|(?<=cookie: )\S+",
    re.IGNORECASE,
)


class Scrub:
    """Of one report: `text` and `value` give it without what nobody may see."""

    def __init__(self, config: Config, config_text: str, people: Iterable[str]) -> None:
        """`people`: their names; the longer of two goes first."""
        for secret in (*config_secrets.values(config_text), *_secrets(config), *_hooks(config)):
            remember(secret)
        names = sorted({name for name in people if name.strip()}, key=lambda one: -len(one))
        self._numbers = {name.casefold(): number for number, name in enumerate(names, 1)}
        either = "|".join(map(re.escape, names)) or "(?!)"
        self._people = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)

    def text(self, text: str) -> str:
        """People become `person 1`, `person 2`, ..., the same one always the same."""
        clean = _KEYS.sub(HIDDEN, redact(text))
        return self._people.sub(self._numbered, clean)

    def value(self, value: Any) -> Any:
        """The same of every text in lists and objects, their keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(one) for one in value]
        return value

    def _numbered(self, found: re.Match[str]) -> str:
        return f"person {self._numbers.get(found[0].casefold(), 0)}"


def _secrets(section: BaseModel) -> Iterator[str]:
    """Of a config, however they came into it."""
    for value in vars(section).values():
        yield from _within(value)


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        yield from _secrets(value)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _within(one)


def _hooks(config: Config) -> Iterator[str]:
    """Paths of webhooks: with many receivers, who knows the address may send."""
    for hook in config.webhooks:
        parts = urlsplit(hook.url)
        path = f"{parts.path.strip('/')}{'?' * bool(parts.query)}{parts.query}"
        if len(path) >= _LONG:
            yield path
