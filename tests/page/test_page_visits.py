"""The view of visits, on those that the real models find in the demo's film."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from daemon_rig import Daemon, wait_until
from page_rig import Open, asked, browser_test, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

LEFT_HALF = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
HOSTILE_TAG = "<b>cup</b>"
SOON = frozenset({404})  # a camera has no picture before its first frame


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tagd that saw the film once, as fast as it can, and watches it as a camera, too."""
    daemon = Daemon(tmp_path_factory.mktemp("visits"), web={"listen": "127.0.0.1:0"})
    del daemon.sections["taggers"]
    daemon.sections["vocabulary"] = {"rename": {"coffee cup": HOSTILE_TAG}}
    daemon.sections["sources"] = [
        {
            "name": "film",
            "url": "demo://?pace=fast&rounds=1",
            "zones": {"path": {"polygon": LEFT_HALF}},
        },
        {"name": "garden", "url": "demo://"},
    ]
    daemon.start()
    ended = "/api/v1/visits?source=film&open=false"
    wait_until(lambda: len(daemon.get(ended)[1]["visits"]) >= 2, 50, daemon.said)
    yield f"http://127.0.0.1:{daemon.port()}"
    assert daemon.stop() == 0, daemon.said()


def seen(api: httpx.Client, **asked_for: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("visits", params=asked_for).json()["visits"]
    return found


def row(page: Page, visit: dict[str, Any]) -> Any:
    """The row of a visit, found by its best picture."""
    return page.locator(f".visits li:has(a[href$='{visit['picture']['id']}'])")


@browser_test
def test_a_row_tells_a_visit_in_plain_words(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=visits", failing=SOON)
    found = seen(api, source="film")
    assert {one["tag"] for one in found} == {"person", HOSTILE_TAG}
    for one in found:
        told = row(page, one).inner_text()
        assert one["tag"] in told  # as text, whatever it looks like
        assert f"{round(one['best_confidence'] * 100)} %" in told
        assert re.search(rf"\b{round(one['duration'])} s$", told)
        assert "film" in told
        assert "path" in told
        assert not re.search("arriving|passing|leaving|entering", told)
    person = next(one for one in found if one["tag"] == "person")
    assert "passed by" in row(page, person).inner_text()
    assert page.locator(".visits h2").first.inner_text() in ("Today", "Yesterday")


@browser_test
def test_the_best_picture_is_shown_with_the_way_that_was_taken(
    visit: Open, api: httpx.Client
) -> None:
    page = visit("?view=visits", failing=SOON)
    person = seen(api, source="film", tag="person")[0]
    link = row(page, person).get_by_role("link")
    link.scroll_into_view_if_needed()
    until(page, "[...document.querySelectorAll('.visits img')].every((one) => one.naturalWidth)")
    drawn = link.locator(".way polyline").first
    assert drawn.evaluate("(line) => line.points.length") == len(person["path"])
    box = drawn.evaluate("(e) => { const b = e.getBoundingClientRect(); return [b.x, b.width]; }")
    shot = link.locator(".shot").bounding_box()
    assert shot is not None
    xs = [x for x, _ in person["path"]]
    assert (box[0] - shot["x"]) / shot["width"] == pytest.approx(min(xs), abs=0.03)
    assert box[1] / shot["width"] == pytest.approx(max(xs) - min(xs), abs=0.03)


@browser_test
def test_one_leafs_through_the_pictures_of_visits_by_the_keyboard(
    visit: Open, api: httpx.Client
) -> None:
    page = visit("?view=visits", failing=SOON)
    page.route(re.compile("/api/v1/events"), lambda route: route.abort())  # nothing comes between
    page.reload()
    page.locator(".visits li").nth(1).wait_for()
    pictures = page.locator(".visits a").evaluate_all("(links) => links.map((a) => a.href)")
    ids = [href.rpartition("=")[2] for href in pictures]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    view = page.get_by_role("dialog")
    view.locator(".boxes rect").first.wait_for()
    assert asked(page) == {"view": ["visits"], "picture": [ids[0]]}
    page.keyboard.press("j")
    page.wait_for_url(re.compile(ids[1]))
    assert view.get_by_text("Fetching").count() == 0  # the one before stays until it is there
    page.keyboard.press("Escape")
    view.wait_for(state="detached")
    until(page, f"document.activeElement.href?.endsWith('{ids[1]}')")
    assert asked(page) == {"view": ["visits"]}


@browser_test
def test_older_ones_stay_when_newer_ones_come(visit: Open) -> None:
    asked_for: list[str] = []
    first: list[str] = []

    def one_a_page(route: Route) -> None:
        """The first page stays as it was: two visits that begin meanwhile would leave a gap."""
        asked_for.append(route.request.url)
        if first and "before=" not in route.request.url:
            route.fulfill(body=first[0], content_type="application/json")
            return
        answer = route.fetch(url=route.request.url.replace("limit=50", "limit=1"))
        first.append(answer.text())
        route.fulfill(response=answer)

    page = visit(failing=SOON)
    page.route(re.compile("/api/v1/events"), lambda route: route.abort())  # nothing comes between
    page.route("**/api/v1/visits?*", one_a_page)
    page.reload()
    page.locator(".views [aria-current]").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("v")
    rows = page.locator(".visits li")
    rows.first.wait_for()
    assert rows.count() == 1, (asked_for, first)
    page.get_by_role("button", name="Show older ones").click()
    rows.nth(1).wait_for()
    with page.expect_response(re.compile("/visits.*limit=50$")):
        for key in "gngv":
            page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert rows.count() == 2


@browser_test
@pytest.mark.timeout(120)  # the film has its own pace
def test_who_is_there_now_comes_and_goes_by_itself(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=visits", failing=SOON)
    now = visit("?view=now", failing=SOON)
    page.locator("[role=log] p", has_text=" at garden").first.wait_for(
        timeout=30_000, state="attached"
    )
    there = seen(api, open="true")[0]
    here = row(page, there).locator(".there")
    here.wait_for()
    assert there["tag"] in row(page, there).inner_text()
    present = now.get_by_role("article", name="garden").get_by_label("There now")
    present.filter(has_text=there["tag"]).wait_for()
    here.wait_for(state="detached", timeout=30_000)
    present.filter(has_text=there["tag"]).wait_for(state="detached")
    assert re.search(r"\d+ s$", row(page, there).inner_text())


@browser_test
@pytest.mark.parametrize("view", ["now", "visits", "pictures"])
def test_a_phone_never_scrolls_sideways(visit: Open, view: str) -> None:
    page = visit(f"?view={view}", width=360, height=740, failing=SOON)
    page.locator(".now-tile, .visits li, .tile").first.wait_for()
    page.wait_for_timeout(300)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert page.locator(".views [aria-current=page]").count() == 1


@pytest.mark.alone
@browser_test
@pytest.mark.parametrize("view", ["now", "visits"])
def test_what_comes_shifts_nothing(visit: Open, view: str) -> None:
    page = visit(f"?view={view}", failing=SOON)
    page.locator(".now-tile img, .visits img").first.wait_for()
    shift = page.evaluate(
        """() => new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) sum += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => resolve(sum), 1500);
        })"""
    )
    assert shift < 0.1
