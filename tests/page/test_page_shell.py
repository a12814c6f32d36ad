"""The shell around the views: the way from one to the other, what is fetched when, bars that
cover nothing, and every view usable for all."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from page_rig import Open, area, asked, browser_test, until

from device.web.static_files import STATIC

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [browser_test, pytest.mark.timeout(240)]
SHOWN = {
    "": ".tile",
    "?view=now": ".now-tile",
    "?view=visits": "main.visits, main.empty",
    "?view=review": ".verdicts",
    "?view=tags": "button.entry",
    "?view=insights": ".figure",
    "?view=settings": ".settings fieldset",
    "?view=settings&section=people": ".people form",
    "?view=settings&section=privacy": ".erase form",
    "?view=system": ".system .card",
}
KEYS = {"n": "now", "v": "visits", "r": "review", "t": "tags", "i": "insights", "s": "settings"}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_usable_for_all(visit: Open, scheme: str) -> None:
    """axe-core finds nothing, on a wide screen and on a phone; nothing is wider than the phone."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width in (1280, 390):
        page = visit(width=width, color_scheme=scheme, reduced_motion="reduce")
        for query, ready in SHOWN.items():
            page.goto(f"{page.url.partition('?')[0]}{query}")
            page.locator(ready).first.wait_for(state="attached")
            found = axe.Axe().run(page).response["violations"]
            told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
            assert told == [], (query, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, query


def test_by_keyboard_from_view_to_view_and_back(visit: Open) -> None:
    page = visit()
    for key, view in KEYS.items():
        page.keyboard.press("g")
        page.keyboard.press(key)
        until(page, f"document.querySelector('.views [aria-current]').href.includes('{view}')")
        assert asked(page)["view"] == [view]
    page.go_back()
    until(page, "location.search === '?view=insights'")
    page.locator(".figure").first.wait_for()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys of this view").wait_for()
    page.get_by_text("the last 90 days").wait_for()


def test_a_section_is_left_by_the_way_to_the_settings(visit: Open) -> None:
    page = visit("?view=settings&section=privacy", width=390)
    page.get_by_role("heading", name="Privacy").wait_for()
    page.get_by_role("button", name="More").click()
    page.get_by_role("link", name="Settings").last.click()
    page.locator(".sections").wait_for()
    assert page.url.endswith("?view=settings")
    page.go_back()
    page.get_by_role("heading", name="Privacy").wait_for()


def test_what_few_look_at_is_fetched_when_it_is_shown(visit: Open) -> None:
    page = visit()
    page.wait_for_load_state("networkidle")
    before = fetched(page)
    later = {"tags", "insights", "settings", "masks", "system", "now"}
    assert not before & {f"/static/{name}.css" for name in later}
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.locator("button.entry").first.wait_for()
    assert "/static/tags.css" in fetched(page) - before


def test_bars_stand_above_the_bar_of_a_phone(
    visit: Open, api: httpx.Client, fresh_picture: Callable[[], bytes]
) -> None:
    api.post("pictures", files={"file": ("bar.jpg", io.BytesIO(fresh_picture()))})
    page = visit(width=390, height=800)
    page.locator(".tile").first.wait_for()
    foot = area(page.locator("nav.views"))[1]
    page.locator(".pick input").first.check()
    assert bottom(page, ".chosen-bar") <= foot
    page.goto(f"{page.url.partition('?')[0]}?view=review")
    page.locator(".verdicts").wait_for()
    assert bottom(page, ".verdicts") <= foot
    page.goto(f"{page.url.partition('?')[0]}?view=settings&section=device")
    page.get_by_label("Name").fill("Another")
    page.get_by_label("Name").blur()
    page.locator(".unsaved").wait_for()
    assert bottom(page, ".unsaved") <= foot


def test_no_name_of_a_part_is_drawn_by_two_sheets() -> None:
    """A class that stands alone in two style sheets is two things with one name."""
    drawn: dict[str, set[str]] = {}
    for sheet in STATIC.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        for rule in re.findall(r"([^{};]+)\{", text):
            for selector in re.split(r",(?![^(]*\))", rule):
                if alone := re.fullmatch(r"\.([a-z][\w-]*)", selector.strip()):
                    drawn.setdefault(alone[1], set()).add(sheet.name)
    assert {name: sheets for name, sheets in drawn.items() if len(sheets) > 1} == {}


def fetched(page: Page) -> set[str]:
    names: list[str] = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)"
    )
    return set(names)


def bottom(page: Page, selector: str) -> float:
    _, y, _, height = area(page.locator(selector))
    return y + height
