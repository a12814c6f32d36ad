"""Who calls: the request's signature, and what it is signed over, with keys of tagd's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request

from device import clock, sigv4
from device.sigv4 import Claim, Incomplete, Mismatch
from device.store.access import Access
from device.store.people_aws import Pair
from device.web.compat.rekognition.errors import Refused
from device.web.who import SCOPE

_SERVICE = "rekognition"
_LONGEST = 4096  # characters of the Authorization header
_LONGEST_ID = 128  # characters of the id of a key, as AWS has it


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever they say they are: known, and not proven yet."""

    claim: Claim
    pair: Pair


class Gate:
    """Lets in whoever has signed."""

    def __init__(self, access: Access, root: str, skew: float) -> None:
        """`root` is below which a proxy shows us; `skew` in seconds, how much a clock is off."""
        self._access = access
        self._root = root
        self._skew = skew

    async def named(self, request: Request) -> Caller:
        """Before anything large is received. Raises `Refused`; `StoreError` at trouble."""
        try:
            claim = self._claimed(request)
        except Incomplete as error:
            raise Refused("IncompleteSignatureException", str(error)) from None
        pair = None
        if len(claim.key) <= _LONGEST_ID:
            pair = await asyncio.to_thread(self._access.aws_keys.pair, claim.key)
        if pair is None:
            told = "this access key is wrong, expired or revoked; tagd token add --aws makes one"
            raise Refused("UnrecognizedClientException", told)
        return Caller(claim, pair)

    def prove(self, caller: Caller, request: Request, body: bytes) -> None:
        """Let them in if they have the secret. In a worker thread. Raises `Refused`."""
        scope = request.scope
        path = scope.get("raw_path", b"/").decode("latin-1")
        # A proxy may have taken the prefix away that was signed.
        paths = [path] if path.startswith(f"{self._root}/") else [path, self._root + path]
        signed = self._received(request, path, body)
        encrypted = scope["scheme"] == "https"
        for last, one in enumerate(paths, 1 - len(paths)):
            try:
                given = sigv4.Request(signed.method, one, signed.query, signed.headers, body)
                sigv4.check(caller.claim, given, caller.pair.secret, encrypted=encrypted)
                break
            except Mismatch as error:
                if last == 0:
                    raise Refused("InvalidSignatureException", str(error)) from None
        self._access.aws_keys.note_used(caller.pair)
        scope[SCOPE] = caller.pair.who

    def _claimed(self, request: Request) -> Claim:
        given = request.headers.getlist("authorization")
        if not given:
            told = "sign the request with a key pair of this device (tagd token add --aws)"
            raise Refused("MissingAuthenticationTokenException", told)
        if len(given) > 1 or len(given[0]) > _LONGEST:
            raise Incomplete("send one Authorization header, of 4096 characters at most")
        claim = sigv4.read(given[0])
        if claim.service != _SERVICE:
            told = f"Credential must name the service {_SERVICE}"
            raise Refused("InvalidSignatureException", told)
        off = sigv4.moment(sigv4.stamp(self._received(request, "/", b""))) - clock.now()
        # A board without a battery does not know the time until the network tells it: whoever
        # knows it better must not be turned away. What was signed long ago and is sent again
        # by somebody who listened could then pass; it asks for the tags of its own picture.
        if abs(off) > self._skew and clock.state() == "synced":
            told = "Signature expired" if off < 0 else "Signature not yet current"
            told += f": it was made {abs(off):.0f} s {'ago' if off < 0 else 'from now'}, by the"
            told += f" clock of this device; at most {self._skew:g} s are allowed. Set your clock"
            raise Refused("InvalidSignatureException", told)
        return claim

    def _received(self, request: Request, path: str, body: bytes) -> sigv4.Request:
        scope = request.scope
        query = scope["query_string"].decode("latin-1")
        return sigv4.Request(scope["method"], path, query, request.headers.items(), body)
