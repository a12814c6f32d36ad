"""The shapes of persons, tokens and the audit log, for the API's OpenAPI description."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from device.who import Role

_SOURCES = Field(description="that they may see; null: all")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MeShape(_Shape):
    """Whoever asks."""

    name: str
    role: Role
    sources: list[str] | None = _SOURCES
    kind: Literal["person", "token", "machine"] = Field(
        description="machine: a request from this device itself"
    )


class Login(_Shape):
    """Name and password."""

    name: StrictStr = Field(max_length=1000)
    password: StrictStr = Field(max_length=2000)


class NewPassword(_Shape):
    """The password so far, and the one from now on."""

    old: StrictStr = Field(max_length=2000)
    new: StrictStr = Field(max_length=2000)


class InvitationShape(_Shape):
    """What a one-time link is for."""

    name: str | None = Field(description="null: choose one")
    role: Role


class Accepted(_Shape):
    """The answer to an invitation; the name only where the invitation has none."""

    name: StrictStr | None = Field(default=None, max_length=1000)
    password: StrictStr = Field(max_length=2000)


class LoggedOut(_Shape):
    """What a logout ended."""

    everywhere: bool


class PersonShape(_Shape):
    """Somebody who may log in."""

    id: int
    name: str
    role: Role
    sources: list[str] | None = _SOURCES
    disabled: bool
    invited: bool = Field(description="has no password yet")
    made_at: str
    login_at: str | None


class PeopleShape(_Shape):
    """All persons, by name."""

    people: list[PersonShape]


class InvitedShape(_Shape):
    """A person, and the one-time link with which they choose a password."""

    person: PersonShape
    link: str = Field(description="path and fragment on this device, good for 24 hours, once")


class NewPerson(_Shape):
    """Somebody to be invited."""

    name: StrictStr = Field(max_length=1000)
    role: StrictStr
    sources: list[StrictStr] | None = Field(default=None, max_length=1000)


class PersonChange(_Shape):
    """What can be changed of a person; what is left out stays."""

    name: StrictStr | None = Field(default=None, max_length=1000)
    role: StrictStr | None = None
    sources: list[StrictStr] | None = Field(default=None, max_length=1000)
    disabled: StrictBool | None = None


class TokenShape(_Shape):
    """What lets a program in."""

    id: int
    name: str
    kind: Literal["token", "aws"] = Field(description="aws: a key pair that signs requests")
    access_key_id: str | None = Field(description="of a key pair")
    role: Role
    sources: list[str] | None = _SOURCES
    made_at: str
    made_by: str
    expires_at: str | None
    used_at: str | None = Field(description="to the minute")


class TokensShape(_Shape):
    """All tokens, by name."""

    tokens: list[TokenShape]


class NewToken(_Shape):
    """A token to be made."""

    name: StrictStr = Field(max_length=1000)
    kind: Literal["token", "aws"] = "token"
    role: StrictStr | None = Field(default=None, description="viewer; of a key pair: reviewer")
    sources: list[StrictStr] | None = Field(default=None, max_length=1000)
    expires: StrictStr | None = Field(default=None, description="a span of time, such as 30d")


class MadeTokenShape(_Shape):
    """A token, and its secret, which is never shown again."""

    token: TokenShape
    secret: str


class EntryShape(_Shape):
    """Something that was done."""

    id: int
    at: str
    who: str
    address: str = Field(description="empty: by a command on the device")
    what: str
    about: str
    times: int = Field(description="often within a minute is one entry")


class AuditShape(_Shape):
    """A page of the audit log, newest first."""

    entries: list[EntryShape]
    next: str | None = Field(description="pass it as `before` for the next page")
