"""The event loop of the web thread: asyncio's own, less patient with whoever begins TLS."""

from __future__ import annotations

import asyncio
from typing import Any

_HANDSHAKE = 10.0  # seconds; asyncio's own 60 let silent connections pile up unseen by `Connection`


class Loop(asyncio.SelectorEventLoop):
    """uvicorn passes no time limit on."""

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        """As ever, with a deadline for the handshake."""
        if options.get("ssl") is not None:
            options["ssl_handshake_timeout"] = _HANDSHAKE
        return await super().create_server(*args, **options)
