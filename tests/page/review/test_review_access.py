"""Reviewing for everyone: no finding of axe, a voice for readers, nothing that jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from desk_rig import after, desk, saved
from page_rig import browser_test, until

if TYPE_CHECKING:
    from desk_rig import Fill, People
    from playwright.sync_api import Page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


def assert_accessible(page: Page) -> None:
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    serious = [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(people: People, fill: Fill, scheme: Literal["light", "dark"]) -> None:
    prefix = fill(7)
    page = desk(people, prefix, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    after(page, "a")
    page.keyboard.press("1")
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("i")
    page.locator(".review-info dl").wait_for()
    assert_accessible(page)
    page.keyboard.press("t")
    page.locator(".tag-input li").first.wait_for()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    waiting = page.get_by_role("navigation", name="Tags that wait")
    waiting.get_by_role("button", name="cat", exact=True).click()
    page.locator(".many .slot").first.click()
    assert_accessible(page)
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.locator(".tile").first.wait_for()
    page.keyboard.press("Control+a")
    page.locator(".chosen-bar").wait_for()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.locator(".tile").first.click()
    page.locator(".judging").wait_for()
    assert_accessible(page)


@browser_test
def test_what_happens_is_said_aloud(people: People, fill: Fill) -> None:
    page = desk(people, fill(3))
    tags = page.locator(".tagchip.proposed .name").all_inner_texts()
    after(page, "a")
    log = page.get_by_role("log")
    log.get_by_text(f"accepted {', '.join(tags)}").wait_for()
    page.keyboard.press("u")
    log.get_by_text("Undone: accepted").wait_for()
    page.keyboard.press("1")
    log.get_by_text(f"{tags[0]}: accepted").wait_for()


@browser_test
def test_the_chips_are_one_stop_of_the_tabulator(people: People, fill: Fill) -> None:
    page = desk(people, fill(1))
    assert page.locator(".tagchips .tagchip[tabindex='0']").count() == 1
    page.locator(".tagchips .tagchip").first.focus()
    name = page.locator(".desk .fit > img").get_attribute("alt")
    page.keyboard.press("ArrowRight")  # the next chip, not the next picture
    until(page, "document.activeElement === document.querySelectorAll('.tagchips .tagchip')[1]")
    assert page.locator(".desk .fit > img").get_attribute("alt") == name
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.tagchips')") is None


@browser_test
def test_the_next_picture_moves_nothing_but_itself(people: People, fill: Fill) -> None:
    page = desk(people, fill(6))
    places = ".stage, .verdicts button, .review-bar button"
    where = f"""() => [...document.querySelectorAll({places!r})].map((one) => {{
        const {{ x, y, width, height }} = one.getBoundingClientRect();
        return [x, y, width, height].map(Math.round).join();
    }})"""
    before = page.evaluate(where)
    for key in "axz":
        after(page, key)
        assert page.evaluate(where) == before
    saved(page)
