"""What a request shows of who sends it: a token, a session's cookie, its address. Pure."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import Scope

COOKIE = "tagd_session"
_OVER_TLS = f"__Host-{COOKIE}"  # browsers take it from an encrypted answer of this host only
_FORWARDED = ("forwarded", "via", "x-real-ip")
_LONGEST = 4096  # characters of a header that is looked at


def token_of(headers: Headers) -> str | None:
    """The token of `Authorization`; empty for a header that names none, None without one.

    `Bearer TOKEN`, or Basic with the token as user name, as clients of image services send keys.
    """
    given = headers.get("authorization")
    if given is None:
        return None
    scheme, _, value = given[:_LONGEST].strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def cookie_name(scope: Scope) -> str:
    """Of the session, by how the request came."""
    return _OVER_TLS if scope["scheme"] == "https" else COOKIE


def session_of(scope: Scope, headers: Headers) -> str | None:
    """The secret in the session's cookie."""
    found: SimpleCookie = SimpleCookie()
    for header in headers.getlist("cookie"):
        for part in header[:_LONGEST].split(";"):
            try:  # one by one: another's strange cookie must not hide ours
                found.load(part.strip())
            except CookieError:
                continue
    morsel = found.get(cookie_name(scope))
    return morsel.value if morsel is not None else None


def cookie(scope: Scope, secret: str, seconds: int) -> str:
    """`Set-Cookie` of a session; with 0 seconds the browser forgets it."""
    secure = "; Secure" if scope["scheme"] == "https" else ""
    rest = f"Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}"
    return f"{cookie_name(scope)}={secret}; {rest}"


def path_of(scope: Scope) -> str:
    """Below the root path that a proxy may put in front."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def address_of(scope: Scope) -> str:
    """Where it comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def neighbourhood(address: str) -> str:
    """What one machine can take of addresses: IPv6 gives each a network of its own (/64)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def is_from_here(scope: Scope, headers: Headers) -> bool:
    """Whether it was sent on this machine, and not passed on by a proxy that runs here.

    Nor by a browser here that another site's page has asked to.
    """
    if any(name in _FORWARDED or name.startswith("x-forwarded-") for name in headers):
        return False
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    try:
        address = ipaddress.ip_address(neighbourhood(address_of(scope)))
    except ValueError:
        return False
    return address.is_loopback
