"""The answers of HTTP's logins, against the examples of their standards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.http_auth import Login, challenges

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    f'nonce="{NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


def mufasa() -> Login:
    return Login("Mufasa", "Circle of Life", lambda: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [  # RFC 7616, section 3.9.1
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_standard(algorithm: str, response: str) -> None:
    login = mufasa()
    assert login.header("GET", "/dir/index.html") is None
    assert login.refused([RFC_7616.format(algorithm)])
    said = login.header("GET", "/dir/index.html")
    assert said is not None
    assert f'response="{response}"' in said
    assert "qop=auth, nc=00000001" in said
    assert "nc=00000002" in (login.header("GET", "/dir/index.html") or "")


def test_the_older_standard_without_qop() -> None:
    login = Login("Mufasa", "Circle Of Life")  # RFC 2617, with 2069's formula
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert login.refused([f'Digest realm="testrealm@host.com", nonce="{nonce}"'])
    said = login.header("GET", "/dir/index.html") or ""
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in said
    assert "cnonce" not in said
    assert "algorithm" not in said


def test_the_strongest_is_taken_of_several() -> None:
    md5, sha = RFC_7616.format("MD5"), RFC_7616.format("SHA-256")
    for offers in ([md5, sha, 'Basic realm="x"'], [f'Basic realm="x", {sha}, {md5}']):
        login = mufasa()
        assert login.refused(offers)
        assert "753927fa" in (login.header("GET", "/dir/index.html") or "")


def test_basic() -> None:
    login = Login("Aladdin", "open sesame")  # RFC 7617
    assert login.refused(["basic realm=x"])
    assert login.header("GET", "/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize(
    "offers",
    [[], ["Negotiate"], ["Bearer x=y"], ['Digest realm="x"'], ["Digest nonce=1, algorithm=SHA-1"],
     ['Digest nonce=1, qop="auth-int"'], [",,,"], ["="], ['Digest nonce="']],
)  # fmt: skip
def test_what_cannot_be_answered(offers: list[str]) -> None:
    assert not mufasa().refused(offers)


def test_a_second_refusal_is_a_wrong_password_unless_the_nonce_was_old() -> None:
    login = mufasa()
    first = RFC_7616.format("MD5")
    assert login.refused([first])
    assert not login.refused([first])
    login.begin()
    assert login.refused([first])
    assert login.refused([first + ", stale=TRUE"])
    login.begin()
    assert login.refused([first])  # not every server says that its nonce is old


def test_names_beyond_latin() -> None:
    for offer in ('Digest realm="ü", nonce="1", charset=UTF-8', 'Digest realm="ü", nonce="1"'):
        login = Login("Ωmega", "пароль")
        assert login.refused([offer])
        assert login.header("GET", "/")


def test_a_quote_in_the_realm_ends_nothing() -> None:
    (found,) = challenges(['Digest realm="a \\"b\\", nonce=\\"no\\"", nonce="yes"'])
    assert found.given["realm"] == 'a "b", nonce="no"'
    assert found.given["nonce"] == "yes"


@given(st.lists(st.text(max_size=200), max_size=3))
def test_whatever_a_server_says(values: list[str]) -> None:
    login = mufasa()
    if login.refused(values):
        assert login.header("GET", "/") is not None


def test_a_long_challenge_takes_no_long_time() -> None:
    challenges(["Digest " + "a" * 60_000, 'Digest x="' + "\\" * 60_000, "a=" * 30_000])
