"""Whether a request was signed with AWS Signature Version 4 by whoever has the secret. Pure.

After "AWS Signature Version 4 for API requests" in the IAM User Guide
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html): the request in its canonical form,
its SHA-256 in the string to sign, whose HMAC-SHA256 is made with a key derived from the secret,
the day, the region and the service. In an `Authorization` header only, as the clients send it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_END = "aws4_request"
_STAMP = "%Y%m%dT%H%M%SZ"
_STAMP_FORM = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_MOST_HEADERS = 100  # that are signed


class Incomplete(ValueError):
    """The header is no whole signature; the text says what is missing."""


class Mismatch(ValueError):
    """The signature is not that of this request with this secret; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an `Authorization` header says."""

    key: str  # id of the access key
    day: str  # YYYYMMDD
    region: str
    service: str
    signed: tuple[str, ...]  # names of headers, lower case
    signature: str  # 64 hexadecimal figures

    @property
    def scope(self) -> str:
        """What the signing key is good for."""
        return f"{self.day}/{self.region}/{self.service}/{_END}"


@dataclass(frozen=True, slots=True)
class Request:
    """As it was received. Text holds one byte in each letter (latin-1)."""

    method: str
    path: str  # percent-encoded, as it stood in the request
    query: str
    headers: Sequence[tuple[str, str]]  # lower-case names, in their order
    body: bytes

    def header(self, name: str) -> str:
        """All its values with commas between, each without spaces around or twice in a row."""
        return ",".join(" ".join(value.split()) for one, value in self.headers if one == name)


def read(authorization: str) -> Claim:
    """The claim of a header. Raises `Incomplete`."""
    algorithm, _, rest = authorization.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise Incomplete(f"sign the request with {ALGORITHM}")
    pairs = [pair.strip().partition("=") for pair in rest.split(",")]
    parts = {name: value for name, _, value in pairs}
    missing = [n for n in ("Credential", "SignedHeaders", "Signature") if not parts.get(n)]
    if missing or len(parts) != len(pairs):
        told = f"no {missing[0]} in it" if missing else "something stands in it twice"
        raise Incomplete(f"the Authorization header is not complete: {told}")
    scope = parts["Credential"].rsplit("/", 4)
    if len(scope) != 5 or scope[4] != _END or not all(scope):
        raise Incomplete(f"Credential must be KEY/DAY/REGION/SERVICE/{_END}")
    key, day, region, service, _ = scope
    signed = tuple(parts["SignedHeaders"].split(";"))
    sound = len(signed) <= _MOST_HEADERS and len(set(signed)) == len(signed)
    if not sound or not all(map(_HEADER.fullmatch, signed)):
        raise Incomplete("SignedHeaders must be names in lower case with semicolons between")
    if not _SIGNATURE.fullmatch(parts["Signature"]):
        raise Incomplete("Signature must be 64 hexadecimal figures")
    return Claim(key, day, region, service, signed, parts["Signature"])


def stamp(request: Request) -> str:
    """When it was signed, as `20150830T123600Z`. Raises `Incomplete`."""
    found = request.header("x-amz-date")
    if not _STAMP_FORM.fullmatch(found):
        raise Incomplete("X-Amz-Date must say when it was signed, as 20150830T123600Z")
    return found


def moment(stamped: str) -> float:
    """A stamp in seconds since the epoch, UTC. Raises `Incomplete` for a day there is not."""
    try:
        return datetime.strptime(stamped, _STAMP).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise Incomplete(f"there is no time {stamped}") from None


def check(claim: Claim, request: Request, secret: str, *, encrypted: bool) -> None:
    """Raises `Mismatch`, and `Incomplete` where no time is told.

    The host and all of `X-Amz-` must be signed. A body that is not, the client's word for it,
    is taken from an `encrypted` connection only.
    """
    stamped = stamp(request)
    if not stamped.startswith(claim.day):
        raise Mismatch("the day in Credential is not that of X-Amz-Date")
    loose = [n for n, _ in request.headers if n.startswith("x-amz-") and n not in claim.signed]
    if "host" not in claim.signed or loose:
        raise Mismatch(f"{loose[0] if loose else 'host'} must be one of the SignedHeaders")
    digest = _payload(request, encrypted=encrypted)
    wanted = _signature(claim, stamped, _canonical(claim, request, digest), secret)
    if not hmac.compare_digest(wanted, claim.signature):
        raise Mismatch(
            "the signature is not that of this request: check the secret access key, and that no"
            " proxy changes the host or the path"
        )


def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """The 32 bytes that sign one day's requests to one service of a region."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, _END):
        key = hmac.digest(key, _bytes(part), "sha256")
    return key


def _signature(claim: Claim, stamped: str, canonical: bytes, secret: str) -> str:
    digest = hashlib.sha256(canonical).hexdigest()
    text = "\n".join((ALGORITHM, stamped, claim.scope, digest))
    key = signing_key(secret, claim.day, claim.region, claim.service)
    return hmac.digest(key, _bytes(text), "sha256").hex()


def _canonical(claim: Claim, request: Request, digest: str) -> bytes:
    headers = "".join(f"{name}:{request.header(name)}\n" for name in claim.signed)
    lines = (
        request.method,
        # Encoded once more than it was sent, as all services but S3 want it.
        quote(_bytes(_normal(request.path)), safe="/~"),
        _sorted(request.query),
        headers,
        ";".join(claim.signed),
        digest,
    )
    return _bytes("\n".join(lines))


def _payload(request: Request, *, encrypted: bool) -> str:
    """The SHA-256 of the body that was signed."""
    said = request.header("x-amz-content-sha256")
    if said == UNSIGNED:
        if not encrypted:
            raise Mismatch("without TLS the body must be signed; switch payload signing on")
        return said
    digest = hashlib.sha256(request.body).hexdigest()
    if said and not hmac.compare_digest(said.encode(), digest.encode()):
        raise Mismatch("the body is not what X-Amz-Content-Sha256 says")
    return digest


def _normal(path: str) -> str:
    """RFC 3986 5.2.4, and without empty segments."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    tail = "/" if kept and path.endswith("/") else ""
    return f"/{'/'.join(kept)}{tail}"


def _sorted(query: str) -> str:
    pairs = [part.partition("=") for part in query.split("&") if part]
    return "&".join(f"{name}={value}" for name, _, value in sorted(pairs))


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
