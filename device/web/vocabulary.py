"""The words under /api/v1/vocabulary: all there are, and what becomes of one.

Whoever changes one sends the etag of the file that they saw as `If-Match`; with `dry_run` they
only learn what would be written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from device import wire
from device.vocabulary import plain
from device.vocabulary_edit import Editor, Step, checked
from device.web import receive
from device.web import vocabulary_models as models
from device.web.describe import answer, body
from device.web.lessons import Teacher
from device.web.services import Services
from device.web.who import SCOPE, Administrator, Viewer
from device.web.witness import ABOUT
from device.wordbook import Edited, etag

log = logging.getLogger(__name__)
_JSON = "application/json"
Match = Annotated[str | None, Header(max_length=100)]
Name = Annotated[str, Query(max_length=200)]
Sort = Literal["name", "count", "threshold", "rejected"]
M = TypeVar("M", bound=BaseModel)


def router(services: Services) -> APIRouter:
    """The routes over these services."""
    api = APIRouter(prefix="/api/v1/vocabulary", default_response_class=Response)
    lexicon, book, reader = services.lexicon, services.lexicon.book, services.reader
    teacher = Teacher(lexicon, services.lessons)

    def is_stored(name: str) -> bool:
        return any(name == one.name for one in reader.words.known())

    editor = Editor(book.wanted, book.labels, is_stored)

    async def changed(
        request: Request, steps: Sequence[Step], match: str | None, dry_run: bool, told: str
    ) -> Response:
        request.scope[ABOUT] = "" if dry_run else told
        wanted = match.strip('W/"') if match and match != "*" else None
        edited = await asyncio.to_thread(book.change, steps, wanted, dry=dry_run)
        if not dry_run:
            log.info("vocabulary: %s %s", request.scope[SCOPE].name, told)
        return answered(edited, dry_run)

    @api.get("", responses=answer(models.WordsShape, "every word"))
    def list_words(who: Viewer, prefix: Name = "", sort: Sort = "name") -> Response:
        """Every word that is said or could be, also those that only pictures have.

        `sort`: by name, by count, by threshold, or by how often people rejected it.
        """
        everywhere = who.sources is None
        found = lexicon.entries(reader.words.known() if everywhere else ())
        counts = teacher.counts() if everywhere else None
        rows = [
            teacher.row(entry, counts)
            for name, entry in sorted(found.items())
            if name.startswith(plain(prefix))
        ]
        rows.sort(key=_ORDER[sort])
        tag = etag(book.now.text)
        problem = book.problem  # it tells of files
        if problem is not None and not who.may("administrator"):
            problem = "the owner's file is wrong; an administrator sees why"
        told = {"tags": rows, "etag": tag, "problem": problem}
        return Response(wire.dumps(told), headers={"ETag": f'"{tag}"'}, media_type=_JSON)

    @api.get("/suggestions", responses=answer(models.SuggestionsShape, "the surest first"))
    def list_suggestions(who: Viewer) -> Response:
        """Changes of the vocabulary that past reviews speak for."""
        found = teacher.suggestions() if who.sources is None else []
        return Response(wire.dumps({"suggestions": found}), media_type=_JSON)

    @api.get("/{tag:path}/threshold", responses=answer(models.PreviewShape, "a preview"))
    def preview_threshold(
        who: Viewer,
        tag: str,
        at: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)] = None,
    ) -> Response:
        """What a threshold would have done to the tags that people judged.

        Without `at` it is the one in force.
        """
        if who.sources is not None:
            raise HTTPException(403, "reviews are for those who see every source")
        return Response(wire.dumps(teacher.preview(plain(tag), at)), media_type=_JSON)

    @api.post(
        "/merge",
        responses=answer(models.ChangedShape, "they are one word"),
        openapi_extra=body(models.Merge, {"from": ["kitty", "tomcat"], "into": "cat"}),
    )
    async def merge_words(
        _: Administrator, request: Request, if_match: Match = None, dry_run: bool = False
    ) -> Response:
        """Let words become one, which may be another that there is."""
        wish = parsed(models.Merge, await receive.small(request))
        into = checked(wish.into)
        names = [plain(name) for name in wish.sources if plain(name) != into]
        steps = [editor.rename(checked(name), into) for name in dict.fromkeys(names)]
        told = f"merged {', '.join(names)} into {into}"
        return await changed(request, steps, if_match, dry_run, told)

    @api.patch(
        "/{tag:path}",
        responses=answer(models.ChangedShape, "it is so from now on"),
        openapi_extra=body(models.WordChange, {"threshold": 0.6}),
    )
    async def patch_word(
        _: Administrator,
        tag: str,
        request: Request,
        if_match: Match = None,
        dry_run: bool = False,
    ) -> Response:
        """Threshold, parents, synonyms, name of a word, or whether it is said at all."""
        wish = parsed(models.WordChange, await receive.small(request))
        steps = _steps(editor, checked(tag), wish)
        told = f"changed {plain(tag)}: {', '.join(sorted(wish.model_fields_set))}"
        return await changed(request, steps, if_match, dry_run, told)

    return api


def answered(edited: Edited, dry_run: bool) -> Response:
    """What became of a change."""
    written = not dry_run and edited.before != edited.after.text
    told = {"changed": written, "diff": edited.diff, "etag": edited.etag}
    return Response(wire.dumps(told), headers={"ETag": f'"{edited.etag}"'}, media_type=_JSON)


def parsed(model: type[M], sent: bytes) -> M:
    """What was sent, as that model. Raises HTTPException with what is wrong."""
    try:
        return model.model_validate_json(sent)
    except ValidationError as error:
        said = (f"{'.'.join(map(str, e['loc'])) or 'the body'}: {e['msg']}" for e in error.errors())
        raise HTTPException(422, "; ".join(said)[:500]) from None


def _steps(editor: Editor, name: str, wish: models.WordChange) -> list[Step]:
    """The name last: the others speak of the word as it was called."""
    given, steps = wish.model_fields_set, []
    for key in ("parents", "synonyms"):
        if key in given:
            values: list[str] | None = getattr(wish, key)
            steps.append(editor.listed(name, key, values and [checked(one) for one in values]))
    if "threshold" in given:
        steps.append(editor.floor(name, wish.threshold))
    if "drop" in given:
        steps.append(editor.drop(name, wish.drop))
    if "rename" in given:
        steps.append(
            editor.rename(name, wish.rename if wish.rename is None else checked(wish.rename))
        )
    return steps


_ORDER = {
    "name": lambda row: row["name"],
    "count": lambda row: (-(row["count"] or 0), row["name"]),
    "threshold": lambda row: (-(row["threshold"] or 0), row["name"]),
    "rejected": lambda row: (-(row["reviews"] or {"rejected": 0})["rejected"], row["name"]),
}
