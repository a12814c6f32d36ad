"""Many pictures at once: those of one tag in the review, and those that are chosen in the grid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from desk_rig import saved
from page_rig import asked, browser_test, until

if TYPE_CHECKING:
    from desk_rig import Fill, People
    from playwright.sync_api import Page


def names(page: Page) -> list[str]:
    """Of the pictures in the grid by tag."""
    labels = page.locator(".many .slot").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    return [label.rpartition(":")[0] for label in labels]


def grid(people: People, prefix: str, **more: object) -> Page:
    """The pictures screen with these pictures."""
    page = people(f"?q=name:{prefix}", **more)
    page.locator(".tile").first.wait_for()
    return page


def gone(page: Page, selector: str) -> None:
    page.locator(selector).wait_for(state="detached")


@browser_test
def test_the_wrong_ones_are_pointed_out_and_enter_judges_them_all(
    people: People, fill: Fill
) -> None:
    page = people(f"?view=review&tag=cat&q=name:{fill(24)}")
    page.locator(".many .slot").nth(3).wait_for()
    shown = names(page)
    assert len(shown) == 4
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    page.locator(".many .slot:nth-child(2)[aria-pressed=true]").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    page.locator(".many .slot:nth-child(2)[aria-pressed=false]").wait_for()
    page.locator(".many .slot").nth(2).click()
    page.get_by_role("button", name="Reject 1, accept 3").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("No cat is left to review").wait_for()
    saved(page)
    states = [people.states(name)["cat"] for name in shown]
    assert states == ["accepted", "accepted", "rejected", "accepted"]

    page.keyboard.press("u")  # all of them as one
    page.locator(".many .slot").nth(3).wait_for()
    saved(page)
    assert {people.states(name)["cat"] for name in shown} == {"proposed"}
    assert [one["undone"] for one in people.reviews(shown[0])] == [True]


@browser_test
def test_one_by_one_and_many_lead_to_each_other(people: People, fill: Fill) -> None:
    page = people(f"?view=review&order=newest&q=name:{fill(6)}")
    page.locator(".tagchips .tagchip.proposed").first.wait_for()
    best = page.locator(".tagchips .tagchip .name").first.inner_text()
    page.keyboard.press("v")
    page.locator(".many .slot").first.wait_for()
    assert asked(page)["tag"] == [best]
    page.get_by_role("navigation", name="Tags that wait").get_by_role("button", name="cat").click()
    page.locator(".many .slot").first.wait_for()
    assert asked(page)["tag"] == ["cat"]
    page.go_back()
    page.go_back()
    page.locator(".tagchips .tagchip").first.wait_for()
    with page.expect_response(re.compile("review/queue.*order=rare")):
        page.get_by_label("Order").select_option("rare")
    assert asked(page)["order"] == ["rare"]
    page.keyboard.press("e")  # the keys are the picture's again, not the list's
    page.get_by_text("1 of 6").wait_for()
    saved(page)


@browser_test
def test_pictures_are_chosen_by_mouse_and_keyboard(people: People, fill: Fill) -> None:
    page = grid(people, fill(6))
    bar, tiles = page.locator(".chosen-bar"), page.locator(".tile")
    tiles.nth(1).hover()
    page.locator(".pick input").nth(1).click()
    tiles.nth(3).click(modifiers=["Shift"])
    bar.get_by_text("3", exact=True).wait_for()
    tiles.nth(2).click()  # while some are chosen, a click chooses
    bar.get_by_text("2", exact=True).wait_for()
    assert "picture" not in asked(page)
    page.keyboard.press("Control+a")
    bar.get_by_text("6", exact=True).wait_for()
    page.keyboard.press("Escape")
    gone(page, ".chosen-bar")
    tiles.nth(0).focus()
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    bar.get_by_text("3", exact=True).wait_for()
    page.keyboard.press("Enter")  # a link stays a link
    page.wait_for_url(re.compile("picture="))


@browser_test
def test_what_is_chosen_is_judged_and_undone_as_one(people: People, fill: Fill) -> None:
    prefix = fill(5)
    files = [f"{prefix}{number:03d}.jpg" for number in range(5)]
    page = grid(people, prefix)

    def thought() -> list[set[str]]:
        saved(page)
        return [set(people.states(name).values()) for name in files]

    page.keyboard.press("Control+a")
    page.keyboard.press("a")
    page.get_by_role("status").filter(has_text="Accepted the tags of 5 pictures").wait_for()
    assert thought() == [{"accepted"}] * 5
    page.get_by_role("button", name="Undo").click()
    gone(page, ".toast")
    assert thought() == [{"proposed"}] * 5

    page.keyboard.press("Control+a")
    page.keyboard.press("t")
    page.keyboard.type("sampled")
    page.keyboard.press("Enter")
    page.locator(".tile .rows").filter(has_text="sampled").nth(4).wait_for()
    saved(page)
    assert all(people.states(name)["sampled"] == "manual" for name in files)

    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Remove tag").click()
    page.keyboard.type("samp")
    page.get_by_role("option", name="sampled").click()
    until(page, "!document.body.innerText.includes('sampled 100 %')")
    saved(page)
    assert all(people.states(name)["sampled"] == "rejected" for name in files)

    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert thought() == [{"proposed"}] * 5
    page.keyboard.press("Control+a")
    page.keyboard.press("Shift+X")
    saved(page)
    assert thought() == [{"rejected"}] * 5
    until(page, "document.querySelectorAll('.tile .rows').length === 0")


@browser_test
def test_a_lost_answer_of_many_makes_no_second_review(people: People, fill: Fill) -> None:
    prefix = fill(3)
    page = grid(people, prefix)
    keys = people.lose_answers(page, r"/api/v1/reviews$", 1)
    page.keyboard.press("Control+a")
    page.keyboard.press("a")
    page.get_by_role("alert").filter(has_text="1 change not saved yet").wait_for()
    saved(page)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    page.keyboard.press("Control+z")
    saved(page)
    for number in range(3):
        name = f"{prefix}{number:03d}.jpg"
        assert [one["undone"] for one in people.reviews(name)] == [True]
        assert set(people.states(name).values()) == {"proposed"}


@browser_test
def test_deleting_asks_once_and_then_they_are_gone(
    people: People, fill: Fill, api: httpx.Client
) -> None:
    page = grid(people, fill(3), failing=frozenset({404}))
    first = page.locator(".tile").first
    kept = page.locator(".tile").nth(1).get_attribute("id")
    address = first.get_attribute("href")
    first.focus()
    page.keyboard.press("x")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Keep").click()
    gone(page, "dialog")
    assert page.locator(".tile").count() == 3
    page.keyboard.press("Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    until(page, "document.querySelectorAll('.tile').length === 2")
    saved(page)
    assert page.locator(".tile").first.get_attribute("id") == kept
    page.goto(f"{page.url.partition('?')[0]}{address}")
    page.get_by_role("dialog").get_by_role("alert").wait_for()
