"""Who may call AWS Rekognition's API: signatures that hold, and all that do not."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import httpx
import pytest
from aws_rig import Rekognition, Signer, encoded, refused, serving, signer
from web_helpers import Site, png

from device import clock
from device.sigv4 import UNSIGNED
from device.web.proxy import Front

RED = png(200)  # one colour: a label


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "MissingAuthenticationTokenException"),
        ("Bearer tagd_abc", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 nonsense", "IncompleteSignatureException"),
    ],
)
def test_without_a_signature(aws: Rekognition, header: str | None, code: str) -> None:
    request = aws.request(b"{}")
    del request.headers["authorization"]
    if header is not None:
        request.headers["authorization"] = header
    refused(aws.send(request), code)


def test_a_token_is_no_key_and_a_key_no_token(site: Site, aws: Rekognition) -> None:
    _, token = site.access.tokens.add("plain", "administrator", None, "test")
    aws.signer = Signer(token, token)
    refused(aws.call(Image=encoded(RED)), "UnrecognizedClientException")
    pair = signer(site, "administrator", name="pair")
    for secret in (pair.secret, pair.access, f"tagd_{pair.secret}"):
        with site.client(headers={"Authorization": f"Bearer {secret}"}) as native:
            assert native.get("/api/v1/pictures").status_code == 401
    for secret in (pair.secret, pair.access):
        assert site.access.tokens.who(secret) is None


def test_a_wrong_secret_a_revoked_key_and_one_that_has_ended(site: Site, aws: Rekognition) -> None:
    pair = signer(site, name="short")
    aws.signer = replace(pair, secret=pair.secret[:-1] + "~")
    told = refused(aws.call(Image=encoded(RED)), "InvalidSignatureException")
    assert pair.secret not in told
    assert site.access.tokens.named("short").used_at is None  # it has proven nothing
    aws.signer = pair
    assert aws.labels(RED)
    assert site.access.tokens.named("short").used_at is not None
    site.access.tokens.revoke(site.access.tokens.named("short").id)
    refused(aws.call(Image=encoded(RED)), "UnrecognizedClientException")


def test_a_viewer_and_whoever_may_not_see_its_source(site: Site, aws: Rekognition) -> None:
    aws.signer = signer(site, "viewer", name="looker")
    refused(aws.call(Image=encoded(RED)), "AccessDeniedException")
    aws.signer = signer(site, "reviewer", frozenset({"garden"}), "gardener")
    refused(aws.call(Image=encoded(RED)), "AccessDeniedException")
    aws.signer = signer(site, "reviewer", frozenset({"rekognition"}), "narrow")
    assert aws.labels(RED)


def test_clocks_that_are_wrong(
    site: Site, aws: Rekognition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "state", lambda: "synced")
    for off, said in ((-1000.0, "expired"), (1000.0, "not yet current")):
        aws.signer = replace(aws.signer, off=off)
        assert said in refused(aws.call(Image=encoded(RED)), "InvalidSignatureException")
    for off in (-800.0, 800.0):
        aws.signer = replace(aws.signer, off=off)
        assert aws.labels(RED)
    with serving(site, clock_skew_s=7 * 86400) as url:
        far = replace(aws.signer, off=-86400.0)
        with Rekognition(url, far) as patient:
            assert patient.labels(RED)
    monkeypatch.setattr(clock, "state", lambda: "untrusted")
    aws.signer = replace(aws.signer, off=-20 * 365 * 86400.0)
    assert aws.labels(RED)


def test_regions_sessions_and_odd_headers_are_all_the_same(aws: Rekognition) -> None:
    aws.signer = replace(
        aws.signer,
        region="mars-north-1",
        extra={
            "x-amz-security-token": "a session that is none",
            "x-odd": "several   spaces",
            "amz-sdk-request": "attempt=1",
        },
    )
    assert aws.labels(RED)
    aws.signer = replace(aws.signer, service="s3", extra={})
    refused(aws.call(Image=encoded(RED)), "InvalidSignatureException")


def test_an_unsigned_body_is_not_taken_without_tls(aws: Rekognition) -> None:
    aws.signer = replace(aws.signer, extra={"x-amz-content-sha256": UNSIGNED})
    assert "TLS" in refused(aws.call(Image=encoded(RED)), "InvalidSignatureException")


def test_five_hundred_tampered_requests(site: Site, aws: Rekognition) -> None:
    """Each is right but for one thing."""
    chance = random.Random(8)
    body = json.dumps({"Image": encoded(RED)}).encode()
    done = {"InvalidSignatureException": 0}
    for _ in range(500):
        request = aws.request(body)
        kind = chance.randrange(5)
        if kind == 0:
            at = chance.randrange(64)
            head, _, signature = request.headers["authorization"].rpartition("=")
            other = chance.choice([f for f in "0123456789abcdef" if f != signature[at]])
            changed = f"{head}={signature[:at]}{other}{signature[at + 1 :]}"
            request.headers["authorization"] = changed
        elif kind == 1:
            at = chance.randrange(len(body))
            spoiled = body[:at] + bytes([body[at] ^ chance.randrange(1, 256)]) + body[at + 1 :]
            request = httpx.Request("POST", request.url, headers=request.headers, content=spoiled)
        elif kind == 2:
            name = chance.choice(["x-amz-target", "content-type"])
            request.headers[name] += chance.choice("abc;/")
        elif kind == 3:
            place = request.url.copy_with(path=chance.choice(["/aws/", "//x/", "/%41/", "/../b/"]))
            request = httpx.Request("POST", place, headers=request.headers, content=body)
        else:
            request.headers[chance.choice(["x-amz-user", "x-amz-meta-a"])] = "more"
        code = aws.send(request).json().get("__type")
        done[code] = done.get(code, 0) + 1
    assert done == {"InvalidSignatureException": 500}


def test_below_a_prefix(site: Site, signed: Signer) -> None:
    with Rekognition(site.server.url, signed, "/aws/") as aws:
        assert aws.labels(RED)
    with serving(site, Front(root="/tagd")) as url:
        for path in ("/tagd/", "/tagd/aws/", "/"):
            with Rekognition(url, signed, path) as aws:
                assert aws.labels(RED), path
        # A proxy that takes the prefix away, which was signed.
        with Rekognition(url, signed, "/tagd/") as aws:
            request = aws.request(json.dumps({"Image": encoded(RED)}).encode())
            bare = request.url.copy_with(path="/")
            moved = httpx.Request("POST", bare, headers=request.headers, content=request.content)
            assert aws.send(moved).status_code == 200
