"""Beside and above the grid: facets, days, saved searches."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest
from page_rig import Open, asked, browser_test, until

WORDS: list[tuple[str, str, str, str]] = [
    # facet, query before, value, query after
    ("tags", "", "cat", '"cat"'),
    ("tags", "cat", "dog", '("cat" OR "dog")'),
    ("tags", '("cat" OR "dog") -x', "dog", '"cat" -x'),
    ("tags", '"cat" -x', "cat", "-x"),
    ("tags", "cat dog", "bird", 'cat dog "bird"'),
    ("tags", "cat dog", "dog", "cat"),
    ("tags", "cat OR dog", "bird", '(cat OR dog) "bird"'),
    ("tags", "NOT cat", "bird", '(NOT cat) "bird"'),
    ("tags", "confidence >= 0.6", "bird", '(confidence >= 0.6) "bird"'),
    ("tags", "confidence>=0.6 car", "bus", 'confidence>=0.6 ("car" OR "bus")'),
    ("tags", '("cat or dog" OR bird)', "eel", '("cat or dog" OR "bird" OR "eel")'),
    ("tags", "(cat dog OR bird)", "eel", '(cat dog OR bird) "eel"'),
    ("tags", "", 'say "hi" \\', '"say \\"hi\\" \\\\"'),
    ("tags", '"say \\"hi\\" \\\\"', 'say "hi" \\', ""),
    ("sources", "source:gate", "a b", '(source:gate OR source:"a b")'),
    ("sources", 'cat source="gate"', "gate", "cat"),
    ("days", "createdAt>=2026-11-01 createdAt<2026-11-08 cat", "2026-11-21",
     "cat createdAt:2026-11-21"),
    ("days", "createdAt:2026-11-21", "2026-11-22",
     "(createdAt:2026-11-21 OR createdAt:2026-11-22)"),
]  # fmt: skip


@browser_test
def test_what_a_click_makes_of_the_query(visit: Open, api: httpx.Client) -> None:
    page = visit()
    made = page.evaluate(
        "async (rows) => { const { toggled } = await import('./static/narrow.mjs');"
        " return rows.map(([facet, query, value]) => toggled(query, facet, value)); }",
        WORDS,
    )
    assert made == [after for *_, after in WORDS]
    for query in made:  # the device understands each
        assert api.get("pictures", params={"q": query}).status_code == 200, query


@browser_test
def test_a_facet_says_how_many_a_click_shows(visit: Open, api: httpx.Client) -> None:
    page = visit()
    tags = page.get_by_role("region", name="Tags", exact=True)
    first = tags.locator("a").first
    first.wait_for()
    name, count = first.inner_text().split("\n")
    first.click()
    page.locator(".facets a[aria-current]", has_text=name).wait_for()
    assert asked(page)["q"] == [json.dumps(name)]
    assert api.get("facets", params={"q": f'"{name}"'}).json()["counted"] == int(count)
    # The counts of the tags leave the chosen one out: a second one adds its pictures.
    second = tags.locator("a:not([aria-current])").first
    other = second.locator(".name").inner_text()
    second.click()
    until(page, "document.querySelectorAll('.facets section a[aria-current]').length === 2")
    query = asked(page)["q"][0]
    assert query == f'("{name}" OR "{other}")'
    found = len(api.get("pictures", params={"q": query, "limit": 500}).json()["pictures"])
    page.locator(".end", has_text=f"{found} picture").wait_for()
    page.go_back()
    page.go_back()
    until(page, "!document.querySelector('.facets a[aria-current]')")


@browser_test
def test_sources_and_days_narrow_together(visit: Open) -> None:
    page = visit()
    source = page.get_by_role("region", name="Sources", exact=True).locator("a").first
    source.click()
    until(page, "location.search.includes('source')")
    day = page.get_by_role("region", name="Days (UTC)").locator("a").first
    day.wait_for()
    day.click()
    until(page, "location.search.includes('createdAt')")
    page.locator(".tile").first.wait_for()
    assert asked(page)["q"][0].startswith("source:")


@browser_test
@pytest.mark.parametrize("width", [360, 800])
def test_on_a_phone_they_unfold(visit: Open, width: int) -> None:
    page = visit(width=width)
    page.locator(".tile").first.wait_for()
    fold = page.get_by_role("button", name="Narrow the search")
    assert fold.get_attribute("aria-expanded") == "false"
    assert not page.locator(".facet-list").count()
    fold.click()
    page.locator(".facet-list a").first.wait_for()
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(too_wide) == 0


@browser_test
def test_saved_searches_stay_in_this_browser(visit: Open) -> None:
    page = visit("?q=cat")
    page.get_by_role("button", name="Save this search").click()
    page.reload()
    saved = page.get_by_role("region", name="Saved searches")
    saved.get_by_role("link", name="cat").wait_for()
    page.goto(page.url.split("?")[0])
    saved.get_by_role("link", name="cat").click()
    until(page, "location.search === '?q=cat'")
    saved.get_by_role("button", name="Forget cat").click()
    saved.get_by_role("button", name="Save this search").wait_for()


# -- the days


def today() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d")


def newest_day(api: httpx.Client) -> str:
    return str(api.get("facets").json()["days"][0]["date"])


@browser_test
def test_a_bar_is_as_high_as_its_day_and_shows_it(visit: Open, api: httpx.Client) -> None:
    newest = newest_day(api)
    page = visit()
    until(page, f"document.querySelector('[data-day=\"{newest}\"] i')?.offsetHeight > 0")
    counts = {one["date"]: one["count"] for one in days(api, newest[:7])}
    most = max(counts.values())
    for day, count in counts.items():
        share = page.locator(f"[data-day='{day}'] i").evaluate(
            "(e) => e.offsetHeight / (e.parentElement.clientHeight - 15 - 2 - 2)"
        )
        assert share == pytest.approx(max(count / most, 0.05), abs=0.06)
    bar = page.locator(f"[data-day='{newest}']")
    bar.click()
    until(page, f"location.search.includes('createdAt%3A{newest}')")
    page.locator(f"[data-day='{newest}'][aria-pressed=true]").wait_for()
    bar.click()  # again: all days
    until(page, "!location.search.includes('createdAt')")


def days(api: httpx.Client, month: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("days", params={"month": month}).json()["days"]
    return found


@browser_test
def test_drawing_over_days_shows_those(visit: Open, api: httpx.Client) -> None:
    month = newest_day(api)[:7]
    page = visit(f"?q={'createdAt>='}{month}-01 createdAt<{month}-02 cat")
    page.get_by_role("button", name="All days").wait_for()
    box = page.locator(f"[data-day='{month}-20']").bounding_box()
    end = page.locator(f"[data-day='{month}-11']").bounding_box()
    assert box is not None
    assert end is not None
    page.mouse.move(box["x"] + 5, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(end["x"] + 5, end["y"] + 30, steps=5)
    until(page, "document.querySelectorAll('.days [aria-pressed=true]').length === 10")
    page.mouse.up()
    until(page, f"location.search.includes('{month}-11')")
    assert asked(page)["q"] == [f"cat createdAt>={month}-11 createdAt<{month}-21"]
    page.get_by_role("button", name="All days").click()
    until(page, "location.search === '?q=cat'")


@browser_test
def test_the_days_by_keyboard(visit: Open, api: httpx.Client) -> None:
    newest = newest_day(api)
    page = visit()
    until(page, f"document.querySelector('[data-day=\"{newest}\"] i')?.offsetHeight > 0")
    assert page.locator(".days [tabindex='0']").count() == 1
    page.locator(".days [tabindex='0']").focus()
    page.keyboard.press("PageUp")
    until(page, f"!document.querySelector('.days [data-day=\"{newest}\"]')")
    until(page, "document.activeElement.dataset.day !== undefined")
    first = str(page.evaluate("document.activeElement.dataset.day"))
    forward = int(first[8:]) < 20
    for _ in range(2):
        was = page.evaluate("document.activeElement.dataset.day")
        page.keyboard.press("Shift+ArrowRight" if forward else "Shift+ArrowLeft")
        until(page, f"document.activeElement.dataset.day !== '{was}'")
    until(page, "document.querySelectorAll('.days [aria-pressed=true]').length === 3")
    page.keyboard.press("Enter")
    until(page, "location.search.includes('createdAt')")
    page.get_by_text("Nothing found").wait_for()
