"""First start, a picture that is dropped, its tags in front of all, the search, the way out."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from queue import Empty
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from daemon_rig import wait_until
from page_rig import Open, asked, browser_test, tags_of, until
from whole_rig import INSIDE, NAME, OUTSIDE, PASSWORD, House, fill, fresh

from device.commands.listening import Listener

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [browser_test, pytest.mark.timeout(180)]
REFUSED = frozenset({401, 404})


def drop(page: Page, name: str, data: bytes) -> None:
    """Lets a file fall on the page."""
    carried = page.evaluate_handle(
        """([name, bytes]) => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
          return carried;
        }""",
        [name, list(data)],
    )
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event("body", kind, {"dataTransfer": carried})


@contextlib.contextmanager
def subscribed(house: House) -> Iterator[Listener | None]:
    if house.broker is None:
        yield None
    else:
        with Listener("127.0.0.1", house.broker.port, "tagd/house/events") as listener:
            yield listener


def told(listener: Listener, picture: str) -> dict[str, Any]:
    """The event of this picture, as the broker passes it on."""
    while True:
        try:
            event: dict[str, Any] = json.loads(listener.messages.get(timeout=30))
        except Empty:
            pytest.fail("the broker was never told")
        if (event.get("picture") or {}).get("id") == picture:
            return event


def shown(page: Page) -> set[str]:
    """The ids of the pictures in the grid."""
    ids = page.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.id)")
    return {one.removeprefix("p-") for one in ids}


def found(api: httpx.Client, query: str) -> set[str]:
    """The ids of the first page."""
    pictures = api.get("pictures", params={"q": query}).json()["pictures"]
    return {picture["id"] for picture in pictures}


def test_what_is_dropped_is_tagged_in_front_of_all_and_found(
    owner: Open, house: House, api: httpx.Client
) -> None:
    watching, page = owner(), owner()
    [(name, data)] = fresh(1, ("chelsea",))
    with subscribed(house) as listener:
        drop(page, name, data)
        row = page.locator(".tray > ul > li").filter(has_text=name)
        row.filter(has_text="Done").wait_for()
        assert "cat" in tags_of(row)
        [stored] = api.get("pictures", params={"q": f'name = "{name}"'}).json()["pictures"]
        if listener is not None:
            assert "cat" in {tag["name"] for tag in told(listener, stored["id"])["tags"]}
    for window in (watching, page):  # nobody asked them to look again
        tile = window.locator(f".tile[title='{name}']")
        tile.filter(has_text="cat").wait_for()
        until(window, f"document.querySelector('.tile[title=\"{name}\"] img').naturalWidth > 0")

    page.keyboard.press("/")
    page.keyboard.type("ca")
    page.get_by_role("option").filter(has_text=re.compile(r"^cat\s*\d")).wait_for()
    while page.locator("[role=option][aria-selected=true]").filter(
        has_text=re.compile(r"^cat\s*\d")
    ).count() == 0:  # fmt: skip
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    assert asked(page)["q"][0].strip('" ') == "cat"
    # Those that are found and no other; a tile has room for some of its tags only.
    wait_until(lambda: shown(page) == found(api, "cat"), 30, lambda: f"{shown(page)}")
    page.locator(f".tile[title='{name}']").click()
    page.locator(".viewer .facts dd").filter(has_text=name).wait_for()


@pytest.mark.usefixtures("owner")  # the first link is used up
def test_in_by_the_password_and_out_again(visit: Open, house: House) -> None:
    page = visit(house.first_link(), failing=REFUSED, ready=OUTSIDE)
    page.get_by_role("alert").filter(has_text="used up").wait_for()
    page.get_by_role("button", name="To the login").click()
    fill(page, name=NAME, password="not the words of mine")
    page.get_by_role("alert").filter(has_text="wrong").wait_for()
    fill(page, password=PASSWORD)
    page.wait_for_selector(INSIDE)
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    assert all(one["httpOnly"] and one["sameSite"] != "None" for one in page.context.cookies())
    with httpx.Client(base_url=house.url, cookies=cookies, trust_env=False) as client:
        assert client.get("/api/v1/pictures").status_code == 200
        page.get_by_role("button", name="Account").click()
        page.get_by_role("button", name="Log out", exact=True).click()
        page.wait_for_selector("text=Password lost?")
        assert client.get("/api/v1/pictures").status_code == 401, "the session is over"
    assert PASSWORD not in house.daemon.said()
