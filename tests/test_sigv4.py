"""Signatures of AWS's clients: the published examples, and everything that must not pass."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from device import sigv4
from device.sigv4 import Incomplete, Mismatch, Request

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
DATE = ("x-amz-date", "20150830T123600Z")
HOST = ("host", "example.amazonaws.com")

# AWS's published examples: name, region and service, request, names of headers, signature.
SUITE = (
    (
        "iam ListUsers",
        "us-east-1/iam",
        Request(
            "GET",
            "/",
            "Action=ListUsers&Version=2010-05-08",
            (
                ("host", "iam.amazonaws.com"),
                DATE,
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ),
            b"",
        ),
        "content-type;host;x-amz-date",
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ),
    (
        "get-vanilla",
        "us-east-1/service",
        Request("GET", "/", "", (HOST, DATE), b""),
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        "post-vanilla",
        "us-east-1/service",
        Request("POST", "/", "", (HOST, DATE), b""),
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    (
        "get-vanilla-query-order-key-case",
        "us-east-1/service",
        Request("GET", "/", "Param2=value2&Param1=value1", (HOST, DATE), b""),
        "host;x-amz-date",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-header-key-duplicate",
        "us-east-1/service",
        Request(
            "GET",
            "/",
            "",
            (
                HOST,
                ("my-header1", "value2"),
                ("my-header1", "value2"),
                ("my-header1", "value1"),
                DATE,
            ),
            b"",
        ),
        "host;my-header1;x-amz-date",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        "get-header-value-trim",
        "us-east-1/service",
        Request(
            "GET",
            "/",
            "",
            (HOST, ("my-header1", " value1"), ("my-header2", ' "a   b   c"'), DATE),
            b"",
        ),
        "host;my-header1;my-header2;x-amz-date",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        "post-header-key-sort",
        "us-east-1/service",
        Request("POST", "/", "", (HOST, ("my-header1", "value1"), DATE), b""),
        "host;my-header1;x-amz-date",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    (
        "post-x-www-form-urlencoded",
        "us-east-1/service",
        Request(
            "POST",
            "/",
            "",
            (("content-type", "application/x-www-form-urlencoded"), HOST, DATE),
            b"Param1=value1",
        ),
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    (
        "get-utf8",
        "us-east-1/service",
        Request("GET", "/\u1234".encode().decode("latin-1"), "", (HOST, DATE), b""),
        "host;x-amz-date",
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    ),
    (
        "get-space",
        "us-east-1/service",
        Request("GET", "/example space/", "", (HOST, DATE), b""),
        "host;x-amz-date",
        "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    ),
    (
        "get-relative-relative",
        "us-east-1/service",
        Request("GET", "/example1/example2/../..", "", (HOST, DATE), b""),
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        "get-slashes",
        "us-east-1/service",
        Request("GET", "//example//", "", (HOST, DATE), b""),
        "host;x-amz-date",
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    ),
)


def authorization(scope: str, names: str, signature: str) -> str:
    credential = f"AKIDEXAMPLE/20150830/{scope}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"


@pytest.mark.parametrize(("name", "scope", "request_", "names", "signature"), SUITE)
def test_the_published_examples(
    name: str, scope: str, request_: Request, names: str, signature: str
) -> None:
    claim = sigv4.read(authorization(scope, names, signature))
    assert claim.key == "AKIDEXAMPLE"
    sigv4.check(claim, request_, SECRET, encrypted=False)
    with pytest.raises(Mismatch):
        sigv4.check(claim, request_, SECRET + "x", encrypted=False)


def test_the_published_signing_key() -> None:
    key = sigv4.signing_key(SECRET, "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_five_hundred_tampered_requests_do_not_pass() -> None:
    chance = random.Random(4)
    for _ in range(500):
        _, scope, request, names, signature = chance.choice(SUITE)
        claim = sigv4.read(authorization(scope, names, signature))
        at = chance.randrange(64)
        figure = chance.choice([f for f in "0123456789abcdef" if f != signature[at]])
        kind = chance.randrange(8)
        if kind == 0:
            claim = replace(claim, signature=signature[:at] + figure + signature[at + 1 :])
        elif kind == 1:
            request = replace(request, body=request.body + bytes([chance.randrange(256)]))
        elif kind == 2:
            request = replace(request, path=request.path + chance.choice("abc%~"))
        elif kind == 3:
            request = replace(request, query=request.query + f"&a={at}")
        elif kind == 4:
            request = replace(request, method=chance.choice(["PUT", "DELETE", "post"]))
        elif kind == 5:
            key, value = chance.choice([h for h in request.headers if h[0] != "x-amz-date"])
            others = [h for h in request.headers if h != (key, value)]
            request = replace(request, headers=[*others, (key, value + chance.choice("a;,~"))])
        elif kind == 6:
            parts = {"region": "us-west-1", "service": "sqs", "day": "20150831"}
            changed = chance.choice(list(parts))
            claim = replace(claim, **{changed: parts[changed]})
        else:
            request = replace(request, headers=[*request.headers, ("x-amz-more", str(at))])
        with pytest.raises(Mismatch):
            sigv4.check(claim, request, SECRET, encrypted=False)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "AWS4-HMAC-SHA256"),
        ("Bearer tagd_x", "AWS4-HMAC-SHA256"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "AWS4-HMAC-SHA256"),
        ("AWS4-HMAC-SHA256", "no Credential"),
        ("AWS4-HMAC-SHA256 Credential=a/1/b/c/aws4_request, SignedHeaders=host", "no Signature"),
        (authorization("us-east-1/s", "host", "0" * 64) + ", Signature=1", "twice"),
        (authorization("us-east-1", "host", "0" * 64), "Credential"),
        (authorization("us-east-1//s", "host", "0" * 64).replace("AKID", "") + "", "Credential"),
        (authorization("us-east-1/s", "host;host", "0" * 64), "SignedHeaders"),
        (authorization("us-east-1/s", "Host", "0" * 64), "SignedHeaders"),
        (authorization("us-east-1/s", "host;" * 200, "0" * 64), "SignedHeaders"),
        (authorization("us-east-1/s", "host", "0" * 63), "Signature"),
        (authorization("us-east-1/s", "host", "G" * 64), "Signature"),
    ],
)
def test_what_is_no_whole_signature_is_told(header: str, said: str) -> None:
    with pytest.raises(Incomplete, match=said):
        sigv4.read(header)


def test_a_time_is_needed_and_one_that_exists() -> None:
    with pytest.raises(Incomplete, match="X-Amz-Date"):
        sigv4.stamp(Request("POST", "/", "", (HOST,), b""))
    for odd in ("2015-08-30T12:36:00Z", "20150830T123600Z, 20150830T123600Z", "20150830"):
        with pytest.raises(Incomplete):
            sigv4.stamp(Request("POST", "/", "", (("x-amz-date", odd),), b""))
    with pytest.raises(Incomplete, match="no time"):
        sigv4.moment("20150230T123600Z")
    assert sigv4.moment("20150830T123600Z") == 1440938160.0


def test_host_and_amz_headers_must_be_signed() -> None:
    _, scope, request, _, signature = SUITE[1]
    for names in ("x-amz-date", "host"):
        claim = sigv4.read(authorization(scope, names, signature))
        with pytest.raises(Mismatch, match="SignedHeaders"):
            sigv4.check(claim, request, SECRET, encrypted=False)


def test_an_unsigned_body_needs_tls() -> None:
    headers = (HOST, DATE, ("x-amz-content-sha256", sigv4.UNSIGNED))
    request = Request("POST", "/", "", headers, b"anything")
    signature = "3d7bbf2ff2fe4ba19f31d3a55bc53dbc2e3d2dbc5c2ae5d8d3c2a5fd0b8e2df4"
    names = "host;x-amz-content-sha256;x-amz-date"
    claim = sigv4.read(authorization("us-east-1/service", names, signature))
    with pytest.raises(Mismatch, match="TLS"):
        sigv4.check(claim, request, SECRET, encrypted=False)
    with pytest.raises(Mismatch, match="not that of this request"):
        sigv4.check(claim, request, SECRET, encrypted=True)
    lying = replace(request, headers=(HOST, DATE, ("x-amz-content-sha256", "0" * 64)))
    with pytest.raises(Mismatch, match="body is not"):
        sigv4.check(claim, lying, SECRET, encrypted=True)
