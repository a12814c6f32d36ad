"""Everything that can be asked wrongly of AWS Rekognition's API, or go wrong: in AWS's shape."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_rig import KIND, Rekognition, Signer, encoded, refused, serving, signer
from web_helpers import HeldTagger, Site, png, running, until

from device.web.compat import desk

RED = png(200)  # one colour: a label


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
