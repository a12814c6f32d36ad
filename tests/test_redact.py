"""Secrets stay out of whatever is shown."""

from __future__ import annotations

import logging

import pytest

from device.redact import Formatter, redact, remember


def test_a_remembered_value_is_hidden_wherever_it_stands() -> None:
    remember("kaffee-kanne")
    assert redact("xkaffee-kannex kaffee-kanne") == "x***x ***"
    assert redact("nothing of it") == "nothing of it"


def test_also_as_urls_and_repr_spell_it() -> None:
    secret = "p&ss w\\ord/1"
    remember(secret)
    assert redact("p%26ss%20w%5Cord%2F1") == "***"
    assert redact(f"{secret!r}") == "'***'"


def test_the_longer_of_two_goes_first() -> None:
    remember("tulip")
    remember("tulip-mania")
    assert redact("tulip-mania") == "***"


def test_what_is_too_short_would_blacken_every_line() -> None:
    remember("abc")
    remember("")
    assert redact("abcdef") == "abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://viewer:hunter2@192.0.2.1/sub", "rtsp://***@192.0.2.1/sub"),
        ("rtsp://viewer:hun@ter2@192.0.2.1/sub", "rtsp://***@192.0.2.1/sub"),
        ("mqtt://token@host", "mqtt://***@host"),
        ("http://a:b@h/x and http://c:d@i/y", "http://***@h/x and http://***@i/y"),
        ("http://host/a@b", "http://host/a@b"),
        ("http://host and me@example.org", "http://host and me@example.org"),
        ('{"url":"http://host","to":"me@example.org"}',) * 2,
        ("me@example.org", "me@example.org"),
    ],
)
def test_who_logs_in_to_a_url(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_log_lines_and_tracebacks_are_redacted() -> None:
    remember("geheimnis")
    try:
        raise ValueError("geheimnis!")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("n", logging.ERROR, "", 0, "got %s", ("geheimnis",), info)
    line = Formatter("%(levelname)s %(message)s").format(record)
    assert "geheimnis" not in line
    assert line.startswith("ERROR got ***\nTraceback")


def test_secrets_in_a_query_are_hidden_as_well() -> None:
    shown = redact("http://h/snap.cgi?user=me&pwd=s3same&x=1 and http://h/?token=abc&y=2")
    assert shown == "http://h/snap.cgi?user=me&pwd=***&x=1 and http://h/?token=***&y=2"


def test_a_switch_is_no_secret() -> None:
    remember("true")
    assert redact("enabled: true") == "enabled: true"
