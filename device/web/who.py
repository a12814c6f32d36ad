"""Who asks, and what they may: every route says which role it needs, with one of these types.

def get_health(_: Viewer) -> Response: ...
def patch_source(name: str, who: Administrator) -> Response: ...
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from device.who import Role, Who

SCOPE = "tagd.who"
"""Where in the ASGI scope the guard puts who asks; missing for what is open to everybody."""


class AtLeast:
    """The dependency of a route that needs this role."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Who:  # plain, each would cost a turn of threads
        who: Who | None = request.scope.get(SCOPE)
        if who is None:
            raise HTTPException(401, "log in first", {"WWW-Authenticate": CHALLENGE})
        if not who.may(self.role):
            raise HTTPException(403, f"this needs the role {self.role}; {who.name} is {who.role}")
        return who


CHALLENGE = 'Bearer realm="tagd"'
"""How programs show who they are; not Basic, so that no browser opens its own window."""

Viewer = Annotated[Who, Depends(AtLeast("viewer"))]
Reviewer = Annotated[Who, Depends(AtLeast("reviewer"))]
Administrator = Annotated[Who, Depends(AtLeast("administrator"))]
