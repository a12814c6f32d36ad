"""Reviewing in the large view of one picture; names that look like markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk_rig import after, name_of, saved
from page_rig import browser_test

if TYPE_CHECKING:
    from desk_rig import Fill, People


@browser_test
def test_the_open_picture_is_judged_and_tells_who_said_what(people: People, fill: Fill) -> None:
    prefix = fill(2)
    name = f"{prefix}001.jpg"
    people.judge(name, [])
    page = people(f"?q=name:{prefix}&picture={people.picture(name)['id']}")
    view = page.get_by_role("dialog")
    view.locator(".who-said li").first.wait_for()
    tag = view.locator(".rows .name").first.inner_text()
    view.get_by_role("button", name=f"{tag} is right").first.click()
    view.locator(".judge [aria-pressed=true]").first.wait_for()
    saved(page)
    assert people.states(name)[tag] == "accepted"
    view.locator(".who-said li").filter(has_text=f"accepted {tag}").wait_for()

    view.get_by_role("button", name=f"{tag} is wrong").first.click()
    view.locator(".others .rejected").filter(has_text=tag).wait_for()
    page.keyboard.press("t")
    page.keyboard.type("zebra")
    page.keyboard.press("Enter")
    view.locator(".rows .name").filter(has_text="zebra").wait_for()
    saved(page)
    assert people.states(name)["zebra"] == "manual"
    view.locator(".who-said li").nth(3).wait_for()
    view.locator(".who-said").get_by_role("button", name="Undo").click()
    view.locator(".rows .name").filter(has_text="zebra").wait_for(state="detached")
    page.keyboard.press("u")
    view.locator(".others .rejected").filter(has_text=tag).wait_for(state="detached")
    saved(page)
    assert people.states(name)[tag] == "accepted"
    page.keyboard.press("a")
    saved(page)
    assert set(people.states(name).values()) == {"accepted"}


@browser_test
def test_what_somebody_else_rejected_can_be_taken_back(people: People, fill: Fill) -> None:
    prefix = fill(1)
    name = f"{prefix}000.jpg"
    tag = next(iter(people.states(name)))
    people.judge(name, [{"verdict": "reject", "tag": tag}])
    page = people(f"?q=name:{prefix}")
    page.locator(".tile").first.click()
    view = page.get_by_role("dialog")
    rejected = view.locator(".others .rejected").filter(has_text=tag)
    rejected.click()
    rejected.wait_for(state="detached")
    saved(page)
    assert people.states(name)[tag] == "accepted"


@browser_test
def test_hostile_names_are_text(people: People, fill: Fill) -> None:
    hostile = "<img src=x onerror=document.title=1>"
    page = people(f"?view=review&q=name:{fill(2)}")
    page.locator(".tagchips .tagchip").first.wait_for()
    name = name_of(page)
    page.keyboard.press("t")
    page.keyboard.type(hostile)
    page.keyboard.press("Enter")
    page.locator(".tagchip.manual").filter(has_text=hostile).wait_for()
    after(page, "a")
    saved(page)
    page.keyboard.press("k")
    page.locator(".tagchip.manual").filter(has_text=hostile).wait_for()
    page.keyboard.press("i")
    page.locator(".who-said").filter(has_text=hostile).wait_for()
    assert hostile in people.states(name)
    assert page.locator("img[src=x]").count() == 0
