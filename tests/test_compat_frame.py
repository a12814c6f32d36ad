"""What is around the drop-in APIs: whatever goes wrong on their way has their shape, not ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from vision_rig import ANNOTATE, LABELS, annotate, asked, key, refused, vision
from web_helpers import Site, png, problem, read_head, request, running

from device.config_compat import Compat, ImageKit, Rekognition, Vision
from device.config_file import parse_config
from device.config_web import networks
from device.errors import StoreError
from device.web.app import create_app
from device.web.compat.vendor import Shaped, Vendor
from device.web.live import Live
from device.web.proxy import Front
from device.web.receive import _PATIENCE

PICTURE = asked(png(1), LABELS)


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with vision(tmp_path_factory.mktemp("vision") / "data") as site:
        yield site


def ask(app: ASGIApp, method: str, path: str, **sent: Any) -> httpx.Response:
    """As a proxy on this machine does."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 5))

    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **sent)

    return asyncio.run(asking())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "a b"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_what_the_shield_refuses(open_site: Site, headers: dict[str, str], status: int) -> None:
    secret = key(open_site)
    with open_site.client(headers={"X-Goog-Api-Key": secret, **headers}) as client:
        answer = client.post(ANNOTATE, json={"requests": [PICTURE]})
    refused(answer, status, "PERMISSION_DENIED")
    assert answer.headers["x-content-type-options"] == "nosniff"  # the shield's own, all the same


def test_the_native_api_keeps_its_own_shape(open_site: Site) -> None:
    with open_site.client(headers={"Host": "evil.example"}) as client:
        problem(client.get("/api/v1/pictures"), 421)
    with open_site.client() as client:
        problem(client.get("/api/v1/pictures"), 401)
        problem(client.post("/v1/other", json={}), 401)


