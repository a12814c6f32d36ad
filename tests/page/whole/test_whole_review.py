"""Thirty pictures by keyboard within a minute; what was said decides what is said from now on."""

from __future__ import annotations

import time

import httpx
import pytest
from page_rig import Open, browser_test, until
from whole_rig import NAME, bring, fresh, tags_now

pytestmark = [browser_test, pytest.mark.timeout(240)]
COUNT = 32
MINUTE = 60.0  # seconds
SAVED = "import('/static/saving.mjs').then((m) => m.unsaved.value.length === 0)"
AT = 0.99  # above what the model is ever sure of the cat


def test_thirty_are_reviewed_in_a_minute_and_teach_a_threshold(
    owner: Open, api: httpx.Client
) -> None:
    pictures = list(fresh(COUNT))
    bring(api, pictures)
    page = owner("?view=review&order=newest&q=name:fresh")
    page.locator(".tagchips .tagchip").first.wait_for()

    def name() -> str:
        return str(page.locator(".desk .fit > img").get_attribute("alt"))

    def press(key: str, other: bool = True) -> None:
        before = name()
        page.keyboard.press(key)
        if other:
            until(page, f"document.querySelector('.desk .fit > img')?.alt !== '{before}'")

    said: dict[str, str] = {}
    begun = time.monotonic()
    for number in range(30):
        if number == 10:  # a slip, which is taken back
            slip = name()
            press("x")
            until(page, SAVED)  # else it is never sent, and there is nothing to take back
            press("u")
            assert name() == slip
        key = "x" if number % 5 == 4 else "a"
        said[name()] = {"x": "rejected", "a": "accepted"}[key]
        press(key)
    took = time.monotonic() - begun
    assert took < MINUTE, f"{took:.0f} s for 30 pictures and a slip"
    assert len(said) == 30
    assert set(said) <= {one for one, _ in pictures}, "newest first"

    last = name()
    page.keyboard.press("t")
    page.get_by_role("combobox", name="Add a tag").wait_for()
    page.keyboard.type("cof")
    page.get_by_role("option", name="coffee", exact=True).wait_for()
    page.keyboard.type("fee table")
    page.keyboard.press("Enter")
    page.locator(".tagchip.manual").filter(has_text="coffee table").wait_for()
    press("j")
    until(page, SAVED)
    assert tags_now(api, last)["coffee table"]["state"] == "manual"
    for one, state in said.items():
        assert {tag["state"] for tag in tags_now(api, one).values()} <= {state}
    [found] = api.get("pictures", params={"q": f'name = "{slip}"'}).json()["pictures"]
    told = api.get(f"pictures/{found['id']}/reviews").json()["reviews"]
    assert [(one["by"], one["undone"]) for one in told] == [(NAME, False), (NAME, True)]

    threshold_from_these(owner, api, said)


def threshold_from_these(owner: Open, api: httpx.Client, said: dict[str, str]) -> None:
    """The preview counts the reviews just made; saved, the next upload obeys, until undone."""
    judged = [
        (tags["cat"]["confidence"], state)
        for one, state in said.items()
        if "cat" in (tags := tags_now(api, one))
    ]
    total = {s: sum(state == s for _, state in judged) for s in ("accepted", "rejected")}
    low = {s: sum(c < AT and state == s for c, state in judged) for s in total}
    assert min(low.values()) > 0, judged
    page = owner("?view=tags")
    page.locator("button.entry").filter(has=page.get_by_text("cat", exact=True)).first.click()
    page.get_by_role("heading", name="cat", exact=True).wait_for()
    page.get_by_role("slider").fill(str(AT))
    page.get_by_text(
        f"At {AT} this would have dropped {low['rejected']} of {total['rejected']} rejected and "
        f"{low['accepted']} of {total['accepted']} accepted."
    ).wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text(f"cat is said from {AT} on", exact=True).first.wait_for()
    [(name, data)] = fresh(1, ("chelsea",))
    bring(api, [(name, data)])
    assert "cat" not in tags_now(api, name)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("that of its tagger").wait_for()
    [(name, data)] = fresh(1, ("chelsea",))
    bring(api, [(name, data)])
    assert "cat" in tags_now(api, name)
