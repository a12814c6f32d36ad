"""Insights: what is drawn, as a table, by keyboard, on a phone."""

from __future__ import annotations

import httpx
from page_rig import Open, browser_test, until

TITLES = ["Pictures a day", "Tags a day", "By hour", "By weekday and hour", "New and rare",
          "Milliseconds a picture"]  # fmt: skip


@browser_test
def test_every_drawing_is_there_and_a_table_as_well(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=insights")
    for title in TITLES:
        page.get_by_role("region", name=title, exact=True).wait_for()
    days = page.get_by_role("region", name="Pictures a day", exact=True)
    days.locator("svg rect").first.wait_for()
    days.get_by_role("button", name="Table").click()
    rows = days.locator("tbody tr")
    assert rows.count() == 30
    told = api.get("insights/days").json()
    busy = [one for one in told["sources"] if any(one["counts"])]
    assert days.locator("thead th").all_inner_texts() == ["Day", *(one["name"] for one in busy)]
    last = rows.last.locator("td").all_inner_texts()
    assert last == [str(one["counts"][-1]) for one in busy]
    page.keyboard.press("2")
    until(page, "document.querySelectorAll('.figure .table tbody tr').length === 90")


@browser_test
def test_the_arrows_read_the_values(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=insights")
    figure = page.get_by_role("region", name="Pictures a day", exact=True)
    chart = figure.get_by_role("group")
    chart.wait_for()
    chart.focus()
    page.keyboard.press("End")
    total = sum(one["counts"][-1] for one in api.get("insights/days").json()["sources"])
    figure.locator(".reading", has_text="samples: ").wait_for()
    assert total > 0
    said = figure.locator(".reading").inner_text()
    page.keyboard.press("ArrowLeft")
    until(page, f"document.querySelector('.figure .reading').innerText !== {said!r}")
    heat = page.get_by_role("region", name="By weekday and hour", exact=True)
    heat.get_by_role("group").focus()
    page.keyboard.press("ArrowRight")
    heat.locator(".reading", has_text="Monday").wait_for()
    page.keyboard.press("ArrowDown")
    heat.locator(".reading", has_text="Tuesday").wait_for()
    dial = page.get_by_role("region", name="By hour", exact=True)
    dial.get_by_role("group").focus()
    page.keyboard.press("ArrowLeft")
    dial.locator(".reading", has_text="23:00: ").wait_for()


@browser_test
def test_tags_are_compared_and_placed(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=insights")
    cat = page.get_by_role("group", name="Tags to compare").get_by_role("button", name="cat")
    cat.wait_for()
    others = page.locator(".compared .tags [aria-pressed=true]:not(:text-is('cat'))")
    while count := others.count():
        others.first.click()
        until(
            page,
            "document.querySelectorAll('.compared .tags [aria-pressed=true]').length"
            f" < {count + 1}",
        )
    if cat.get_attribute("aria-pressed") != "true":
        cat.click()
    page.get_by_role("region", name="Where cat is seen").locator("canvas").wait_for()
    legend = page.get_by_role("region", name="Tags a day", exact=True)
    legend.locator("path.line").first.wait_for()
    canvas = page.locator(".places canvas")
    painted = """(c) => c.getContext("2d").getImageData(0, 0, c.width, c.height).data
        .some((one, at) => at % 4 === 3 && one > 0)"""
    assert canvas.evaluate(painted)
    assert "cat at samples: mostly" in (canvas.get_attribute("aria-label") or "")
    assert api.get("insights/places?tag=cat&source=samples").json()["boxes"] > 0


@browser_test
def test_a_phone_and_what_is_hard_to_use(visit: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit("?view=insights", width=360, height=740)
    page.locator(".week .cell").first.wait_for()
    page.locator(".places canvas").wait_for()
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(too_wide) == 0
    found = Axe().run(page)
    serious = [one for one in found.response["violations"]
               if one["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == [], [one["help"] for one in serious]
    page.goto(page.url.split("?")[0])
    page.locator(".tile").first.wait_for()
    page.get_by_role("button", name="Narrow the search").click()
    page.locator(".facet-list a").first.wait_for()
    found = Axe().run(page)
    serious = [one for one in found.response["violations"]
               if one["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == [], [(one["help"], one["nodes"][0]["html"]) for one in serious]


@browser_test
def test_what_the_device_refuses_is_said(visit: Open) -> None:
    page = visit("?view=now", failing=frozenset({503}))
    page.route(
        "**/api/v1/insights/visits*",
        lambda route: route.fulfill(status=503, json={"detail": "the store is being repaired"}),
    )
    page.keyboard.press("g")
    page.keyboard.press("i")
    figure = page.get_by_role("region", name="Visits by hour")
    figure.get_by_role("alert").filter(has_text="The store is being repaired").wait_for()
    page.get_by_role("region", name="Pictures a day").locator("svg rect").first.wait_for()
