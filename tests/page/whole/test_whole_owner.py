"""The owner blacks out a part of what a camera sees, and lets in a guest who sees only that."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from daemon_rig import wait_until
from page_rig import Open, area, browser_test
from PIL import Image
from whole_rig import INSIDE, OUTSIDE, PASSWORD, House, bring, fill, fresh

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [browser_test, pytest.mark.timeout(240)]
# While the device takes over new settings it does not answer.
AWAY = frozenset({404, 409, 412, 422, 502, 503})
CORNERS = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
INNER = (0.42, 0.42, 0.58, 0.58)  # left, top, right, bottom


def brightest(house: House, api: httpx.Client, address: str) -> int:
    """Of the middle of a stored picture."""
    answer = api.get(f"{house.url}{address}")
    answer.raise_for_status()
    picture = Image.open(io.BytesIO(answer.content)).convert("L")
    width, height = picture.size
    left, top, right, bottom = INNER
    inner = picture.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )
    return int(inner.getextrema()[1])  # type: ignore[arg-type]


def newest(api: httpx.Client) -> dict[str, str]:
    """The last stored picture of the camera; {} before there is one."""
    found = api.get("pictures", params={"q": "source:garden", "limit": 1}).json()["pictures"]
    return dict(found[0]) if found else {}


def test_a_mask_is_drawn_and_the_next_stored_picture_is_black_there(
    owner: Open, house: House, api: httpx.Client
) -> None:
    wait_until(lambda: newest(api), 40, house.daemon.said)
    assert brightest(house, api, newest(api)["url"]) > 60
    page = owner("?view=settings&section=sources&source=garden", failing=AWAY)
    page.locator(".canvas img").wait_for()
    page.get_by_role("button", name="Black out").click()
    page.locator(".canvas").scroll_into_view_if_needed()
    x, y, width, height = area(page.locator(".canvas"))
    for dx, dy in CORNERS:
        page.mouse.click(x + dx * width, y + dy * height)
    page.keyboard.press("Enter")
    page.locator(".shapes").get_by_text("Privacy 1").wait_for()
    page.locator(".unsaved").wait_for()
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".compare").wait_for(state="detached")
    page.locator(".unsaved").wait_for(state="detached", timeout=60_000)

    before = newest(api)["id"]  # maybe from before the mask
    wait_until(lambda: newest(api)["id"] != before, 40, house.daemon.said)
    for kind in ("url", "thumbnail_url"):
        assert brightest(house, api, newest(api)[kind]) < 16
    assert "privacy" in house.daemon.config.read_text()


def invited(page: Page) -> str:
    """The link for a guest who sees the garden, and nothing else."""
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="People, tokens, log").click()
    form = page.get_by_role("form", name="Invite somebody")
    form.locator("[name=name]").fill("Gast")
    form.locator("[name=sees]").select_option("some")
    form.get_by_label("garden").focus()
    page.keyboard.press("Space")
    form.locator("[name=name]").press("Enter")
    link = page.get_by_label("The link for Gast").locator("input").input_value()
    return link[link.index("#") :]


def test_a_guest_sees_one_source_and_is_refused_everything_else(
    visit: Open, owner: Open, house: House, api: httpx.Client
) -> None:
    [hidden] = bring(api, list(fresh(1, ("chelsea",))))
    wait_until(lambda: newest(api), 40, house.daemon.said)
    link = invited(owner())

    outside = partial(visit, failing=frozenset({401, 403, 404}), ready=OUTSIDE)
    page = outside(link)
    page.wait_for_selector("text=Welcome, Gast")
    fill(page, password=PASSWORD)
    page.wait_for_selector(INSIDE)
    page.locator(".tile").first.wait_for()
    assert set(page.locator(".tile .source").all_inner_texts()) == {"garden"}
    views = page.get_by_role("navigation", name="Views")
    assert views.get_by_role("link").all_inner_texts() == ["Pictures", "Now", "Visits", "Tags",
                                                           "Insights"]  # fmt: skip
    for button in ("Upload", "Erase…", "Delete", "Accept"):
        assert page.get_by_role("button", name=button).count() == 0
    page.locator(".tile").first.click()
    page.locator(".viewer .facts").wait_for()
    assert page.locator(".viewer").get_by_role("button", name="Erase").count() == 0
    page.keyboard.press("Escape")
    page.locator(".viewer").wait_for(state="detached")
    needed = {"review": "reviewer", "settings": "administrator", "system": "administrator"}
    for view, role in needed.items():
        page.goto(f"{house.url}/?view={view}")
        page.get_by_text(f"needs the role {role}").wait_for()

    def status(method: str, path: str, body: object = None) -> int:
        """By hand, from the page that they are in."""
        return int(
            page.evaluate(
                """async ([method, path, body]) => (await fetch(path, { method,
                  headers: body === null ? {} : { "Content-Type": "application/json" },
                  body: body === null ? undefined : JSON.stringify(body) })).status""",
                [method, path, body],
            )
        )

    own = newest(api)["id"]
    verdict = {"verdicts": [{"verdict": "accept", "tag": "cat"}]}
    assert status("GET", f"/api/v1/pictures/{own}") == 200
    for method, path, body in (
        ("POST", "/api/v1/pictures", {}),
        ("POST", f"/api/v1/pictures/{own}/review", verdict),
        ("DELETE", f"/api/v1/pictures/{own}", None),
        ("PATCH", "/api/v1/vocabulary/cat", {"threshold": 0.5}),
        ("GET", "/api/v1/config", None),
        ("PUT", "/api/v1/config", {"changes": []}),
        ("GET", "/api/v1/people", None),
        ("GET", "/api/v1/audit", None),
        ("GET", "/api/v1/export", None),
        ("POST", "/api/v1/erase", {"q": "cat"}),
    ):
        assert status(method, path, body) == 403, (method, path)
    for path in (
        f"/api/v1/pictures/{hidden['id']}",
        hidden["url"],
        hidden["thumbnail_url"],
        "/api/v1/sources/inbox/picture",
    ):
        assert status("GET", path) == 404, path
    listed = page.evaluate("fetch('/api/v1/sources').then((answer) => answer.text())")
    assert "garden" in listed
    assert "inbox" not in listed
    page.goto(f"{house.url}/?q=source:upload")
    page.get_by_text("Nothing found").or_(page.locator(".empty")).first.wait_for()
    assert page.locator(".tile").count() == 0
