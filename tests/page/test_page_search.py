"""The search box."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from page_rig import (
    Open,
    asked,
    browser_test,
    until,
)

if TYPE_CHECKING:
    pass


@browser_test
def test_a_search_narrows_the_grid_and_back_widens_it(visit: Open) -> None:
    page = visit()
    page.locator(".tile").nth(5).wait_for()
    before = page.locator(".tile").count()
    page.fill("#search", "cat")
    page.keyboard.press("Enter")
    until(page, f"document.querySelectorAll('.tile').length < {before}")
    assert asked(page) == {"q": ["cat"]}
    assert page.title().startswith("cat")
    assert page.locator(".tile").count() >= 1
    assert all("cat" in tile.inner_text() for tile in page.locator(".tile").all())
    page.go_back()
    until(page, f"document.querySelectorAll('.tile').length >= {before}")
    assert page.input_value("#search") == ""


@browser_test
def test_completion_is_worked_by_the_keyboard(visit: Open) -> None:
    page = visit()
    page.locator(".tile").first.wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("ca")
    options = page.get_by_role("option")
    options.filter(has_text=re.compile(r"^cat\s*\d")).wait_for()
    page.keyboard.press("Escape")
    assert options.count() == 0
    assert page.input_value("#search") == "ca"
    page.keyboard.type("t")
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert chosen.get_attribute("id") == page.get_attribute("#search", "aria-activedescendant")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    assert asked(page)["q"][0].strip('"').startswith("cat")


@browser_test
def test_a_chip_adds_its_tag_and_takes_it_out_again(visit: Open) -> None:
    page = visit(width=800)  # where it is wide, the facets are there instead
    chip = page.locator(".chips button").first
    chip.click()
    page.wait_for_url(re.compile(r"\?q="))
    assert chip.get_attribute("aria-pressed") == "true"
    chip.click()
    page.wait_for_url(lambda url: "q=" not in url)
    assert chip.get_attribute("aria-pressed") == "false"


@browser_test
def test_a_wrong_query_says_what_is_wrong_and_where(visit: Open) -> None:
    page = visit(failing=frozenset({400}))
    page.fill("#search", "cat colour:red")
    page.keyboard.press("Enter")
    complaint = page.get_by_role("alert")
    complaint.wait_for()
    assert "colour" in complaint.locator("p").inner_text()
    assert complaint.locator("code").inner_text() == "cat colour:red"
    assert complaint.locator("mark").inner_text() == "c"
    assert page.get_attribute("#search", "aria-invalid") == "true"
    page.fill("#search", "cat")
    page.keyboard.press("Enter")
    page.locator(".tile").first.wait_for()
    assert complaint.count() == 0


@browser_test
def test_nothing_found_says_so_and_offers_the_way_out(visit: Open) -> None:
    page = visit("?q=nosuchtagatall")
    page.get_by_text("Nothing found").wait_for()
    page.get_by_role("button", name="Show all pictures").click()
    page.locator(".tile").first.wait_for()
    assert asked(page) == {}
