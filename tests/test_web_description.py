"""The API's own description is whole, and schemathesis finds that it is true.

It makes requests that fit the description and such that do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from api_rig import DESCRIPTION, appliance, description, operations
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from web_helpers import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with appliance(tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture(scope="module")
def described(site: Site) -> dict[str, Any]:
    return description(site)


def test_every_route_says_what_it_answers(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        answers = operation["responses"]
        where = f"{method} {path}"
        good = [one for status, one in answers.items() if status.startswith("2")]
        assert good, where
        assert all(one["content"] for one in good), f"{where}: what is in it?"
        for status in ("4XX", "5XX"):
            assert "application/problem+json" in answers[status]["content"], f"{where} {status}"
        assert "422" not in answers, f"{where}: the framework's own errors are never sent"
        assert operation["summary"], where
        assert operation["description"], where


def test_every_body_is_described_with_an_example(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        body = operation.get("requestBody")
        if method in ("put", "patch"):
            assert body is not None, f"{method} {path}"
        for kind, content in (body or {}).get("content", {}).items():
            where = f"{method} {path} {kind}"
            assert "schema" in content, where
            if kind == "application/json":
                schema = content["schema"]
                example = content["example"] if "example" in content else schema["examples"][0]
                jsonschema_rs.validate(schema, example)


# -- what schemathesis tries


ELSEWHERE = ("/sources/test", "/mqtt/test")  # 502 is what they find out


def no_server_error(context: Any, response: Any, case: schemathesis.Case) -> None:
    if response.status_code != 502 or not case.path.endswith(ELSEWHERE):
        schemathesis.checks.not_a_server_error(context, response, case)


CHECKS = [
    no_server_error,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", GenerationMode)
def test_what_fits_the_description_and_what_does_not(site: Site, mode: GenerationMode) -> None:
    """No 500; every answer is one that the description has, in its shape."""
    schema = schemathesis.openapi.from_url(f"{site.server.url}{DESCRIPTION}")
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) > 15
    with site.client() as client:
        before = answered(client.get("/metrics").text)
        for operation in found:
            attempt(operation, mode)
        assert answered(client.get("/metrics").text) - before > 100


def answered(metrics: str) -> int:
    """How many requests were answered."""
    return sum(map(int, re.findall(r"^tagd_http_requests_total.* (\d+)$", metrics, re.MULTILINE)))


def attempt(operation: Any, mode: GenerationMode) -> None:
    """Bounded, and the same each time."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def call(case: schemathesis.Case) -> None:
        if "event-stream" in str(case.headers):
            return  # it would never end
        case.call_and_validate(checks=CHECKS, timeout=30)

    try:
        call()
    except Unsatisfiable:  # there is nothing to get wrong about it
        assert mode is GenerationMode.NEGATIVE
