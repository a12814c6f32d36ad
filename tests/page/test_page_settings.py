"""The settings: fields, the comparison, masks drawn on the picture, the whole file, tests."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from daemon_rig import Daemon, wait_until
from page_rig import Open, area, asked, browser_test, until
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTINGS = "?view=settings&section="
SOON = frozenset({404, 412, 422, 502, 503})
AWAY = frozenset({*SOON, 409})


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """With the drawn film, a picture of it stored every second, on a port that stays."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    opened = Daemon(tmp_path, web={"listen": f"127.0.0.1:{port}"}, device={"id": "gate"})
    opened.sections["sources"].append(
        {"name": "film", "url": "demo://?fps=4", "mode": "interval", "look_every": 1}
    )
    opened.sections["store"] = {"pictures": "full"}
    opened.start()
    opened.port()
    yield opened
    assert opened.stop() == 0, opened.said()


@pytest.fixture
def page_url(daemon: Daemon) -> str:
    return f"http://127.0.0.1:{daemon.port()}"


def saved(page: Page) -> None:
    """Reviews, saves, and waits until it is in force."""
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".compare").wait_for(state="detached")
    page.locator(".unsaved").wait_for(state="detached", timeout=60_000)


def brightest(data: bytes, part: tuple[float, float, float, float]) -> int:
    """Of the middle of that part of a picture, in 0..1 of it."""
    picture = Image.open(io.BytesIO(data)).convert("L")
    left, top, right, bottom = part
    width, height = picture.size
    inner = picture.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )
    return int(inner.getextrema()[1])  # type: ignore[arg-type]


def seen(api: httpx.Client) -> bytes:
    """What the camera sees now."""
    found: list[bytes] = []

    def look() -> bool:
        answer = api.get("sources/film/picture")
        if answer.status_code == 200:
            found.append(answer.content)
        return bool(found)

    wait_until(look, 20)
    return found[0]


@browser_test
def test_a_mask_is_drawn_and_in_force_with_the_next_picture(
    visit: Open, api: httpx.Client, daemon: Daemon, page_url: str
) -> None:
    middle = (0.42, 0.42, 0.58, 0.58)
    assert brightest(seen(api), middle) > 90
    page = visit(f"{SETTINGS}sources&source=film", failing=AWAY)
    page.locator(".canvas img").wait_for()
    page.get_by_role("button", name="Black out").click()
    page.locator(".canvas").scroll_into_view_if_needed()
    x, y, width, height = area(page.locator(".canvas"))
    for dx, dy in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)):
        page.mouse.click(x + dx * width, y + dy * height)
    page.keyboard.press("Enter")
    page.locator(".shapes").get_by_text("Privacy 1").wait_for()
    page.locator(".unsaved").wait_for()
    assert brightest(seen(api), middle) > 90, "not before it is saved"
    saved(page)
    before = {row[0] for row in daemon.rows("SELECT id FROM picture")}
    assert brightest(seen(api), middle) < 16
    wait_until(lambda: daemon.count("picture") > len(before) + 2, 30, daemon.said)
    for picture in api.get("pictures", params={"q": "source:film", "limit": 3}).json()["pictures"]:
        for kind in ("url", "thumbnail_url"):
            image = httpx.get(f"{page_url}{picture[kind]}", trust_env=False).content
            assert brightest(image, middle) < 16
    written = api.get("config").json()["written"]["sources"][1]["privacy"]
    assert [[round(a, 1) for a in corner] for corner in written[0]] == [
        [0.3, 0.3],
        [0.7, 0.3],
        [0.7, 0.7],
        [0.3, 0.7],
    ]


@browser_test
def test_a_zone_by_keyboard_alone(visit: Open, api: httpx.Client) -> None:
    page = visit(f"{SETTINGS}sources&source=film", failing=AWAY)
    page.get_by_role("button", name="Add a zone").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="As a rectangle").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name of the zone").wait_for()
    corner = page.get_by_role("button", name="Corner 1 of zone1")
    corner.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    page.get_by_label("Corner 1 of zone1: 32 % from the left, 30 % from the top").wait_for()
    page.keyboard.press("+")
    page.get_by_role("button", name="Corner 5 of zone1").wait_for()
    page.get_by_role("button", name="Corner 2 of zone1").focus()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Corner 5 of zone1").wait_for(state="detached")
    page.get_by_label("Name of the zone").fill("drive")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Corner 1 of drive").wait_for()
    saved(page)
    zones = api.get("config").json()["written"]["sources"][1]["zones"]
    assert zones == {"drive": {"polygon": [[0.32, 0.3], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]]}}


