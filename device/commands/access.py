"""How a command shows a running tagd who it is, and where that is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from device import local_token
from device.config import Config
from device.config_web import page_url
from device.errors import TagdError
from device.redact import remember

F = TypeVar("F", bound=Callable[..., Any])

_VARIABLE = "TAGD_TOKEN"


def token_option(function: F) -> F:
    """`--token-file F`."""
    return click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"A file with a token; default {_VARIABLE}, then that of the tagd on this device.",
    )(function)


def headers(token_file: Path | None, config: Config | None) -> dict[str, str]:
    """`Authorization` for a request, if there is a token.

    `config`: that of the tagd on this machine, whose data folder holds a token for whoever may read
    it; None for any other address, where that token must not go. Raises `TagdError`.
    """
    token = _read(token_file) if token_file is not None else os.environ.get(_VARIABLE, "").strip()
    if not token and config is not None:
        token = local_token.read(config.data_dir) or ""
    if not token:
        return {}
    if not (token.isascii() and token.isprintable()):
        raise TagdError("a token has letters, figures, - and _ only; copy it once more")
    remember(token)
    return {"Authorization": f"Bearer {token}"}


def page_address(config: Config) -> str:
    """Where people open the page."""
    host, port = config.web.address
    return page_url(host, port, tls=config.web.tls is not None, root=config.web.root_path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no token"
        raise TagdError(f"{path}: {reason}") from None
