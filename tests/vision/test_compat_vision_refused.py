"""What Google Vision's API refuses, always in Google's shape."""

from __future__ import annotations

import json

import pytest
from vision_rig import ANNOTATE, LABELS, annotate, asked, key, refused
from web_helpers import Site, png, read_head, request

RED = png(0x2828C8)


def test_a_key_is_wanted_and_401_is_never_said(open_site: Site, secret: str) -> None:
    nobody = annotate(open_site, None, asked(RED, LABELS))
    assert "X-Goog-Api-Key" in refused(nobody, 403, "PERMISSION_DENIED")
    for wrong in ("AIzaSy-of-somebody", secret[:-1] + "!", "tagd_", "0" * 5000):
        answer = annotate(open_site, wrong, asked(RED, LABELS))
        assert "API key not valid" in refused(answer, 400, "INVALID_ARGUMENT")
        assert answer.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    for small in (key(open_site, "viewer"), key(open_site, "reviewer", ["gate"])):
        answer = annotate(open_site, small, asked(RED, LABELS))
        assert "may not send pictures" in refused(answer, 403, "PERMISSION_DENIED")
    with open_site.client(headers={"Authorization": f"Bearer {secret}"}) as client:
        assert client.post(ANNOTATE, json={}).status_code == 200


def test_a_key_that_is_revoked_is_none(open_site: Site) -> None:
    token, given = open_site.access.tokens.add("lent", "reviewer", None, "test")
    assert annotate(open_site, given, asked(RED, LABELS)).status_code == 200
    open_site.access.tokens.revoke(token.id)
    refused(annotate(open_site, given, asked(RED, LABELS)), 400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"[]", "Invalid JSON"),
        (b'{"requests": 1}', "'requests'"),
        (b'{"requests": [{"image": {"content": "!!"}}]}', "'requests[0].image.content'"),
        (b'{"requests": [{"image": {"content": 5}}]}', "'requests[0].image.content'"),
        (b'{"requests": [{"features": [{"type": "NONSENSE"}]}]}', "requests[0].features[0].type"),
        (b'{"requests": [{"features": [{"type": 99}]}]}', "requests[0].features[0].type"),
        (b'{"requests": [{"features": [{"maxResults": -1}]}]}', "maxResults"),
        (b'{"requests": [{"features": [{"maxResults": 1e99}]}]}', "maxResults"),
        (b'{"requests": [{"colour": 1}]}', "Unknown name \"colour\" at 'requests[0]'"),
        (b'{"requests": [' + b"{}," * 16 + b"{}]}", "Too many images"),
        (b'{"requests":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "Invalid"),
        (b'{"requests": "\xff"}', "Invalid"),
        (b"\x1f\x8b\x08", "Invalid JSON"),
    ],
)
def test_a_wrong_request_is_told_where_it_is_wrong(
    open_site: Site, secret: str, body: bytes, said: str
) -> None:
    with open_site.client(headers={"X-Goog-Api-Key": secret}) as client:
        answer = client.post(ANNOTATE, content=body, headers={"Content-Type": "application/json"})
    assert said in refused(answer, 400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ANNOTATE),
        ("PUT", ANNOTATE),
        ("POST", "/v1p4beta1/images:annotate"),
        ("POST", "/v1/images:asyncBatchAnnotate"),
        ("POST", "/v1/files:annotate"),
        ("POST", "/v1/projects/p/locations/eu/files:asyncBatchAnnotate"),
        ("GET", "/v1/operations/1"),
        ("GET", "/v1/projects/p/operations/1"),
        ("GET", "/v1/projects/p/locations/l/products"),
        ("POST", "/v1/images:annotate/"),
    ],
)
def test_what_is_not_answered_is_not_found(
    open_site: Site, secret: str, method: str, path: str
) -> None:
    with open_site.client(headers={"X-Goog-Api-Key": secret}) as client:
        answer = client.request(method, path)
    if path.endswith("/"):
        assert answer.status_code == 401  # none of Google's paths: the native guard's
        return
    refused(answer, 404, "NOT_FOUND")


def test_a_request_over_the_limit_is_refused_before_it_is_sent(
    open_site: Site, secret: str
) -> None:
    length = f"Content-Length: {10 * 1024**2 + 1}"
    with open_site.connect() as raw:
        raw.sendall(request(ANNOTATE, f"X-Goog-Api-Key: {secret}", length, method="POST"))
        status, headers = read_head(raw)
        with raw.makefile("rb") as file:
            error = json.loads(file.read(int(headers["content-length"])))["error"]
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")
    assert "10 MB" in error["message"]


def test_without_a_key_nothing_is_received(open_site: Site) -> None:
    with open_site.connect() as raw:
        raw.sendall(request(ANNOTATE, "Content-Length: 9000000", method="POST"))
        assert read_head(raw)[0] == 403
