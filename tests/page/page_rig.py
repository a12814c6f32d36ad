"""What the tests of the page do again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

HOSTILE = "<img src=x onerror=document.title=1>.jpg"
PATIENCE = 25_000  # ms
browser_test = pytest.mark.browser
Open = Callable[..., "Page"]
Area = tuple[float, float, float, float]
"""x, y, width, height in pixels of the window."""


def upload(page: Page, name: str, data: bytes) -> Locator:
    """Hands one file to the page; answers its row in the tray."""
    page.set_input_files("#files", [{"name": name, "mimeType": "image/jpeg", "buffer": data}])
    return page.locator(".tray > ul > li").filter(has_text=name)


def tags_of(row: Locator) -> dict[str, str]:
    """Names with the confidence that is written beside them."""
    names = [text.split("×")[0].strip() for text in row.locator(".rows .name").all_inner_texts()]
    return dict(zip(names, row.locator(".rows .number").all_inner_texts(), strict=True))


def until(page: Page, expression: str) -> None:
    """Waits until it is true. (`wait_for_function` needs `eval`, which our policy forbids.)"""
    deadline = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(20)


def asked(page: Page) -> dict[str, list[str]]:
    """What the address bar says."""
    return parse_qs(urlsplit(page.url).query)


def area(locator: Locator) -> Area:
    """Where it is, without the stroke."""
    found: list[float] = locator.evaluate(
        "(e) => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }"
    )
    return found[0], found[1], found[2], found[3]


def assert_drawn(boxes: Locator, tag: dict[str, Any], whole: Area) -> None:
    """The tag's box is drawn where it lies in the picture, which fills `whole`."""
    label = f"{tag['name']} {round(tag['confidence'] * 100)} %"
    x, y, width, height = area(boxes.locator("g").filter(has_text=label).first.locator("rect"))
    box = tag["box"]
    assert (x + width / 2, y + height / 2) == pytest.approx(
        (
            whole[0] + whole[2] * (box["x"] + box["width"] / 2),
            whole[1] + whole[3] * (box["y"] + box["height"] / 2),
        ),
        abs=2.5,
    )
