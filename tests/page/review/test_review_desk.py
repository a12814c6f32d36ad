"""The review: one picture after another by keyboard, each judgement on the device in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from daemon_rig import wait_until
from desk_rig import after, desk, name_of, saved, standing
from page_rig import area, browser_test, until

if TYPE_CHECKING:
    from desk_rig import Fill, People

SOON = 20  # seconds


@browser_test
def test_pictures_are_judged_by_one_key_each_and_undone(people: People, fill: Fill) -> None:
    page = desk(people, fill(6))
    accepted, rejected = after(page, "a"), after(page, "x")
    empty, as_it_is = after(page, "e"), after(page, "r")
    skipped = after(page, "z")
    saved(page)
    assert standing(people, accepted) == {"accepted"}
    assert standing(people, rejected) == standing(people, empty) == {"rejected"}
    assert standing(people, as_it_is) == {"proposed"}
    assert people.picture(as_it_is)["reviewed_at"]
    assert people.picture(skipped)["reviewed_at"] is None

    page.keyboard.press("u")  # what was skipped is no deed: the one before is undone
    until(page, f"document.querySelector('.desk .fit > img').alt === '{as_it_is}'")
    page.keyboard.press("Control+z")
    until(page, f"document.querySelector('.desk .fit > img').alt === '{empty}'")
    saved(page)
    assert standing(people, empty) == {"proposed"}
    assert people.picture(empty)["reviewed_at"] is None
    assert [one["undone"] for one in people.reviews(empty)] == [True]
    assert standing(people, rejected) == {"rejected"}
    page.get_by_text("2 of 6").wait_for()


@browser_test
def test_undo_goes_on_after_the_page_was_loaded_anew(people: People, fill: Fill) -> None:
    page = desk(people, fill(3))
    name = after(page, "a")
    saved(page)
    page.reload()
    page.locator(".tagchips .tagchip").first.wait_for()
    assert name_of(page) != name
    page.keyboard.press("u")
    until(page, f"document.querySelector('.desk .fit > img').alt === '{name}'")
    assert standing(people, name) == {"proposed"}


@browser_test
def test_numbers_judge_single_tags(people: People, fill: Fill) -> None:
    page = desk(people, fill(2))
    while (
        page.locator(".tagchip.proposed").count() < 2 or page.locator(".tagchip.nearly").count() < 1
    ):
        after(page, "z")
    chips = page.locator(".tagchips .tagchip")
    names = chips.locator(".name").all_inner_texts()
    nearly = page.locator(".tagchip.nearly").first.locator("kbd").inner_text()
    states = ["proposed", "accepted", "rejected", "proposed", "accepted"]
    for state in states[1:]:
        page.keyboard.press("1")
        page.locator(f".tagchips .tagchip:first-child.{state}").wait_for()
    assert chips.first.get_attribute("aria-label") == (
        f"{names[0]}, {chips.first.locator('.sure').inner_text()}, accepted"
    )
    page.keyboard.press("Shift+Digit2")
    page.locator(".tagchips .tagchip:nth-child(2).rejected").wait_for()
    page.keyboard.press("u")
    page.locator(".tagchips .tagchip:nth-child(2).proposed").wait_for()
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press(nearly)
    page.locator(".tagchip.manual").wait_for()
    name = name_of(page)
    page.keyboard.press("j")  # walking on keeps what was said
    saved(page)
    found = people.states(name)
    assert (found[names[0]], found[names[1]]) == ("accepted", "rejected")
    assert found[names[int(nearly) - 1]] == "manual"


@browser_test
def test_a_tag_is_added_with_completion_and_another_renamed(people: People, fill: Fill) -> None:
    page = desk(people, fill(6))
    name = name_of(page)
    page.keyboard.press("t")
    field = page.get_by_role("combobox", name="Add a tag")
    field.wait_for()
    page.keyboard.type("xaer")  # letters here, not verdicts
    assert field.input_value() == "xaer"
    page.keyboard.press("Control+a")
    page.keyboard.type("cof")
    page.get_by_role("option", name="coffee", exact=True).wait_for()
    page.keyboard.press("ArrowDown")
    taken = page.locator("[role=option][aria-selected=true]").inner_text()
    page.keyboard.press("Enter")
    page.locator(".tagchip.manual").filter(has_text=taken).wait_for()

    page.keyboard.press("+")
    page.keyboard.type("  Zeus   of Otricoli ")
    page.keyboard.press("Enter")
    page.locator(".tagchip.manual").filter(has_text="Zeus of Otricoli").wait_for()

    first = page.locator(".tagchips .tagchip").first
    wrong = first.locator(".name").inner_text()
    first.focus()
    page.keyboard.press("F2")
    page.keyboard.type("lynx")
    page.keyboard.press("Enter")
    page.locator(".tagchip.renamed").filter(has_text="lynx").wait_for()
    assert name_of(page) == name
    after(page, "r")
    saved(page)
    found = people.states(name)
    assert found[wrong] == "rejected"
    assert (found["lynx"], found[taken]) == ("manual", "manual")
    assert "manual" in {found.get("Zeus of Otricoli"), found.get("zeus of otricoli")}


@browser_test
def test_a_box_is_drawn_for_a_tag(people: People, fill: Fill) -> None:
    page = desk(people, fill(2))
    name = name_of(page)
    x, y, width, height = area(page.locator(".desk .fit"))
    page.mouse.move(x + width * 0.25, y + height * 0.5)
    page.mouse.down()
    page.mouse.move(x + width * 0.4, y + height * 0.6)
    page.mouse.move(x + width * 0.75, y - 40)  # beyond the edge
    page.mouse.up()
    page.get_by_role("combobox", name="What is in the box").wait_for()
    page.keyboard.type("flag")
    page.keyboard.press("Enter")
    page.locator(".tagchip.manual").filter(has_text="flag").wait_for()
    after(page, "a")
    saved(page)
    [tag] = [tag for tag in people.picture(name)["tags"] if tag["name"] == "flag"]
    assert tag["box"] == pytest.approx({"x": 0.25, "y": 0, "width": 0.5, "height": 0.5}, abs=0.02)


@browser_test
def test_keys_of_the_screen_do_what_the_help_says(people: People, fill: Fill) -> None:
    page = desk(people, fill(3))
    name = name_of(page)
    page.keyboard.press(" ")
    page.locator(".stage.zoomed").wait_for()
    page.keyboard.press(" ")
    page.locator(".stage:not(.zoomed)").wait_for()
    page.keyboard.press("i")
    page.locator(".review-info").get_by_text(name).wait_for()
    page.keyboard.press("i")
    boxes = page.locator(".stage .boxes").count()
    page.keyboard.press("b")
    assert page.locator(".stage .boxes").count() == 0
    page.keyboard.press("b")
    assert page.locator(".stage .boxes").count() == boxes
    after(page, "ArrowRight")
    after(page, "k")
    assert name_of(page) == name
    page.keyboard.press("?")
    page.get_by_text("Keys of this view").wait_for()
    page.keyboard.press("a")  # not while a window is open
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert name_of(page) == name
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.locator(".tile").first.wait_for()
    page.keyboard.press("x")  # a key of the review is none here
    saved(page)
    assert standing(people, name) == {"proposed"}


@browser_test
def test_the_end_of_the_queue_says_so(people: People, fill: Fill) -> None:
    page = desk(people, fill(2))
    after(page, "a")
    page.keyboard.press("z")
    page.get_by_text("Nothing is left to review").wait_for()
    page.get_by_role("button", name="Look again").click()
    page.locator(".tagchips .tagchip").first.wait_for()  # what was skipped
    page.keyboard.press("x")
    page.get_by_text("Nothing is left to review").wait_for()
    page.keyboard.press("u")
    page.locator(".tagchips .tagchip").first.wait_for()
    saved(page)


@browser_test
def test_a_finger_judges_by_swiping(people: People, fill: Fill) -> None:
    page = desk(people, fill(3), width=360, height=740, has_touch=True, is_mobile=True)

    def swipe(by: int) -> str:
        name = name_of(page)
        page.locator(".stage").evaluate(
            """(stage, by) => {
                const place = stage.getBoundingClientRect();
                const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
                const tell = (type, clientX) => stage.dispatchEvent(new PointerEvent(type, {
                    bubbles: true, pointerType: "touch", isPrimary: true, clientX, clientY: y }));
                tell("pointerdown", x);
                [0.3, 0.7, 1].forEach((part) => tell("pointermove", x + by * part));
                return new Promise((resolve) => requestAnimationFrame(() => {
                    tell("pointerup", x + by);
                    resolve();
                }));
            }""",
            by,
        )
        return name

    swipe(40)  # not far enough
    right, wrong = swipe(150), ""
    until(page, f"document.querySelector('.desk .fit > img').alt !== '{right}'")
    wrong = swipe(-150)
    until(page, f"document.querySelector('.desk .fit > img').alt !== '{wrong}'")
    saved(page)
    assert standing(people, right) == {"accepted"}
    assert standing(people, wrong) == {"rejected"}
    accept = area(page.get_by_role("button", name="Accept"))
    assert accept[1] > 740 * 0.75  # in reach of the thumb
    assert accept[3] >= 44
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(sideways) == 0


@browser_test
def test_a_query_that_is_wrong_is_said(people: People) -> None:
    page = people("?view=review&q=sorce:gate", failing=frozenset({400, 422}))
    alert = page.get_by_role("alert").first
    alert.wait_for()
    assert "did you mean source" in alert.inner_text()
    page.get_by_role("button", name="All pictures").click()
    wait_until(lambda: "sorce" not in page.url, SOON)