def test_a_body_that_comes_too_slowly(open_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.web.receive._PATIENCE", 0.3)
    assert _PATIENCE > 5
    with open_site.connect() as raw:
        headers = f"X-Goog-Api-Key: {key(open_site)}", "Content-Length: 100"
        raw.sendall(request(ANNOTATE, *headers, method="POST") + b'{"requests":')
        status, told = read_head(raw)
    assert (status, told["content-type"]) == (400, "application/json")


def test_a_body_that_breaks_off_leaves_room_for_others(open_site: Site) -> None:
    secret = key(open_site)
    for _ in range(10):  # of 10 MB each: more than there is room for
        with open_site.connect() as raw:
            headers = f"X-Goog-Api-Key: {secret}", f"Content-Length: {10 * 1024**2}"
            raw.sendall(request(ANNOTATE, *headers, method="POST") + b'{"requests":')
    assert annotate(open_site, secret, PICTURE).status_code == 200


def test_people_who_cannot_be_looked_up_are_no_reason_to_log_in(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise StoreError("people.db cannot be read now")

    monkeypatch.setattr(open_site.access.tokens, "who", broken)
    refused(annotate(open_site, "tagd_x", PICTURE), 429, "RESOURCE_EXHAUSTED")


def test_a_mistake_of_ours_says_nothing_of_itself(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the program")

    monkeypatch.setattr(open_site.services.control, "look_at", broken)
    answer = annotate(open_site, key(open_site), PICTURE)
    assert "secret" not in refused(answer, 500, "INTERNAL")
    monkeypatch.undo()
    assert annotate(open_site, key(open_site), PICTURE).status_code == 200


def test_an_application_that_breaks_before_its_answer_has_the_shape_as_well() -> None:
    def shape(status: int, told: str, _: object) -> JSONResponse:
        return JSONResponse({"oops": told}, status)

    async def app(_: Scope, __: Receive, ___: Send) -> None:
        raise ValueError("of itself")

    whole = Shaped(app, [Vendor("vendor", lambda scope: scope["path"] == "/v", app, shape)])
    answer = ask(whole, "GET", "/v")
    assert (answer.status_code, list(answer.json())) == (500, ["oops"])


def test_a_proxy_that_contradicts_itself_and_one_with_a_prefix(open_site: Site) -> None:
    live = Live(open_site.reader, open_site.pipeline.commits)
    front = Front(networks(("127.0.0.1",)), "/tagd")
    app = create_app(replace(open_site.services, front=front), live)
    mine = {"X-Goog-Api-Key": key(open_site)}
    sent: dict[str, Any] = {"json": {"requests": []}}
    both = {"Forwarded": "for=1.2.3.4", "X-Forwarded-For": "1.2.3.4"}
    answer = ask(app, "POST", ANNOTATE, headers={**mine, **both}, **sent)
    assert "both Forwarded" in refused(answer, 400, "INVALID_ARGUMENT")
    problem(ask(app, "POST", "/api/v1/pictures", headers=both), 400)
    assert ask(app, "POST", f"/tagd{ANNOTATE}", headers=mine, **sent).status_code == 200
    assert ask(app, "POST", ANNOTATE, headers=mine, **sent).status_code == 200  # it was taken away
    refused(ask(app, "GET", "/tagd/v1/operations/1", headers=mine), 404, "NOT_FOUND")
    live.close()


def test_who_used_it_is_in_the_audit_log_and_in_the_numbers(tmp_path: Path) -> None:
    with vision(tmp_path / "data", store=True) as site:
        token, secret = site.access.tokens.add("shop", "reviewer", None, "test")
        annotate(site, secret, PICTURE)
        annotate(site, secret, asked(b"no picture", LABELS))
        viewer = site.access.tokens.add("screen", "viewer", None, "test")[1]
        annotate(site, viewer, PICTURE)
        owner = site.access.tokens.add("owner", "administrator", None, "test")[1]
        with site.client(headers={"Authorization": f"Bearer {owner}"}) as client:
            health = client.get("/api/v1/health").json()
            [row] = [one for one in health["sources"] if one["name"] == "vision"]
            assert (row["done"], row["failed"], row["queued"]) == (1, 1, 0)
            numbers = client.get("/metrics").text
        assert 'tagd_pictures_total{source="vision"} 1' in numbers
        assert f'route="{ANNOTATE}",status="200"' in numbers
        assert secret not in numbers
        site.access.audit.close()  # it writes what is still being counted
        noted = {(one["who"], one["what"]) for one in site.access.audit.page(None, 10)}
        assert noted == {(token.name, "vision"), ("screen", "refused")}


def test_what_is_off_is_not_there(tmp_path: Path) -> None:
    off = Compat(
        imagekit=ImageKit(enabled=False),
        rekognition=Rekognition(enabled=False),
        vision=Vision(enabled=False),
    )
    with running(tmp_path / "data", trust_loopback=False, compat=off) as site:
        problem(annotate(site, key(site), PICTURE), 401)  # the guard knows no such header


def test_what_is_off_is_not_even_imported() -> None:
    script = """
import sys
from types import SimpleNamespace
from device.config_compat import Compat
from device.web.compat import vendors
off = Compat.model_validate({name: {"enabled": False} for name in Compat.model_fields})
services = SimpleNamespace(control=None, storage_problem=None, taggers=(), compat=off)
assert vendors.enabled(services) == []
print([name for name in sys.modules if name.startswith("device.web.compat.")])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    for name in Compat.model_fields:
        assert f"compat.{name}" not in done.stdout


def test_what_the_settings_change_leaves_the_others_and_their_comments(tmp_path: Path) -> None:
    file = tmp_path / "tagd.yaml"
    file.write_text(
        "device: {id: test}\ntaggers: {fake: {model: fake}}\n"
        "compat:\n  imagekit:\n    extensions: {mine: [fake]}  # for the shop\n"
        "  rekognition: {enabled: false}\n",
        encoding="utf-8",
    )
    change = {"changes": [{"place": ["compat", "vision", "store"], "value": True}]}
    with running(tmp_path / "data", settings=file) as site, site.client() as client:
        tag = client.get("/api/v1/config").headers["ETag"]
        answer = client.put("/api/v1/config", json=change, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
    text = file.read_text(encoding="utf-8")
    assert "# for the shop" in text
    found = parse_config(text, "tagd.yaml").compat
    assert found.vision.store
    assert not found.rekognition.enabled
    assert found.imagekit.extensions == {"mine": ("fake",)}
