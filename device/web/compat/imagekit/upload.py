"""ImageKit's upload: a picture becomes a file of the library, with what its extensions say."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import asset_names, clock, http_public, wire
from device.assets import Asset, Extra
from device.config_compat import IMAGEKIT
from device.errors import AssetError, AssetForbidden, AssetGone, PictureError, StoreError
from device.library import Listed
from device.results import ERASED
from device.store import assets
from device.store.filing import AGAIN_S
from device.vocabulary import plain
from device.web import answers
from device.web.compat.desk import Desk
from device.web.compat.imagekit import ask, dealing, form, shapes
from device.web.compat.imagekit.ask import Ask
from device.web.compat.imagekit.extensions import limits
from device.web.compat.imagekit.reading import base_of
from device.web.services import Services
from device.web.who import Reviewer
from device.web.witness import ABOUT
from device.who import Who

_TRIES = 20  # while the same content is being erased
_BREATH = 0.1  # seconds between them
_STRANGERS = 2  # servers that are waited for at once, each in a thread that others need, too


def router(services: Services, desk: Desk) -> APIRouter:
    """The routes over these services; who asks stands in the scope."""
    api = APIRouter(default_response_class=Response)
    config, reader, limit = services.compat.imagekit, services.reader, services.max_upload
    fetching = asyncio.Semaphore(_STRANGERS)

    @api.post("/api/v1/files/upload/")
    @api.post("/api/v1/files/upload")
    async def upload(request: Request, who: Reviewer) -> Response:
        """Tag a picture and keep it as a file; the answer is the file."""
        dealing.require_sight(who)
        async with desk.room.taken(_announced(request)):
            sent = await form.received(request, limit)
            try:
                wanted = ask.of_fields(sent.fields, config, desk.taggers)
            except ValueError as error:
                raise HTTPException(400, f"{error}.") from None
            if sent.is_url:  # what is fetched was not announced: it takes room as well
                async with fetching, desk.room.taken(limit):
                    data = await _fetched(sent.file)
                    listed = await _taken(wanted, data, _digest(who, data, sent.fields), who)
            else:
                asked = _digest(who, sent.file, sent.fields)
                listed = await _taken(wanted, sent.file, asked, who)
        request.scope[ABOUT] = listed.asset.picture
        told = shapes.uploaded(listed, base_of(request, services.front.root))
        return dealing.answer(told)

    def _announced(request: Request) -> int:
        length = request.headers.get("content-length", "")
        most = form.largest(limit)
        if not (length.isascii() and length.isdigit()):
            return most
        if int(length) > most + form.MOST_TEXT:
            raise form.too_large(limit)
        return int(length)

    async def _fetched(url: bytes) -> bytes:
        text = url.decode("ascii")
        if not ask.allowed(text, config.urls):
            told = "this device fetches only from the hosts that compat.imagekit.urls names"
            raise HTTPException(400, f"{told}; send the picture itself")
        try:
            return await asyncio.to_thread(http_public.get, text, limit)
        except ValueError as error:
            raise HTTPException(400, f"the URL cannot be fetched: {error}") from None

    async def _taken(wanted: Ask, data: bytes, asked: bytes, who: Who) -> Listed:
        """Stored, tagged and filed; again where somebody deletes the same meanwhile."""
        same = await asyncio.to_thread(_before, data, asked)
        if same is not None:
            return same
        name = asset_names.unique(wanted.name) if wanted.unique else wanted.name
        for _ in range(_TRIES):
            try:
                asset = await _filed(wanted, name, data, asked, who)
                listed = await asyncio.to_thread(reader.library.one, asset.uid)
                if listed is not None:
                    return listed
            except AssetGone:
                pass
            except PictureError as error:
                if str(error) != ERASED:
                    raise
            except AssetForbidden as error:
                raise HTTPException(403, f"{error}; only an administrator replaces it") from None
            except AssetError as error:
                raise HTTPException(400, f"{error}.") from None
            await asyncio.sleep(_BREATH)
        raise StoreError("the same picture is being erased; send it again later")

    def _before(data: bytes, asked: bytes) -> Listed | None:
        """What the same upload made a moment ago."""
        sha256, since = hashlib.sha256(data).digest(), clock.now() - AGAIN_S
        same = reader.ask(lambda db, _: assets.sent_before(db, IMAGEKIT, sha256, asked, since))
        return None if same is None else reader.library.one(same.uid)

    async def _filed(wanted: Ask, name: str, data: bytes, asked: bytes, who: Who) -> Asset:
        words = tuple(plain(tag) for tag in wanted.tags)
        nearest = limits(wanted.extensions)
        seen = await desk.tag(data, IMAGEKIT, nearest, store=True, name=name, words=words)
        assert seen.picture is not None
        extra = Extra()
        if seen.known and nearest.taggers:
            looked = await desk.tag(data, IMAGEKIT, nearest, store=False)
            extra = Extra(looked.tags, looked.implied)
        future = await asyncio.to_thread(
            services.control.cabinet.file,
            wanted.asset(name, seen.picture.id, who.name),
            asked,
            known=seen.known,
            extra=extra,
            overwrite=wanted.overwrite,
            administrator=who.may("administrator"),
            calls=ask.calls(wanted.webhook, wanted.extensions),
        )
        late = "the file is not made yet; it will be"
        outcome = await answers.settled(future, services.storage_problem, late)
        if isinstance(outcome.answer, AssetError):
            raise outcome.answer
        if not isinstance(outcome.answer, Asset):
            raise StoreError(outcome.error or late)
        return outcome.answer

    return api


def _digest(who: Who, data: bytes, fields: Mapping[str, str]) -> bytes:
    """The same for an upload that is sent again, and for no other."""
    told = [who.name, hashlib.sha256(data).hexdigest(), sorted(fields.items())]
    return hashlib.sha256(wire.dumps(told).encode()).digest()[:16]
