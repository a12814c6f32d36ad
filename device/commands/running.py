"""The running tagd, as a command asks it: by its HTTP API."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import click

from device.commands.access import headers
from device.commands.common import read_config
from device.commands.way import Way
from device.errors import TagdError

_PATIENCE = 90.0  # seconds; the device itself gives up before
url_option = click.option("--url", help="The page's address; default the config's web.listen.")


class Running:
    """A running tagd, and how it knows us."""

    def __init__(self, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
        """Raises `TagdError` for a wrong token or config, and UsageError for a wrong address."""
        config = read_config(config_path) if url is None else None
        self._way = Way(url, config)
        self._headers = {"Content-Type": "application/json", **headers(token_file, config)}

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        """The body of the answer. Raises `TagdError` with what the device says is wrong."""
        connection = self._way.connect(_PATIENCE)
        try:
            connection.request(method, self._way.path(path), body, self._headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise TagdError(self._way.trouble(error)) from None
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            told = f"{self._way.address} answers {answer.status} {answer.reason}"
            raise TagdError(_detail(said) or told)
        return said


def _detail(said: bytes) -> str | None:
    try:
        problem: Any = json.loads(said)
    except ValueError:
        return None
    return problem.get("detail") if isinstance(problem, dict) else None
