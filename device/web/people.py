"""The persons who may log in, under /api/v1/people; for administrators."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from device import people, wire
from device.people import Person
from device.people_wire import person_object
from device.store.access import Access
from device.web import body
from device.web import people_models as models
from device.web.describe import RowNumber, answer, problems
from device.web.describe import body as described
from device.web.who import Administrator
from device.web.witness import ABOUT

_JSON = "application/json"


def router(access: Access) -> APIRouter:
    """The routes over these persons."""
    api = APIRouter(prefix="/api/v1/people", default_response_class=Response)
    persons, links = access.persons, access.links

    def invited(person: Person, status: int) -> Response:
        link = f"/#invite={links.invite(person.id)}"
        told = {"person": person_object(person), "link": link}
        return Response(wire.dumps(told), status, media_type=_JSON)

    @api.get("", responses=answer(models.PeopleShape, "by name"))
    def list_people(_: Administrator) -> Response:
        """Everybody who may log in, or is invited to."""
        found = [person_object(one) for one in persons.all()]
        return Response(wire.dumps({"people": found}), media_type=_JSON)

    @api.post(
        "",
        status_code=201,
        responses={201: {"model": models.InvitedShape}, **problems()},
        openapi_extra=described(models.NewPerson, {"name": "ben", "role": "reviewer"}),
    )
    async def post_person(request: Request, _: Administrator) -> Response:
        """Invite somebody: the answer has a one-time link, to be handed over by you."""
        given = await body.of(request, models.NewPerson)
        role = people.checked_role(given.role)
        sources = people.checked_sources(given.sources, role)
        person = await asyncio.to_thread(persons.add, given.name, role, sources)
        request.scope[ABOUT] = f"{person.name}: invited, {person.role}"
        return await asyncio.to_thread(invited, person, 201)

    @api.patch(
        "/{number}",
        responses=answer(models.PersonShape, "it is changed"),
        openapi_extra=described(models.PersonChange, {"disabled": True}),
    )
    async def patch_person(number: RowNumber, request: Request, _: Administrator) -> Response:
        """Change a name, a role, the sources; disable. Other rights end the person's sessions."""
        given = await body.of(request, models.PersonChange)
        person = await asyncio.to_thread(persons.change, number, lambda one: _changed(one, given))
        said = ", ".join(sorted(given.model_fields_set))
        request.scope[ABOUT] = f"{person.name}: {said}"
        return Response(wire.dumps(person_object(person)), media_type=_JSON)

    @api.post("/{number}/invitation", responses=answer(models.InvitedShape, "a new link"))
    def invite_again(number: RowNumber, request: Request, _: Administrator) -> Response:
        """A one-time link with which the person chooses a new password; the one before ends."""
        person = persons.one(number)
        request.scope[ABOUT] = f"{person.name}: a new link"
        return invited(person, 200)

    @api.delete("/{number}", responses=answer(models.PersonShape, "who is gone"))
    def delete_person(number: RowNumber, request: Request, _: Administrator) -> Response:
        """Remove a person, with all their sessions."""
        person = persons.remove(number)
        request.scope[ABOUT] = f"{person.name}: removed"
        return Response(wire.dumps(person_object(person)), media_type=_JSON)

    return api


def _changed(before: Person, given: models.PersonChange) -> Person:
    role = before.role if given.role is None else people.checked_role(given.role)
    wanted = given.sources if "sources" in given.model_fields_set else before.sources
    if role == "administrator" and "sources" not in given.model_fields_set:
        wanted = None  # who becomes one sees all
    return replace(
        before,
        name=before.name if given.name is None else people.clean_name(given.name),
        role=role,
        sources=people.checked_sources(wanted, role),
        disabled=before.disabled if given.disabled is None else given.disabled,
    )
