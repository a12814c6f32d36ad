"""The grid: pictures, tags, boxes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from page_rig import (
    Open,
    area,
    assert_drawn,
    browser_test,
    tags_of,
    until,
    upload,
)

if TYPE_CHECKING:
    pass


@browser_test
def test_the_grid_shows_every_picture_with_its_tags(visit: Open) -> None:
    page = visit()
    tiles = page.locator(".tile")
    tiles.nth(5).wait_for()
    until(
        page, "[...document.querySelectorAll('.tile img')].slice(0, 6).every(i => i.naturalWidth)"
    )
    assert all(
        re.fullmatch(r"\d{1,3} %", number)
        for tile in tiles.all()[:6]
        for number in tags_of(tile).values()
    )
    assert "samples" in page.locator(".tile .source").all_inner_texts()
    assert page.locator(".tile time").first.get_attribute("title")


@pytest.mark.alone
@browser_test
def test_pictures_that_load_shift_nothing(visit: Open) -> None:
    page = visit()
    page.locator(".tile img").first.wait_for()
    page.wait_for_load_state("load")
    shift = page.evaluate(
        """() => new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) sum += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => resolve(sum), 300);
        })"""
    )
    assert shift < 0.1  # "good" by the usual measure of cumulative layout shift


@browser_test
def test_boxes_appear_on_hover_and_on_focus(visit: Open) -> None:
    page = visit()
    tile = page.locator(".tile:has(.boxes rect)").first
    tile.wait_for()
    opacity = "(tile) => getComputedStyle(tile.querySelector('.boxes')).opacity"
    assert tile.evaluate(opacity) == "0"
    tile.hover()
    assert tile.evaluate(opacity) == "1"
    page.mouse.move(0, 0)
    assert tile.evaluate(opacity) == "0"
    page.keyboard.press("j")
    while not tile.evaluate("(tile) => tile === document.activeElement"):
        page.keyboard.press("j")
    assert tile.evaluate(opacity) == "1"


@browser_test
def test_a_box_is_drawn_where_the_tag_says(visit: Open, api: httpx.Client) -> None:
    boxed = [
        (picture, tag)
        for picture in api.get("pictures").json()["pictures"]
        for tag in picture["tags"]
        if tag["box"]
    ]
    page = visit()
    for picture, tag in boxed[:6]:
        tile = page.locator(f"#p-{picture['id']}")
        tile.scroll_into_view_if_needed()
        x, y, width, height = area(tile.locator(".frame"))
        # A thumbnail covers its frame: the longer side hangs out equally on both ends.
        scale = max(width / picture["width"], height / picture["height"])
        shown = (picture["width"] * scale, picture["height"] * scale)
        whole = (x + (width - shown[0]) / 2, y + (height - shown[1]) / 2, *shown)
        assert_drawn(tile.locator(".boxes"), tag, whole)

    picture, tag = boxed[0]
    large = visit(f"?picture={picture['id']}").locator(".fit")
    whole = area(large)
    assert whole[2] / whole[3] == pytest.approx(picture["width"] / picture["height"], abs=0.02)
    assert_drawn(large.locator(".boxes"), tag, whole)


@browser_test
def test_a_phone_never_scrolls_sideways(
    visit: Open, api: httpx.Client, fresh_picture: Callable[[], bytes]
) -> None:
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page = visit(width=360, height=740)
    page.locator(".tile").nth(3).wait_for()
    assert page.evaluate(too_wide) == 0
    row = upload(page, f"{'a-very-long-name-' * 8}.jpg", fresh_picture())
    row.filter(has_text="Done").wait_for()
    assert page.evaluate(too_wide) == 0
    row.get_by_role("button").first.click()
    view = page.locator(".viewer")
    view.locator(".facts").wait_for()
    assert view.evaluate("(v) => v.scrollWidth - v.clientWidth") == 0
