"""The views of now and of visits: cameras seen, switched and asked from the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from daemon_rig import Daemon, jpeg, wait_until
from page_rig import Open, asked, browser_test, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

SOON = frozenset({404})  # the picture of a camera that was just switched off or on


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tagd with a camera, one that is off, a film that ended, one that fails, and a folder."""
    daemon = Daemon(tmp_path_factory.mktemp("now"), web={"listen": "127.0.0.1:0"})
    daemon.sections["sources"] += [
        {"name": "gate", "url": "fake://?count=100000&every=0.5&live=yes"},
        {"name": "porch", "url": "fake://?count=100000&every=0.5&live=yes", "enabled": False},
        {"name": "film", "url": "fake://?count=1"},
        {"name": "pole", "url": "http://127.0.0.1:9/snap.jpg"},
    ]
    (daemon.inbox / "one.jpg").write_bytes(jpeg(1))
    daemon.start()
    wait_until(lambda: daemon.count("picture") >= 3, 20, daemon.said)
    yield f"http://127.0.0.1:{daemon.port()}"
    assert daemon.stop() == 0, daemon.said()


def tile(page: Page, name: str) -> Any:
    return page.get_by_role("article", name=name, exact=True)


def state(api: httpx.Client, name: str) -> str:
    listed = api.get("sources").json()["sources"]
    return next(str(one["state"]) for one in listed if one["name"] == name)


@browser_test
def test_each_source_has_a_tile_that_tells_how_it_is(visit: Open) -> None:
    page = visit("?view=now", failing=SOON)
    tile(page, "film").wait_for()
    names = page.locator(".now-tile h2").all_inner_texts()
    assert names == ["inbox", "gate", "porch", "film", "pole"]
    assert "Running" in tile(page, "gate").inner_text()
    assert "Switched off" in tile(page, "porch").inner_text()
    assert "At its end" in tile(page, "film").inner_text()
    assert tile(page, "inbox").get_by_role("button", name="Take a picture").count() == 0
    tile(page, "inbox").locator(".sight img").wait_for()  # its newest picture
    assert page.title() == "Now – tagd"


@browser_test
def test_what_the_camera_sees_is_renewed_only_while_it_is_in_sight(visit: Open) -> None:
    page = visit("?view=now", failing=SOON)
    seen = tile(page, "gate").locator(".sight img")
    seen.wait_for()
    until(page, "document.querySelector('[aria-label=gate] .sight img').naturalWidth === 64")
    first = seen.get_attribute("src")
    until(page, f"document.querySelector('[aria-label=gate] .sight img').src !== '{first}'")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_timeout(300)
    looks: list[str] = []
    page.on("request", lambda r: looks.append(r.url) if "/sources" in r.url else None)
    page.wait_for_timeout(2500)
    assert looks == []


@browser_test
def test_a_camera_is_switched_off_and_on(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=now", failing=SOON)
    gate = tile(page, "gate")
    switch = gate.get_by_role("switch")
    assert switch.get_attribute("aria-checked") == "true"
    switch.focus()
    page.keyboard.press("Space")
    gate.get_by_text("Switched off").wait_for()
    assert state(api, "gate") == "disabled"
    assert gate.get_by_role("button", name="Take a picture").is_disabled()
    assert "gate is off" in page.locator("[role=log]").inner_text()
    api.patch("sources/gate", json={"enabled": True})  # somebody else does
    gate.locator(".sight img").wait_for()
    assert switch.get_attribute("aria-checked") == "true"


@browser_test
def test_a_picture_is_taken_and_can_be_opened(visit: Open) -> None:
    page = visit("?view=now", failing=SOON)
    gate = tile(page, "gate")
    gate.get_by_role("button", name="Take a picture").click()
    link = gate.get_by_text("Taken:").get_by_role("link")
    link.wait_for()
    assert "%" in link.inner_text()
    link.click()
    page.get_by_role("dialog").locator(".facts").wait_for()
    assert asked(page)["view"] == ["now"]
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    until(page, "location.search === '?view=now'")


@browser_test
def test_what_cannot_be_done_is_said_in_the_tile(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=now", failing=frozenset({404, 409}))
    button = tile(page, "gate").get_by_role("button", name="Take a picture")
    button.wait_for()
    page.route("**/api/v1/sources", lambda _: None)  # the page does not hear of it
    api.patch("sources/gate", json={"enabled": False})
    button.click()
    tile(page, "gate").get_by_text("switched off; switch it on first").wait_for()
    page.unroute("**/api/v1/sources")
    api.patch("sources/gate", json={"enabled": True})


@browser_test
def test_a_camera_that_fails_says_why_and_the_rest_stays_calm(visit: Open) -> None:
    page = visit("?view=now", failing=SOON)
    pole = tile(page, "pole")
    pole.get_by_text("Failing").wait_for()
    pole.get_by_text("refuses the connection: is it on, is the port right?").wait_for()
    colour = "(one) => getComputedStyle(one).color"
    heading = pole.locator("h2").evaluate(colour)
    assert heading == tile(page, "gate").locator("h2").evaluate(colour)
    assert heading != pole.locator(".error").evaluate(colour)


@browser_test
def test_the_panel_tells_off_from_broken(visit: Open) -> None:
    page = visit("?view=now", failing=SOON)
    page.locator(".state").click()
    panel = page.get_by_role("dialog")
    rows = panel.locator(".parts li")
    off = rows.filter(has_text="porch")
    off.get_by_text("switched off").wait_for()
    assert off.locator(".dot.good, .dot.warn").count() == 0
    assert rows.filter(has_text="pole").locator(".dot.warn").count() == 1
