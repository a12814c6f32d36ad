"""In and out, and one's own password, under /api/v1."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from device import people, wire
from device.people import Person
from device.store.access import Access
from device.store.people_keys import LONGEST_DAYS
from device.web import body, credentials
from device.web import people_models as models
from device.web.credentials import address_of
from device.web.describe import answer
from device.web.describe import body as described
from device.web.guard import SESSION
from device.web.logins import Logins
from device.web.me import me_object
from device.web.who import SCOPE, Viewer
from device.web.witness import note_login
from device.who import Who

_JSON = "application/json"
_SECRET = {"password": "correct horse battery"}  # of the examples
_CHANGED = {"old": "so far", "new": "from now on"}
_MAX_AGE = LONGEST_DAYS * 86400  # seconds: the device itself is stricter
_WRONG = "the name or the password is wrong"


def router(access: Access) -> APIRouter:
    """The routes over what lets people in."""
    api = APIRouter(prefix="/api/v1", default_response_class=Response)
    logins = Logins(access)
    audit, persons = access.audit, access.persons

    async def person_of(scope: Scope, name: str, password: str) -> Person | None:
        """Raises HTTPException 429, which is noted like a wrong password."""
        address = address_of(scope)
        try:
            logins.require_turn(name, address)
        except HTTPException:
            note_login(audit, scope, name, "login put off", folds=True)
            raise
        person = await asyncio.to_thread(logins.person, name, password, address)
        if person is None:
            note_login(audit, scope, name, "login refused")
        return person

    async def entered(scope: Scope, person: Person, what: str) -> Response:
        """A session of their own for each login: one that a thief has planted is worth nothing."""
        headers = {"Set-Cookie": credentials.cookie(scope, await begun(scope, person), _MAX_AGE)}
        note_login(audit, scope, person.name, what)
        who = Who(person.name, person.role, person.sources, person=person.id)
        return Response(wire.dumps(me_object(who)), 200, headers, media_type=_JSON)

    async def begun(scope: Scope, person: Person) -> str:
        if (before := scope.get(SESSION)) is not None:
            await asyncio.to_thread(access.sessions.end, before)
        return await asyncio.to_thread(access.sessions.begin, person.id)

    @api.post("/login", responses=answer(models.MeShape, "who you are, and a session's cookie"),
              openapi_extra=described(models.Login, {"name": "anna", **_SECRET}))  # fmt: skip
    async def log_in(request: Request) -> Response:
        """Begin a session: name and password for a cookie."""
        given = await body.of(request, models.Login)
        person = await person_of(request.scope, given.name, given.password)
        if person is None:
            raise HTTPException(401, _WRONG)
        return await entered(request.scope, person, "login")

    @api.post("/logout", responses=answer(models.LoggedOut, "the session has ended"))
    async def log_out(request: Request, everywhere: Annotated[bool, Query()] = False) -> Response:
        """End this session, or with `everywhere` all of the same person."""
        who: Who | None = request.scope.get(SCOPE)
        session: str | None = request.scope.get(SESSION)
        if who is not None and session is not None:
            if everywhere and who.person is not None:
                await asyncio.to_thread(access.sessions.end_all, who.person)
            else:
                await asyncio.to_thread(access.sessions.end, session)
            note_login(audit, request.scope, who.name, "logout")
        headers = {
            "Set-Cookie": credentials.cookie(request.scope, "", 0),
            "Clear-Site-Data": '"cache"',  # pictures do not stay behind in a browser of others
        }
        return Response(wire.dumps({"everywhere": everywhere}), 200, headers, media_type=_JSON)

    @api.put("/me/password", responses=answer(models.MeShape, "it is changed"),
             openapi_extra=described(models.NewPassword, _CHANGED))  # fmt: skip
    async def put_password(request: Request, who: Viewer) -> Response:
        """Change your own password; all your other sessions end."""
        given = await body.of(request, models.NewPassword)
        session: str | None = request.scope.get(SESSION)
        if who.person is None or session is None:
            raise HTTPException(409, "only a person who logged in has a password")
        if await person_of(request.scope, who.name, given.old) is None:
            raise HTTPException(403, "the old password is wrong")
        people.checked_password(given.new, who.name)
        made = await asyncio.to_thread(access.hasher.hash, given.new)
        keep = people.fingerprint(session)
        await asyncio.to_thread(persons.set_password, who.person, made, keep)
        note_login(audit, request.scope, who.name, "password")
        return Response(wire.dumps(me_object(who)), media_type=_JSON)

    @api.get("/invitations/{secret}", responses=answer(models.InvitationShape, "what it is for"))
    def get_invitation(secret: str) -> Response:
        """What a one-time link is for; 404 once it is used up or too old."""
        found = access.links.invitation(secret)
        told = {"name": found.name, "role": found.role}
        return Response(wire.dumps(told), media_type=_JSON)

    @api.post("/invitations/{secret}", responses=answer(models.MeShape, "you are logged in"),
              openapi_extra=described(models.Accepted, _SECRET))  # fmt: skip
    async def accept_invitation(secret: str, request: Request) -> Response:
        """Use a one-time link up: choose a password, and a name where it has none; log in."""
        given = await body.of(request, models.Accepted)
        invitation = await asyncio.to_thread(access.links.invitation, secret)
        name = people.clean_name(invitation.name or given.name or "")
        people.checked_password(given.password, name)
        made = await asyncio.to_thread(access.hasher.hash, given.password)
        person = await asyncio.to_thread(access.links.accept, secret, name, made)
        return await entered(request.scope, person, "invitation accepted")

    return api
