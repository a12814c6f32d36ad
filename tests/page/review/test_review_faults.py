"""The review while the device is away, while others review too, and at the speed of a hand."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING

import pytest
from daemon_rig import wait_until
from desk_rig import after, desk, name_of, saved, standing
from page_rig import browser_test, until

if TYPE_CHECKING:
    from desk_rig import Fill, People
    from playwright.sync_api import Page, Route

REVIEWS = re.compile(r"/api/v1/pictures/[^/]+/review$")
SOON = 30  # seconds


def unsaved(page: Page) -> int:
    return int(page.evaluate("import('/static/saving.mjs').then((m) => m.unsaved.value.length)"))


@browser_test
def test_nothing_is_lost_while_the_device_is_away(people: People, fill: Fill) -> None:
    page = desk(people, fill(5))
    tries: list[object] = []

    def cut(route: Route) -> None:
        tries.append(route)
        route.abort()

    page.route(REVIEWS, cut)
    names = [after(page, key) for key in "axa"]  # nobody has to wait
    alert = page.get_by_role("alert").filter(has_text="3 changes not saved yet")
    alert.wait_for()
    assert "does not answer" in alert.inner_text()
    page.keyboard.press("u")  # was never sent, so there is nothing to ask the device for
    until(page, f"document.querySelector('.desk .fit > img').alt === '{names[2]}'")
    alert = page.get_by_role("alert").filter(has_text="2 changes not saved yet")
    alert.wait_for()
    made = len(tries)
    alert.get_by_role("button", name="Try now").click()
    wait_until(lambda: len(tries) > made or page.wait_for_timeout(20), SOON)
    page.unroute(REVIEWS)
    alert.wait_for(state="detached", timeout=SOON * 1000)  # it is tried by itself
    saved(page)
    assert [standing(people, name) for name in names] == [{"accepted"}, {"rejected"}, {"proposed"}]
    assert [len(people.reviews(name)) for name in names] == [1, 1, 0]


@browser_test
def test_an_answer_that_is_lost_makes_no_second_review(people: People, fill: Fill) -> None:
    page = desk(people, fill(3), failing=frozenset({409}))
    keys = people.lose_answers(page, REVIEWS.pattern, 2)
    name = after(page, "a")
    page.get_by_role("alert").filter(has_text="1 change not saved yet").wait_for()
    saved(page)
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert re.fullmatch("[0-9a-f]{32}", keys[0])
    assert len(people.reviews(name)) == 1
    people.lose_answers(page, r"/api/v1/reviews/[^/]+$", 1)
    page.keyboard.press("u")
    saved(page)
    assert standing(people, name) == {"proposed"}
    assert page.locator(".toast.bad").count() == 0


@browser_test
def test_a_reload_asks_first_while_something_is_unsaved(people: People, fill: Fill) -> None:
    page = desk(people, fill(2))
    page.route(REVIEWS, lambda route: route.abort())
    after(page, "a")
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.evaluate("setTimeout(() => location.reload())")
    until(page, "true")
    page.wait_for_event("dialog") if not asked else None
    assert asked == ["beforeunload"]
    assert unsaved(page) == 1
    page.unroute(REVIEWS)
    saved(page)


@browser_test
def test_whoever_is_slower_sees_what_the_other_said(people: People, fill: Fill) -> None:
    """Without the live line, which would have told it before."""
    page = desk(people, fill(3), failing=frozenset({409}))
    page.route("**/api/v1/events", lambda route: route.abort())
    page.reload()
    page.locator(".tagchips .tagchip").first.wait_for()
    name = name_of(page)
    people.judge(name, [{"verdict": "reject"}, {"verdict": "add", "tag": "heron"}])
    after(page, "a")
    alert = page.get_by_role("alert").filter(has_text="was faster")
    alert.wait_for()
    assert "heron" in alert.inner_text()
    assert standing(people, name) == {"rejected", "manual"}  # nobody was overwritten

    alert.get_by_role("button", name="Look again").click()
    until(page, f"document.querySelector('.desk .fit > img').alt === '{name}'")
    assert page.locator(".tagchip.rejected").count() >= 1
    page.locator(".tagchip.manual").filter(has_text="heron").wait_for()
    page.locator(".tagchip.rejected").first.click()  # with what the other said in sight
    page.locator(".tagchip.accepted").first.wait_for()
    after(page, "r")
    saved(page)
    assert "accepted" in standing(people, name)
    assert people.states(name)["heron"] == "manual"


@browser_test
def test_the_live_line_tells_what_others_review(people: People, fill: Fill) -> None:
    prefix = fill(4)
    page = desk(people, prefix)
    first = name_of(page)
    second = after(page, "j")
    page.keyboard.press("k")
    assert second == first
    others = [f"{prefix}{number:03d}.jpg" for number in range(4)]
    others.remove(first)
    people.judge(others[0], [{"verdict": "accept"}])
    people.judge(first, [{"verdict": "add", "tag": "heron"}])
    page.get_by_role("status").filter(has_text="has just reviewed this picture").wait_for()
    page.locator(".tagchip.manual").filter(has_text="heron").wait_for()
    seen = [after(page, "a"), name_of(page), after(page, "a"), name_of(page)]
    assert others[0] not in seen  # nobody does it twice
    saved(page)
    assert people.states(first)["heron"] == "manual"
    assert page.locator(".toast").count() == 0


@browser_test
def test_a_review_that_is_refused_is_told_and_taken_back(people: People, fill: Fill) -> None:
    page = desk(people, fill(2), failing=frozenset({422}))

    def refuse(route: object) -> None:
        route.fulfill(  # type: ignore[attr-defined]
            status=422,
            content_type="application/problem+json",
            body='{"status": 422, "title": "refused", "detail": "that cannot be a tag"}',
        )

    page.route(REVIEWS, refuse)
    name = after(page, "a")
    alert = page.get_by_role("alert").filter(has_text="That cannot be a tag")
    alert.wait_for()
    page.unroute(REVIEWS)
    alert.get_by_role("button", name="Look again").click()
    until(page, f"document.querySelector('.desk .fit > img').alt === '{name}'")
    page.locator(".tagchip.proposed").first.wait_for()
    after(page, "a")
    saved(page)
    assert standing(people, name) == {"accepted"}


@browser_test
def test_a_viewer_reviews_nothing(people: People, fill: Fill) -> None:
    prefix = fill(1)

    def viewer(page: Page) -> None:
        told = '{"name": "Vi", "role": "viewer", "sources": null}'
        page.route(
            "**/api/v1/me",
            lambda route: route.fulfill(status=200, content_type="application/json", body=told),
        )

    page = people(f"?view=review&q=name:{prefix}", prepare=viewer)
    page.locator("main.empty").filter(has_text="role").wait_for()
    page.keyboard.press("a")
    assert page.get_by_role("link", name="Review").count() == 0
    page.get_by_role("link", name="Pictures").click()
    page.locator(".tile").first.wait_for()
    assert page.locator(".pick").count() == 0
    page.locator(".tile").first.click()
    page.locator(".facts dl").wait_for()
    assert page.locator(".judging, .judge").count() == 0
    assert standing(people, f"{prefix}000.jpg") == {"proposed"}


# Presses a key and waits for the frame in which another picture is drawn, `count` times.
_PACE = """async (count) => {
    const frame = () => new Promise(requestAnimationFrame);
    const image = () => document.querySelector(".desk .fit > img");
    const waited = [];
    for (let made = 0; made < count; made += 1) {
        const before = image().alt;
        const from = performance.now();
        const key = made % 5 === 4 ? "x" : "a";
        dispatchEvent.call(document.body, new KeyboardEvent("keydown", { key, bubbles: true }));
        while (!image() || image().alt === before || !image().complete || !image().naturalWidth) {
            await frame();
        }
        await frame();
        waited.push(performance.now() - from);
        await new Promise((resolve) => setTimeout(resolve, 120)); // somebody looks
    }
    return waited;
}"""


@browser_test
@pytest.mark.alone
def test_thirty_pictures_a_minute(people: People, fill: Fill) -> None:
    prefix = fill(33)
    page = desk(people, prefix)
    waited = page.evaluate(_PACE, 30)
    saved(page)
    print(
        f"key to next picture: median {statistics.median(waited):.0f} ms, "
        f"slowest {max(waited):.0f} ms"
    )
    assert sum(waited) < 30_000  # half of the minute is for the eyes
    assert statistics.median(waited) < 100  # ms
    page.get_by_text("30 of 33").wait_for()
    assert "a minute" in page.locator(".review-progress").inner_text()
