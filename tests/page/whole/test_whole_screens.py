"""Every screen with something on it: for everyone, on a phone, in the dark; drawn when asked.

`TAGD_SCREENSHOTS=folder` has each of them written there as a small PNG.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx
import pytest
from page_rig import Open, browser_test, until
from PIL import Image
from whole_rig import House
from whole_story import month

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [browser_test, pytest.mark.timeout(240)]
FOLDER = os.environ.get("TAGD_SCREENSHOTS")
COLOURS = 64  # of a drawn screen
AWAY = frozenset({404})  # the picture of a camera that has none yet

SCREENS = {
    "pictures": ("", ".tile img"),
    "picture": ("?q=cat", ".tile img"),
    "now": ("?view=now", ".now article img"),
    "visits": ("?view=visits", "main.visits, main.empty"),
    "review": ("?view=review", ".tagchips .tagchip"),
    "review-tag": ("?view=review&tag=person", ".many img"),
    "tags": ("?view=tags", "button.entry"),
    "insights": ("?view=insights", ".figure svg"),
    "sources": ("?view=settings&section=sources&source=garden", ".canvas img"),
    "people": ("?view=settings&section=people", ".rights li"),
    "system": ("?view=system", ".log .line"),
}
Look = tuple[int, Literal["light", "dark"]]
LOOKS: tuple[Look, ...] = ((1280, "light"), (360, "dark"))
DRAWN: tuple[Look, ...] = (*LOOKS, (1280, "dark"), (360, "light"))


@pytest.fixture(scope="module")
def filled(house: House) -> set[str]:
    """Filled once; by the first test, which has the owner."""
    return set()


@pytest.fixture
def full(filled: set[str], house: House, api: httpx.Client) -> None:
    """A month of pictures."""
    if not filled:
        month(house, api)
        filled.add("month")


def axe(page: Page) -> list[tuple[str, str, str]]:
    """What is serious or worse, and where."""
    checker = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = checker.Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        (one["id"], one["impact"], one["nodes"][0]["html"])
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def settled(page: Page) -> None:
    """Every picture in sight is there, and nothing moves."""
    sight = "i.getBoundingClientRect().top < innerHeight"
    until(page, f"[...document.images].every((i) => i.complete || !({sight}))")
    until(page, "document.getAnimations().every((a) => a.playState !== 'running')")


def drawn(page: Page, path: Path) -> None:
    """As a picture of few colours, three quarters of the size."""
    page.wait_for_timeout(1000)  # what comes with the width, as plots do
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    size = (picture.width * 3 // 4, picture.height * 3 // 4)
    small = picture.resize(size, Image.Resampling.LANCZOS)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def show(page: Page, look: Look) -> None:
    width, scheme = look
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    settled(page)


@pytest.mark.slow
@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_there_for_everyone(owner: Open, screen: str) -> None:
    query, shown = SCREENS[screen]
    page = owner(query, failing=AWAY)
    page.locator(shown).first.wait_for()
    if screen == "picture":
        page.locator(".tile").first.click()
        page.locator(".viewer .facts").wait_for()
    elif screen == "tags":
        page.locator("button.entry").filter(has_text="cat").first.click()
        page.get_by_role("slider").wait_for()
    for look in LOOKS:
        show(page, look)
        assert axe(page) == [], look
        assert page.evaluate("document.documentElement.scrollWidth") <= look[0]
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        for width, scheme in DRAWN:
            show(page, (width, scheme))
            drawn(page, Path(FOLDER) / f"{screen}-{width}-{scheme}.png")
