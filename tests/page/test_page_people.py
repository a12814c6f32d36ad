"""The login in a real browser: invited, refused as a viewer, thrown out, back where one was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from aws_rig import Rekognition, Signer, encoded, refused
from daemon_rig import Daemon, jpeg, wait_until
from page_rig import Open, browser_test

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [browser_test, pytest.mark.timeout(180)]
PASSWORD = "a few words of mine"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(
        tmp_path_factory.mktemp("people"),
        web={"listen": "127.0.0.1:0", "trust_loopback": False},
        device={"id": "people", "name": "Front gate"},
    )
    made.sections["sources"].append({"name": "garden", "url": "demo://"})
    made.start()
    made.port()
    yield made
    assert made.stop() == 0, made.said()


@pytest.fixture(scope="module")
def page_url(daemon: Daemon) -> str:
    return f"http://127.0.0.1:{daemon.port()}"


@pytest.fixture(scope="module")
def first_link(daemon: Daemon) -> str:
    wait_until(lambda: "#invite=" in daemon.said(), 20, daemon.said)
    return re.findall(r"(#invite=[\w-]+)", daemon.said())[-1]


@pytest.fixture
def anna(page_url: str, first_link: str) -> None:
    """The owner has come in once; by the page where the first test ran."""
    secret = first_link.partition("=")[2]
    came = httpx.post(
        f"{page_url}/api/v1/invitations/{secret}",
        json={"name": "Anna", "password": "short words"},
        headers={"Origin": page_url},
    )
    assert came.status_code in (200, 404), came.text  # 404: the link is used up


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f".gate [name={name}]", value)
    page.click(".gate button.main")


def inside(page: Page) -> None:
    page.wait_for_selector(".state .good, .state .warn")


@pytest.fixture
def outside(visit: Open) -> Open:
    """Opens the page for who is not in yet, whose requests are refused."""
    return partial(visit, failing=frozenset({401, 403, 404, 503}), ready=".gate .card")


def test_first_start_guest_and_the_way_out(outside: Open, first_link: str) -> None:
    page = outside(first_link)
    page.wait_for_selector("text=This device is new")
    fill(page, name="Anna", password="short words")
    inside(page)
    assert "invite" not in page.url

    # The owner invites a guest who sees the garden.
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="People, tokens, log").click()
    form = page.get_by_role("form", name="Invite somebody")
    form.locator("[name=name]").fill("Gast")
    form.locator("[name=sees]").select_option("some")
    form.get_by_label("garden").check()
    form.get_by_role("button", name="Invite").click()
    link = page.get_by_label("The link for Gast").locator("input").input_value()
    page.get_by_text("invited, has not come yet").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.wait_for_selector("text=Password lost?")
    page.wait_for_load_state()

    # The guest comes, in the same browser.
    page = outside(link.partition("/")[2].partition("/")[2].partition("/")[2])
    page.wait_for_selector("text=Welcome, Gast")
    fill(page, password=PASSWORD)
    inside(page)
    assert page.get_by_role("button", name="Upload").count() == 0
    assert page.get_by_role("link", name="Settings").count() == 0
    page.get_by_role("link", name="Now", exact=True).click()
    page.wait_for_selector(".now article")
    assert page.locator(".now article").count() == 1
    assert page.get_by_role("switch").count() == 0
    assert page.get_by_role("button", name="Take a picture").count() == 0

    page.goto(page.url.replace("=now", "=settings"))
    page.get_by_text("needs the role administrator").wait_for()
    page.go_back()
    page.wait_for_selector(".now article")

    # Locked out by an administrator, they are back at the login, and then where they were.
    page.evaluate("fetch('/api/v1/logout', {method: 'POST'})")
    page.wait_for_selector("text=Password lost?", timeout=30_000)
    assert page.url.endswith("?view=now")
    fill(page, name="gast", password="wrong words")
    page.get_by_role("alert").filter(has_text="wrong").wait_for()
    fill(page, password=PASSWORD)
    page.wait_for_selector(".now article")
    assert page.url.endswith("?view=now")


@pytest.mark.usefixtures("anna")
def test_a_review_outlives_the_session(outside: Open, daemon: Daemon) -> None:
    (daemon.inbox / "one.jpg").write_bytes(jpeg(1))
    wait_until(lambda: daemon.count("picture") > 0, 60, daemon.said)
    page = outside("?view=review")
    fill(page, name="anna", password="short words")
    page.locator(".stage img").first.wait_for()
    held = "**/api/v1/pictures/*/review"
    page.route(held, lambda route: route.fulfill(status=503, body="{}"))
    page.keyboard.press("a")
    page.get_by_text("not saved yet.").wait_for()
    page.evaluate("fetch('/api/v1/logout', {method: 'POST'})")
    page.unroute(held)
    again = page.get_by_role("dialog", name="Log in again")
    again.wait_for(timeout=60_000)
    assert again.locator("[name=name]").input_value() == "Anna"
    again.locator("[name=password]").fill("other words")
    again.get_by_role("button", name="Log in").click()
    again.get_by_role("alert").wait_for()
    again.locator("[name=password]").fill("short words")
    again.get_by_role("button", name="Log in").click()
    again.wait_for(state="detached")
    wait_until(lambda: daemon.count("review") == 1, 60, daemon.said)
    page.get_by_text("not saved yet.").wait_for(state="detached")


@pytest.mark.usefixtures("anna")
def test_an_aws_key_pair_is_made_shown_once_and_revoked(outside: Open, page_url: str) -> None:
    page = outside("")
    fill(page, name="anna", password="short words")
    inside(page)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="People, tokens, log").click()
    form = page.get_by_role("form", name="Make a token")
    form.locator("[name=name]").fill("shop")
    form.locator("[name=kind]").select_option("aws")
    form.locator("[name=role]").select_option("reviewer")
    form.get_by_role("button", name="Make").click()
    pair = [
        page.get_by_label(f"The {what} of shop").locator("input").input_value()
        for what in ("access key id", "secret access key")
    ]
    page.get_by_text(f"AWS key pair {pair[0]}").wait_for()
    with Rekognition(page_url, Signer(*pair)) as aws:
        assert aws.labels(jpeg(1))["Labels"]
        page.get_by_role("button", name="Revoke shop").click()
        page.get_by_text("Sure?").click()
        page.get_by_text(f"AWS key pair {pair[0]}").wait_for(state="detached")
        refused(aws.call(Image=encoded(jpeg(1))), "UnrecognizedClientException")


def test_nothing_is_asked_for_before_the_login(outside: Open) -> None:
    page = outside("?q=cat")
    page.wait_for_selector(".gate form")
    asked = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)"
    )
    assert [path for path in asked if path.startswith("/api/")] == ["/api/v1/me"]


def test_a_link_that_is_used_up(outside: Open) -> None:
    page = outside("#invite=" + "x" * 43)
    page.get_by_role("alert").filter(has_text="used up").wait_for()
    page.get_by_role("button", name="To the login").click()
    page.wait_for_selector(".gate form")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_login_is_usable_for_all(outside: Open, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = outside("", width=width)
    page.wait_for_selector(".gate form")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.activeElement.name") == "name"
