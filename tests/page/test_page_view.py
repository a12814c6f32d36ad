"""The picture view, the keyboard, the state of the device, the policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from page_rig import (
    Open,
    asked,
    browser_test,
    tags_of,
    until,
)

if TYPE_CHECKING:
    pass


@browser_test
def test_the_picture_view_has_an_address_of_its_own(visit: Open, api: httpx.Client) -> None:
    picture = api.get("pictures", params={"q": "cat"}).json()["pictures"][-1]
    page = visit(f"?picture={picture['id']}")
    view = page.get_by_role("dialog")
    view.locator(".facts").wait_for()
    assert {tag["name"] for tag in picture["tags"]} == set(tags_of(view))
    for fact in (picture["source"], picture["name"], picture["sha256"][:12]):
        assert fact in view.inner_text()
    assert f"{picture['width']} × {picture['height']}" in view.inner_text()
    page.keyboard.press("Escape")
    view.wait_for(state="detached")
    assert asked(page) == {}
    page.locator(".tile").first.wait_for()


@browser_test
def test_a_picture_that_is_gone_is_said_in_a_sentence(visit: Open) -> None:
    page = visit("?picture=gone", failing=frozenset({404}))
    alert = page.get_by_role("dialog").get_by_role("alert")
    alert.wait_for()
    assert "gone" in alert.inner_text()


@browser_test
def test_the_whole_page_is_worked_by_the_keyboard(visit: Open) -> None:
    page = visit()
    page.locator(".tile").nth(2).wait_for()
    ids = page.locator(".tile").evaluate_all("(tiles) => tiles.map((t) => t.id.slice(2))")
    view = page.get_by_role("dialog")

    page.keyboard.press("?")
    view.get_by_text("Keys", exact=True).wait_for()
    page.keyboard.press("Escape")
    view.wait_for(state="detached")

    page.keyboard.press("/")
    page.keyboard.type("jb?/")
    assert page.input_value("#search") == "jb?/"  # keys in a field are letters
    assert view.count() == 0
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    view.locator(".facts").wait_for()
    assert asked(page) == {"picture": [ids[0]]}
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    page.wait_for_url(re.compile(ids[2]))
    page.keyboard.press("k")
    page.wait_for_url(re.compile(ids[1]))
    boxes = view.get_by_role("button", name="Boxes")
    assert boxes.get_attribute("aria-pressed") == "true"
    page.keyboard.press("b")
    assert boxes.get_attribute("aria-pressed") == "false"
    assert view.locator(".boxes").count() == 0
    page.keyboard.press("Escape")
    view.wait_for(state="detached")
    until(page, f"document.activeElement.id === 'p-{ids[1]}'")
    assert asked(page) == {}


@browser_test
def test_the_state_of_the_device_is_told(visit: Open, api: httpx.Client) -> None:
    page = visit()
    told = api.get("health").json()
    assert told["device"]["name"] in page.locator("h1").inner_text()
    page.locator(".state").click()
    panel = page.get_by_role("dialog")
    panel.get_by_text("Taggers").wait_for()
    for part in [*told["sources"], *told["taggers"], *told["sinks"]]:
        assert panel.get_by_text(part["name"], exact=True).count() >= 1
    for problem in told["problems"]:
        assert problem in panel.inner_text()


@browser_test
def test_the_policy_lets_no_inline_script_in_and_the_watch_sees_it(visit: Open) -> None:
    """Proof that the watching has teeth."""
    page = visit()
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.inlineRan = true";
            document.head.append(script);
        }"""
    )
    assert page.evaluate("window.inlineRan") is None
    strays: list[str] = visit.strays  # type: ignore[attr-defined]
    assert len(strays) == 1
    assert "Content Security Policy" in strays.pop()
