"""Who asks, and what they may: every route says which role it needs, with one of these types.

def get_health(_: Viewer) -> Response: ...
def patch_source(name: str, who: Administrator) -> Response: ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from device.who import Role, Who

SCOPE = "tagd.who"
"""Where in the ASGI scope the answer stands."""

_HERE = Who("this machine", "administrator")


def _at_least(role: Role) -> Callable[[Request], Who]:
    def needs(request: Request) -> Who:
        who: Who = request.scope.get(SCOPE, _HERE)
        if not who.may(role):
            raise HTTPException(403, f"this needs the role {role}; {who.name} is {who.role}")
        return who

    return needs


Viewer = Annotated[Who, Depends(_at_least("viewer"))]
Reviewer = Annotated[Who, Depends(_at_least("reviewer"))]
Administrator = Annotated[Who, Depends(_at_least("administrator"))]
