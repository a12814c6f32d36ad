"""The page below a prefix behind real proxies, and over TLS, in a real browser."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import httpx
import proxy_rig
import pytest
from daemon_rig import Daemon, jpeg, wait_until
from page_rig import PATIENCE, Open, browser_test, until, upload

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEWS = ["now", "visits", "review", "tags", "insights", "settings", "system"]


@pytest.fixture(scope="module", params=["nginx", "plain"])
def entered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The administrator, at the address below which the proxy shows the page."""
    root = tmp_path_factory.mktemp("proxied")
    web = {"listen": "127.0.0.1:0", "root_path": "/tagd", "trusted_proxies": ["127.0.0.1"]}
    daemon = Daemon(root, web={**web, "trust_loopback": False})
    for number in range(3):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number, (320, 240)))
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 3, 30, daemon.said)
    with getattr(proxy_rig, request.param)(root, daemon.port()) as port:
        url = f"http://127.0.0.1:{port}/tagd/"
        ours = {"X-Requested-With": "test"}
        with httpx.Client(base_url=url, trust_env=False, timeout=30, headers=ours) as client:
            [secret] = re.findall(r"#invite=([\w-]+)", daemon.said())
            whoever = {"name": "Anna", "password": "a few words of mine"}
            client.post(f"api/v1/invitations/{secret}", json=whoever).raise_for_status()
            yield client
    assert daemon.stop() == 0, daemon.said()


@pytest.fixture(scope="module")
def page_url(entered: httpx.Client) -> str:
    return str(entered.base_url)


@pytest.fixture
def visit(visit: Open, entered: httpx.Client) -> Open:
    """Opens the page as who is logged in."""
    cookies = [
        {"name": one.name, "value": one.value, "domain": "127.0.0.1", "path": "/"}
        for one in entered.cookies.jar
    ]
    return partial(visit, prepare=lambda page: page.context.add_cookies(cookies))


@browser_test
def test_the_whole_page_works_below_a_prefix(visit: Open) -> None:
    page = visit()
    page.locator(".tile").nth(2).wait_for()
    loaded = "[...document.querySelectorAll('.tile img')].filter(i => i.naturalWidth).length >= 3"
    until(page, loaded)
    row = upload(page, "new.jpg", jpeg(99, (320, 240)))
    row.filter(has_text="Done").wait_for()
    page.locator(".tile").nth(3).wait_for()  # told by the live stream, through the proxy
    page.locator(".tile").first.click()
    page.locator(".viewer .fit img").first.wait_for()
    until(page, "[...document.querySelectorAll('.viewer .fit img')].every(i => i.naturalWidth)")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('.viewer') && !location.search.includes('picture')")
    for view in VIEWS:
        page.goto(f"{page.url.split('?')[0]}?view={view}")
        page.wait_for_selector(".state .good, .state .warn")
        page.locator("main").first.wait_for()
        assert page.get_by_text("This view could not be fetched").count() == 0


def test_addresses_in_answers_lead_back_through_the_proxy(entered: httpx.Client) -> None:
    client = entered
    origin = str(client.base_url).removesuffix("/tagd/")
    made = client.post("api/v1/pictures", files={"file": jpeg(7)})
    assert made.status_code in (200, 201), made.text
    picture = made.json()
    for place in (made.headers["location"], picture["url"], picture["thumbnail_url"]):
        assert place.startswith("/tagd/")
        assert client.get(f"{origin}{place}").status_code == 200
    event = client.get("api/v1/events").json()["events"][0]
    assert event["picture"]["url"].startswith("/tagd/pictures/")
    assert client.get("api/v1/openapi.json").json()["servers"] == [{"url": "/tagd"}]
    own = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    written = client.post("api/v1/pictures", files={"file": jpeg(8)}, headers=own)
    assert written.status_code == 201, written.text
    foreign = {"Origin": "http://evil.example"}
    refused = client.post("api/v1/pictures", files={"file": jpeg(9)}, headers=foreign)
    assert refused.status_code == 403
    rebound = client.get("api/v1/pictures", headers={"Host": "evil.example"})
    assert rebound.status_code == 421


def test_what_a_client_says_of_itself_goes_nowhere(entered: httpx.Client) -> None:
    """The proxies overwrite these, as docs/network.md has it: no 400, and no other host."""
    claims = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4"}
    if entered.get("api/v1/pictures", headers=claims).status_code == 400:
        # The small proxy writes Forwarded only: what its client claims is not believed.
        assert entered.get("api/v1/pictures").status_code == 200


@browser_test
def test_over_tls(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("tls")
    daemon = Daemon(root, web={"listen": "127.0.0.1:0", "tls": "self-signed"})
    (daemon.inbox / "1.jpg").write_bytes(jpeg(1, (320, 240)))
    daemon.start()
    wait_until(lambda: "the page is at https://" in daemon.said(), 30, daemon.said)
    [address] = re.findall(r"the page is at (https://\S+)", daemon.said())
    wait_until(lambda: daemon.count("picture") == 1, 30, daemon.said)
    page = chromium.new_page(ignore_https_errors=True)
    page.set_default_timeout(PATIENCE)
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.locator(".tile img").first.wait_for()
    upload(page, "new.jpg", jpeg(2, (320, 240))).filter(has_text="Done").wait_for()
    page.locator(".tile").nth(1).wait_for()
    page.locator(".state").click()
    trust = ssl.create_default_context(cafile=str(daemon.data / "certificate.pem"))
    with httpx.Client(verify=trust, trust_env=False, timeout=30) as client:
        shown = client.get(f"{address}/api/v1/health").json()["web"]["certificate"]
    page.get_by_text(shown["fingerprint"]).wait_for()
    page.close()
    assert said == []
    assert daemon.stop() == 0, daemon.said()