@browser_test
def test_fields_the_comparison_and_what_is_wrong(visit: Open, api: httpx.Client) -> None:
    page = visit(f"{SETTINGS}device", failing=AWAY)
    page.get_by_label("Id").fill("Not an id")
    page.keyboard.press("Tab")
    page.locator(".field .error").get_by_text("use 1 to 64 of the letters").wait_for()
    page.get_by_text("1 problem to solve").wait_for()
    page.get_by_label("Id").fill("gate")
    page.get_by_label("Name").fill("<b>Gate</b>")
    page.keyboard.press("Control+s")
    page.locator(".diff .added").get_by_text("<b>Gate</b>").wait_for()
    page.keyboard.press("Control+s")
    page.locator(".unsaved").wait_for(state="detached", timeout=60_000)
    assert api.get("config").json()["values"]["device"]["name"] == "<b>Gate</b>"
    page.get_by_label("Name").fill("other")
    page.keyboard.press("Tab")
    page.locator(".unsaved").wait_for()
    page.get_by_role("button", name="Discard").click()
    until(page, "document.querySelector('.unsaved') === null")


@browser_test
def test_what_is_typed_stays_while_the_device_answers(visit: Open) -> None:
    page = visit(f"{SETTINGS}device", failing=AWAY)
    held: list[Any] = []
    page.route("**/api/v1/config/check", lambda route: held.append(route))
    page.get_by_label("Name").fill("First")
    page.keyboard.press("Tab")
    page.get_by_label("Id").fill("typed")
    wait_until(lambda: page.evaluate("1") and len(held) == 1, 20)
    held[0].continue_()
    page.locator(".unsaved").wait_for()
    assert page.get_by_label("Id").input_value() == "typed"
    page.unroute("**/api/v1/config/check")


@browser_test
def test_somebody_else_saved_meanwhile(visit: Open, api: httpx.Client) -> None:
    page = visit(f"{SETTINGS}device", failing=AWAY)
    page.get_by_label("Name").fill("Mine")
    page.keyboard.press("Tab")
    page.locator(".unsaved").wait_for()
    body: dict[str, Any] = {"changes": [{"place": ["device", "name"], "value": "Theirs"}]}
    assert api.put("config", json=body, headers={"If-Match": "*"}).status_code == 200

    def applied() -> bool:
        try:
            return bool(api.get("config").json()["applied"]["state"] == "running")
        except httpx.HTTPError:
            return False

    wait_until(applied, 60)
    page.get_by_role("button", name="Review and save").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".compare .error").get_by_text("Somebody else has changed").wait_for()
    assert api.get("config").json()["values"]["device"]["name"] == "Theirs"


@browser_test
def test_what_cannot_start_is_taken_back_and_told(visit: Open, page_url: str) -> None:
    page = visit(f"{SETTINGS}network", failing=AWAY)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        page.get_by_label("Listens on").fill(f"127.0.0.1:{taken.getsockname()[1]}")
        page.keyboard.press("Tab")
        page.locator(".unsaved").wait_for()
        saved(page)
    page.get_by_text("The last change was taken back.").wait_for()
    page.get_by_text("another program uses it").wait_for()
    assert page.get_by_label("Listens on").input_value() == page_url.removeprefix("http://")


@browser_test
def test_the_whole_file_and_its_problems(visit: Open) -> None:
    page = visit(f"{SETTINGS}file", failing=AWAY)
    text = page.get_by_label("The config as YAML")
    text.fill(text.input_value() + "stroe: 1\n")
    page.get_by_text("did you mean `store`?").wait_for()
    assert page.locator(".yaml li.wrong").count() == 1
    assert page.get_by_role("button", name="Review and save").is_visible()


@browser_test
def test_a_source_is_tested_and_added_on_a_phone(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=settings", width=360, failing=AWAY)
    page.get_by_role("navigation", name="Settings").get_by_text("Sources").click()
    page.get_by_role("link", name="Add a source").click()
    page.get_by_role("button", name="Demo").click()
    page.get_by_role("button", name="Test it").click()
    page.get_by_alt_text("What the source gives").wait_for(timeout=30_000)
    page.get_by_label("Name").fill("second")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("Where it comes from").wait_for()
    assert asked(page)["source"] == ["second"]
    saved(page)
    assert api.get("config").json()["written"]["sources"][2] == {"name": "second", "url": "demo://"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
