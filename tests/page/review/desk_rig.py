"""What the tests of reviewing do again and again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
from page_rig import Open, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Fill = Callable[[int], str]
Json = dict[str, Any]


def desk(people: People, prefix: str, **more: object) -> Page:
    """The review of these pictures, the first of them on the screen."""
    page = people(f"?view=review&order=newest&q=name:{prefix}", **more)
    page.locator(".tagchips .tagchip").first.wait_for()
    return page


def name_of(page: Page) -> str:
    """Of the picture on the screen."""
    return str(page.locator(".desk .fit > img").get_attribute("alt"))


def after(page: Page, key: str) -> str:
    """Presses a key, waits for another picture, answers the name of the one before."""
    before = name_of(page)
    page.keyboard.press(key)
    until(page, f"document.querySelector('.desk .fit > img')?.alt !== {json.dumps(before)}")
    return before


def saved(page: Page) -> None:
    """Everything that was done has reached the device."""
    until(page, "import('/static/saving.mjs').then((m) => m.unsaved.value.length === 0)")


def standing(people: People, name: str) -> set[str]:
    return set(people.states(name).values())


class People:
    """Opens pages, and asks what the device knows."""

    def __init__(self, visit: Open, api: httpx.Client) -> None:
        self._visit = visit
        self._api = api

    def __call__(self, query: str, prepare: Callable[[Page], object] = id, **more: Any) -> Page:
        """The page at this address."""
        return self._visit(query, prepare=prepare, **more)

    def picture(self, name: str) -> Json:
        """The picture of this name, as the device has it now."""
        [one] = self._api.get("pictures", params={"q": f'name = "{name}"'}).json()["pictures"]
        found: Json = self._api.get(f"pictures/{one['id']}").json()
        return found

    def states(self, name: str) -> dict[str, str]:
        """What is thought of each of its tags."""
        return {tag["name"]: tag["state"] for tag in self.picture(name)["tags"]}

    def reviews(self, name: str) -> list[Json]:
        """Of this picture, newest first."""
        picture = self.picture(name)["id"]
        found: list[Json] = self._api.get(f"pictures/{picture}/reviews").json()["reviews"]
        return found

    def judge(self, name: str, verdicts: list[Json]) -> None:
        """As somebody else, somewhere else."""
        picture = self.picture(name)["id"]
        said = {"verdicts": verdicts}
        self._api.post(f"pictures/{picture}/review", json=said).raise_for_status()

    def lose_answers(self, page: Page, pattern: str, count: int) -> list[str]:
        """The device does the next `count` such requests, and the line breaks before it answers.

        Answers the keys of all such requests, as they come.
        """
        keys: list[str] = []

        def lose(route: Route) -> None:
            keys.append(route.request.headers.get("idempotency-key", ""))
            if len(keys) > count:
                route.fallback()
            else:
                route.fetch()
                route.abort()

        page.route(re.compile(pattern), lose)
        return keys
