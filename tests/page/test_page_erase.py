"""Erasing on the page: one picture after a question, all that a search finds after its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
from page_rig import Open, browser_test, until
from web_helpers import png

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOUNT = """async () => {
    const { h, render } = await import("preact");
    const { Erase } = await import("/static/components/erase.mjs");
    const place = document.createElement("main");
    document.body.append(place);
    render(h(Erase), place);
}"""


def settings(visit: Open, **options: int) -> Page:
    """The part of the settings that erases; by itself where they do not show it."""
    page = visit("?view=settings", **options)
    page.locator("main").first.wait_for()
    page.wait_for_timeout(300)
    if not page.locator("section.erase").count():
        page.evaluate(MOUNT)
    page.locator("section.erase").wait_for()
    return page


@browser_test
def test_one_picture(visit: Open, api: httpx.Client, fresh_picture: Callable[[], bytes]) -> None:
    picture = api.post("pictures", files={"file": ("gone.jpg", fresh_picture())}).json()
    other = visit()
    other.locator(f"#p-{picture['id']}").wait_for()
    page = visit("?q=name:gone.jpg", failing=frozenset({404}))
    page.locator(f"#p-{picture['id']}").click()
    view = page.get_by_role("dialog")
    view.get_by_role("button", name="Delete…").click()
    page.keyboard.press("Enter")  # the focus is on what does no harm
    view.get_by_role("button", name="Delete…").click()
    view.get_by_role("button", name="Delete", exact=True).click()
    view.wait_for(state="detached")
    assert api.get(f"pictures/{picture['id']}").status_code == 404
    other.locator(f"#p-{picture['id']}").wait_for(state="detached")
    until(page, "document.body.innerText.includes('Nothing')")


@browser_test
def test_all_that_a_search_finds(visit: Open, api: httpx.Client) -> None:
    for number in range(21):
        size = (40 + number, 40)
        api.post("pictures", files={"file": (f"many-{number}.png", png(number, size))})
    page = settings(visit)
    part = page.locator("section.erase")
    part.get_by_label("What").fill("name HAS many")
    page.keyboard.press("Enter")
    part.get_by_text("21 pictures").wait_for()
    assert part.locator(".erase-shown li").count() == 6
    erase = part.get_by_role("button", name="Erase for ever")
    assert erase.is_disabled()
    typed = part.get_by_label("Type 21")
    typed.fill("12")
    assert erase.is_disabled()
    typed.fill("21")
    erase.click()
    part.get_by_text("Erased 21 pictures").wait_for()
    found = api.get("pictures", params={"q": "name HAS many"}).json()
    assert found["pictures"] == []


@browser_test
def test_what_finds_nothing_and_what_is_wrong(visit: Open) -> None:
    page = settings(visit, width=360, failing=frozenset({400}))
    part = page.locator("section.erase")
    part.get_by_label("What").fill("name:nobody-has-this")
    page.keyboard.press("Enter")
    part.get_by_text("Nothing matches").wait_for()
    part.get_by_label("What").fill("sorce:gate")
    page.keyboard.press("Enter")
    part.get_by_role("alert").get_by_text("did you mean source?").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
