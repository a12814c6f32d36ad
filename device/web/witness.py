"""What of the requests goes into the audit log: by their paths, so that none is forgotten."""

from __future__ import annotations

import re

from starlette.types import Message, Scope, Send

from device.people import NOBODY
from device.store.people_audit import Audit, Note
from device.web import credentials
from device.web.who import SCOPE
from device.who import Who

ABOUT = "tagd.about"
"""Where in the ASGI scope a route puts a better word on what was done; empty: nothing was."""

_API = "/api/v1/"

# Method, path, what; the group is what it is about. `~`: often, folded into one line a minute.
# Empty: it changes nothing, or tells itself.
_RULES = tuple(
    (method, re.compile(path), what)
    for method, path, what in (
        ("GET", r"/pictures/([^/]+)", "picture"),
        ("GET", r"/thumbnails/([^/]+)", "~thumbnails"),
        ("GET", r"/api/v1/sources/([^/]+)/picture", "~live picture"),
        ("GET", r"/api/v1/(export.*)", "export"),
        ("POST", r"/api/v1/pictures", "upload"),
        ("POST", r"/api/v1/pictures/([^/]+)/review", "review"),
        ("POST", r"/api/v1/(reviews)", "review"),
        ("DELETE", r"/api/v1/reviews/([^/]+)", "review undone"),
        ("DELETE", r"/api/v1/((?:pictures|visits)/.+)", "delete"),
        ("(?:POST|DELETE)", r"/api/v1/(erase(?:/copies)?)", "delete"),
        ("POST", r"/api/v1/(import)", "~import"),
        ("POST", r"/api/v1/(backups)", "backup"),
        ("GET", r"/api/v1/backups/([^/]+)", "backup taken"),
        ("POST", r"/api/v1/(?:backups/.+/verify|config/check|retention/preview)", ""),
        ("POST", r"/api/v1/((?:sources|mqtt)/test)", "trial"),
        ("POST", r"/api/v1/sources/([^/]+)/capture", "capture"),
        ("PATCH", r"/api/v1/(sources/.+)", "switch"),
        ("POST", r"/v1(?:/.+)?/images:annotate", "~vision"),
        ("POST", r"/api/v1/files/upload/?", "upload"),
        ("PATCH", r"/v1/files/([^/]+)/details/?", "review"),
        ("POST", r"/v1/files/((?:add|remove|removeAI)Tags)/?", "review"),
        ("POST", r"/v1/files/(batch/deleteByFileIds)/?", "delete"),
        ("DELETE", r"/v1/files/([^/]+)/?", "delete"),
        ("[A-Z]+", r"/api/v1/((?:people|tokens).*)", "people"),
        ("[A-Z]+", r"/api/v1/(config)", "settings"),
        ("[A-Z]+", r"/api/v1/(vocabulary.*)", "vocabulary"),
        ("POST", r"(/(?:.*/)?)", "~rekognition"),
        ("[A-Z]+", r"/api/v1/(?:login|logout|me/.*|invitations/.*)", ""),  # these tell themselves
    )
)
_READING = ("GET", "HEAD", "OPTIONS")


class Witness:
    """Sees what became of each request, and notes it."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def watched(self, scope: Scope, send: Send) -> Send:
        """`send`, which notes the request once its answer begins, if it is known who asked."""

        async def send_and_note(message: Message) -> None:
            who: Who | None = scope.get(SCOPE)
            if message["type"] == "http.response.start" and who is not None:
                headers = {name.lower(): value for name, value in message["headers"]}
                self._note(scope, who, message["status"], headers.get(b"location", b"").decode())
            await send(message)

        return send_and_note

    def _note(self, scope: Scope, who: Who, status: int, location: str) -> None:
        method, path = scope["method"], credentials.path_of(scope)
        address = credentials.address_of(scope)
        if status == 403:
            self._audit.note(Note(who.name, address, "refused", f"{method} {path}", folds=True))
        if status >= 400 or method == "HEAD" or scope.get(ABOUT) == "":
            return
        what, about = _told(method, path)
        about = scope.get(ABOUT, about or location.rpartition("/")[2])
        if what:
            folds = what.startswith("~")
            self._audit.note(Note(who.name, address, what.lstrip("~"), about, folds=folds))


def note_login(audit: Audit, scope: Scope, name: str, what: str, *, folds: bool = False) -> None:
    """Of logins and what belongs to them; `name` is what somebody typed."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in name[:64]) or NOBODY
    audit.note(Note(shown, credentials.address_of(scope), what, folds=folds))


def _told(method: str, path: str) -> tuple[str, str]:
    for wanted, pattern, what in _RULES:
        found = pattern.fullmatch(path)
        # Looking at people or settings changes nothing.
        if found and re.fullmatch(wanted, method) and (wanted != "[A-Z]+" or method != "GET"):
            return what, found[1] if pattern.groups else ""
    if method in _READING or not path.startswith(_API):
        return "", ""
    return "change", f"{method} {path}"
