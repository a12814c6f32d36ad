"""AWS Rekognition's API, spoken byte by byte: signatures, labels, every error in AWS's shape."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_rig import KIND, Rekognition, Signer, encoded, refused, serving, signer
from web_helpers import HeldTagger, Site, png, running, until

from device import clock, search_query
from device.sigv4 import UNSIGNED
from device.web.compat import desk
from device.web.proxy import Front

RED = png(200)  # one colour: a label


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site"), trust_loopback=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def signed(site: Site) -> Signer:
    return signer(site)


@pytest.fixture
def aws(site: Site, signed: Signer) -> Iterator[Rekognition]:
    with Rekognition(site.server.url, replace(signed)) as opened:
        yield opened


def count(site: Site) -> int:
    return int(site.reader.totals()["pictures"])


def test_a_picture_is_tagged_and_nothing_stored(site: Site, aws: Rekognition) -> None:
    before = count(site)
    for _ in range(2):
        told = aws.labels(RED)
        [label] = told["Labels"]
        assert label["Name"] == "Red"
        assert 55 <= label["Confidence"] <= 100
        assert label["Categories"] == [{"Name": "Red"}]
        assert label["Instances"] == label["Parents"] == label["Aliases"] == []
        assert told["LabelModelVersion"] == "fake"
        assert told["OrientationCorrection"] is None
        assert "ImageProperties" not in told
    assert count(site) == before


def test_colours_and_quality_come_when_asked_for(aws: Rekognition) -> None:
    colours = {"ImageProperties": {"MaxDominantColors": 1}}
    told = aws.labels(RED, Features=["IMAGE_PROPERTIES"], Settings=colours)
    assert "Labels" not in told
    whole = told["ImageProperties"]
    assert set(whole) == {"Quality", "DominantColors", "Foreground", "Background"}
    assert set(whole["Quality"]) == {"Brightness", "Sharpness", "Contrast"}
    [colour] = whole["DominantColors"]
    assert (colour["Red"], colour["Green"], colour["Blue"]) == (200, 0, 0)
    assert colour["HexCode"] == "#c80000"
    assert colour["PixelPercent"] == pytest.approx(100)
    both = aws.labels(RED, Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"])
    assert both["Labels"]
    assert both["ImageProperties"]


def test_how_much_is_wanted(aws: Rekognition) -> None:
    sure = aws.labels(RED)["Labels"][0]["Confidence"]
    assert aws.labels(RED, MinConfidence=sure)["Labels"]
    assert aws.labels(RED, MinConfidence=min(100.0, sure + 0.01))["Labels"] == []
    assert aws.labels(RED, MaxLabels=0)["Labels"] == []
    assert aws.labels(RED, MaxLabels=2**31 - 1, Something={"new": 1})["Labels"]
    for key in ("LabelInclusionFilters", "LabelCategoryInclusionFilters"):
        assert aws.labels(RED, Settings={"GeneralLabels": {key: ["RED"]}})["Labels"]
        assert not aws.labels(RED, Settings={"GeneralLabels": {key: ["Dog"]}})["Labels"]
    for key in ("LabelExclusionFilters", "LabelCategoryExclusionFilters"):
        assert not aws.labels(RED, Settings={"GeneralLabels": {key: ["red"]}})["Labels"]


def test_what_is_stored_once_when_the_config_says_so(site: Site, signed: Signer) -> None:
    picture = png(77)
    with serving(site, store=True) as url, Rekognition(url, signed) as aws:
        before = count(site)
        first = aws.labels(picture)
        again = aws.labels(picture)  # as a client does that heard no answer
        assert first == again
        assert count(site) == before + 1
    found = site.reader.page(search_query.parse("source:rekognition")).pictures
    assert json.loads(found[0])["source"] == "rekognition"


# -- who may


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


# -- what is asked wrongly


def test_operations_that_are_not_answered(aws: Rekognition) -> None:
    for name in ("DetectFaces", "DetectModerationLabels", "ListCollections"):
        assert name in refused(aws.call(name), "AccessDeniedException")
    refused(aws.call("DetectCustomLabels"), "ResourceNotFoundException")
    refused(aws.call("Detect Labels"), "UnknownOperationException")
    headers = aws.signer.headers(aws.url, "TranslateService.Foo", b"{}")
    refused(aws.send(httpx.Request("POST", aws.url, headers=headers, content=b"{}")),
            "UnknownOperationException")  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({}, "InvalidParameterException", "Bytes"),
        ({"Image": {}}, "InvalidParameterException", "Bytes"),
        ({"Image": {"Bytes": ""}}, "InvalidParameterException", "empty"),
        ({"Image": {"Bytes": "!"}}, "SerializationException", "base64"),
        ({"Image": {"Bytes": "ä"}}, "SerializationException", "base64"),
        ({"Image": {"Bytes": [1]}}, "SerializationException", "text"),
        ({"Image": "x"}, "SerializationException", "object"),
        ({"Image": {"S3Object": {"Bucket": "b", "Name": "n"}}}, "InvalidS3ObjectException", "S3"),
        ({"Image": {**encoded(RED), "S3Object": {}}}, "InvalidParameterException", "else"),
        ({"Image": encoded(b"GIF89a")}, "InvalidImageFormatException", "picture"),
        ({"Image": encoded(RED[:60])}, "InvalidImageFormatException", ""),
        ({"Image": encoded(b"%PDF-1.4" * 99)}, "InvalidImageFormatException", ""),
        ({"MinConfidence": 100.1}, "InvalidParameterException", "0 to 100"),
        ({"MinConfidence": -1}, "InvalidParameterException", "0 to 100"),
        ({"MinConfidence": float("nan")}, "InvalidParameterException", "0 to 100"),
        ({"MinConfidence": "90"}, "SerializationException", "number"),
        ({"MinConfidence": True}, "SerializationException", "number"),
        ({"MaxLabels": -1}, "InvalidParameterException", "MaxLabels"),
        ({"MaxLabels": 10**30}, "InvalidParameterException", "MaxLabels"),
        ({"MaxLabels": 1.5}, "SerializationException", "whole"),
        ({"Features": ["FACES"]}, "InvalidParameterException", "GENERAL_LABELS"),
        ({"Features": "GENERAL_LABELS"}, "SerializationException", "list"),
        ({"Features": [None]}, "SerializationException", "list"),
        ({"Settings": []}, "SerializationException", "object"),
        ({"Settings": {"GeneralLabels": 1}}, "SerializationException", "object"),
        (
            {"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["a"] * 101}}},
            "InvalidParameterException",
            "100",
        ),
        (
            {"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["a" * 51]}}},
            "InvalidParameterException",
            "50",
        ),
        (
            {"Settings": {"ImageProperties": {"MaxDominantColors": 21}}},
            "InvalidParameterException",
            "20",
        ),
    ],
)
def test_bad_calls(aws: Rekognition, given: dict[str, Any], code: str, said: str) -> None:
    whole = {"Image": encoded(RED), **given} if given else {}
    assert said in refused(aws.call(**whole), code)


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"7" * 5000, b'"x"', b"\x00" * 100],
)
def test_bodies_that_are_no_json_object(aws: Rekognition, body: bytes) -> None:
    refused(aws.send(aws.request(body)), "SerializationException")


def test_a_content_type_that_is_not_json(aws: Rekognition) -> None:
    aws.signer.extra = {"content-type": "application/x-www-form-urlencoded"}
    assert KIND in refused(aws.call(Image=encoded(RED)), "SerializationException")


def test_pictures_over_the_limit(aws: Rekognition) -> None:
    large = bytes(5 * 1024**2 + 1)
    refused(aws.call(Image=encoded(large)), "ImageTooLargeException")  # the body would do
    refused(aws.call(Image=encoded(large * 2)), "ImageTooLargeException")


def test_a_large_body_needs_a_known_key(site: Site) -> None:
    """Of whoever names none, nothing is received."""
    stranger = Signer("TAGDNOBODY", "secret")
    with Rekognition(site.server.url, stranger) as aws:
        head = aws.signer.headers(aws.url, "RekognitionService.DetectLabels", b"")
    with site.connect() as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        sent = f"POST / HTTP/1.1\r\n{lines}content-length: 6000000\r\n\r\n"
        connection.sendall(sent.encode())
        answer = b""
        while b"}" not in answer:
            answer += connection.recv(65536)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"UnrecognizedClientException" in answer


def test_other_methods_and_paths_stay_ours(site: Site) -> None:
    with site.client() as native:
        answer = native.post("/api/v1/pictures", headers={"X-Amz-Target": "a.b"})
        assert answer.headers["content-type"] == "application/problem+json"
        assert native.get("/", headers={"X-Amz-Target": "a.b"}).status_code == 200
        told = native.post("/", headers={"Content-Type": KIND})
        refused(told, "MissingAuthenticationTokenException")


def test_switched_off(site: Site, signed: Signer) -> None:
    with serving(site, enabled=False) as url, Rekognition(url, signed) as aws:
        answer = aws.call(Image=encoded(RED))
        assert answer.headers["content-type"] == "application/problem+json"


def test_another_name_of_the_device(aws: Rekognition) -> None:
    request = aws.request(b"{}")
    request.headers["host"] = "elsewhere.example"
    refused(aws.send(request), "AccessDeniedException")


# -- trouble


def test_a_full_disk_is_not_worth_a_retry(tmp_path: Path) -> None:
    with running(tmp_path, trust_loopback=False) as site:
        pair = signer(site)
        with serving(site, store=True) as url, Rekognition(url, pair) as aws:
            site.store.full = True
            answer = aws.call(Image=encoded(png(5)))
            refused(answer, "InternalServerError", 507)
            site.store.full = False


def test_too_many_at_once_are_throttled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_PATIENCE", 0.5)
    held = HeldTagger()
    with running(tmp_path, tagger=lambda: held, trust_loopback=False) as site:
        pair = signer(site)

        def call(number: int) -> httpx.Response:
            with Rekognition(site.server.url, pair) as aws:
                return aws.call(Image=encoded(png(number)))

        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(call, number) for number in range(8)]
            try:
                assert until(lambda: sum(one.done() for one in calls) >= 4, 20)
            finally:
                held.gate.set()
            codes = [one.result().json().get("__type") for one in calls]
        assert codes.count("ThrottlingException") == 4
        assert codes.count(None) == 4


def test_the_audit_log_tells(tmp_path: Path) -> None:
    with running(tmp_path, trust_loopback=False) as site:
        with Rekognition(site.server.url, signer(site)) as aws:
            for _ in range(3):
                aws.labels(RED)
            aws.signer = signer(site, "viewer", name="looker")
            refused(aws.call(Image=encoded(RED)), "AccessDeniedException")
        site.access.audit.close()  # what happens often is written once a minute, or at the end
        found = [
            (one["who"], one["what"], one["about"], one["times"])
            for one in site.access.audit.page(None, 10)
        ]
        assert sorted(found) == [
            ("app", "rekognition", "/", 3),
            ("looker", "refused", "DetectLabels", 1),
        ]
