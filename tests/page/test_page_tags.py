"""The view of words: found, judged, changed, taken back, and looked at by those who may not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from daemon_rig import Daemon, wait_until
from page_rig import Open, browser_test, until

from device import shipped

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

PREVIEW = {
    "accepted": {"kept": 89, "dropped": 1},
    "rejected": {"kept": 11, "dropped": 41},
    "histogram": [
        {"low": n / 20, "accepted": max(0, n - 10), "rejected": 5 if 8 <= n < 12 else 0}
        for n in range(20)
    ],
    "suggested": 0.52,
    "why": "at 0.52 this would have dropped 41 of 52 rejected and 1 of 90 accepted",
}


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tagd of its own with the real models: the words of the others must stay as they are."""
    root = tmp_path_factory.mktemp("tags")
    daemon = Daemon(root, web={"listen": "127.0.0.1:0", "trust_loopback": True})
    del daemon.sections["taggers"]
    for sample in shipped.sample_pictures():
        shutil.copy(sample, daemon.inbox)
    daemon.start()
    wait_until(lambda: daemon.count("picture") == len(shipped.sample_pictures()), 60, daemon.said)
    yield f"http://127.0.0.1:{daemon.port()}"
    assert daemon.stop() == 0, daemon.said()


@pytest.fixture(autouse=True)
def _words_as_they_were(api: httpx.Client) -> Iterator[None]:
    yield
    api.put("../v1/vocabulary-file", content="", headers={"If-Match": "*"}).raise_for_status()


def file(api: httpx.Client) -> str:
    return api.get("vocabulary-file").text


def entry(page: Page, name: str) -> Any:
    return page.locator("button.entry").filter(has=page.get_by_text(name, exact=True)).first


def opened(visit: Open, name: str = "cat", **options: Any) -> Page:
    page = visit("?view=tags", **options)
    entry(page, name).click()
    page.get_by_role("heading", name=name).wait_for()
    return page


@browser_test
def test_words_are_listed_found_and_gone_through_by_keyboard(visit: Open) -> None:
    page = visit("?view=tags")
    entry(page, "cat").wait_for()
    assert page.locator("button.entry").count() < 60, "those in pictures"
    page.keyboard.press("/")
    page.keyboard.type("mac")
    entry(page, "macaw").wait_for()
    page.keyboard.press("ArrowDown")
    until(page, "document.activeElement.classList.contains('entry')")
    page.keyboard.press("Enter")
    page.locator(".panel h2").wait_for()
    first = page.locator(".panel h2").inner_text()
    page.keyboard.press("ArrowDown")
    until(page, f"document.querySelector('.panel h2').innerText !== {json.dumps(first)}")
    page.keyboard.press("Escape")
    page.locator(".panel.none").wait_for()
    page.get_by_label("Find a word").fill("no such word")
    page.get_by_role("button", name="Show all words").click()
    until(page, "document.querySelectorAll('button.entry').length > 500")
    assert page.title() == "Tags – tagd"


@browser_test
def test_a_threshold_shows_what_it_would_have_dropped(visit: Open, api: httpx.Client) -> None:
    page = visit("?view=tags")

    def preview(route: Route) -> None:
        at = float(route.request.url.partition("at=")[2] or 0.4)
        route.fulfill(json={"at": at, **PREVIEW})

    page.route("**/vocabulary/cat/threshold*", preview)
    entry(page, "cat").click()
    page.locator(".histogram rect.accepted").first.wait_for()
    page.get_by_role("slider").fill("0.55")
    told = "At 0.55 this would have dropped 41 of 52 rejected and 1 of 90 accepted."
    page.get_by_text(told).wait_for()
    page.get_by_text("+  cat: {floor: 0.55}").wait_for()
    assert file(api) == "", "shown before it is saved"
    page.get_by_role("button", name="Try 0.52").click()
    page.get_by_text("+  cat: {floor: 0.52}").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("cat is said from 0.52 on", exact=True).first.wait_for()
    assert file(api) == "words:\n  cat: {floor: 0.52}\n"
    page.get_by_text("set by you").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("that of its tagger").wait_for()
    assert file(api) == ""


@browser_test
def test_a_word_is_renamed_merged_and_dropped(visit: Open, api: httpx.Client) -> None:
    page = opened(visit)
    page.get_by_label("Called").fill("Katze")
    page.get_by_text("+  cat: katze").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="katze").wait_for()
    assert len(api.get("pictures", params={"q": "katze"}).json()["pictures"]) == 1
    page.get_by_label("Called").fill("person")
    page.get_by_text("Both become one word, person").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="person").wait_for()
    assert file(api) == "rename:\n  cat: person\n", "nobody was ever told of a katze"
    page.get_by_role("switch", name="Said of pictures").click()
    page.get_by_text("+drop: [person]").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("person is dropped").first.wait_for()
    page.get_by_label("Which words").select_option("dropped")
    entry(page, "person").wait_for()
    assert page.locator("button.entry").count() == 1


@browser_test
def test_what_cannot_be_saved_is_said_where_it_stands(visit: Open, api: httpx.Client) -> None:
    page = opened(visit, failing=frozenset({412, 422}))
    page.get_by_label("Above it").fill("animal, cat")
    page.get_by_role("alert").filter(has_text="is a circle").wait_for()
    assert page.get_by_role("button", name="Save").is_disabled()
    page.get_by_label("Above it").fill("animal, <img src=x onerror=document.title=1>")
    page.get_by_text("+  cat: {parents: [animal,").wait_for()
    api.patch("vocabulary/dog", json={"threshold": 0.5}).raise_for_status()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").filter(has_text="somebody changed the vocabulary").wait_for()
    assert "cat" not in file(api), "what the other one wrote stays"
    page.get_by_role("button", name="Save").click()
    page.locator(".undo").wait_for()
    assert "dog: {floor: 0.5}" in file(api)
    assert page.title() == "Tags – tagd"


@browser_test
def test_a_viewer_looks_and_tries_but_changes_nothing(visit: Open) -> None:
    from playwright.sync_api import expect

    page = visit("?view=tags")
    page.route(
        "**/api/v1/me",
        lambda route: route.fulfill(json={"name": "Ann", "role": "viewer", "sources": None}),
    )
    page.reload()
    entry(page, "cat").click()
    expect(page.get_by_label("Called")).to_be_disabled()
    expect(page.get_by_role("switch", name="Said of pictures")).to_be_disabled()
    page.get_by_role("slider").fill("0.9")
    page.get_by_text("Said from 0.90 on").wait_for()
    assert page.get_by_role("button", name="Save").count() == 0


@browser_test
def test_what_reviews_suggest_is_one_click(visit: Open, api: httpx.Client) -> None:
    idea = {"idea": "drop", "tag": "cup", "why": "25 of 25 reviews rejected it", "reviews": 25}
    page = visit("?view=tags")
    page.route(
        "**/vocabulary/suggestions",
        lambda route: route.fulfill(json={"suggestions": [{**idea, "change": {"drop": True}}]}),
    )
    page.reload()
    page.get_by_role("button", name="cup never said: do it").click()
    page.get_by_text("cup is dropped", exact=True).first.wait_for()
    assert file(api) == "drop: [cup]\n"


@browser_test
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_is_accessible(visit: Open, tmp_path: Path, width: int, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not here")
    page = visit("?view=tags", width=width)
    page.emulate_media(color_scheme=scheme)
    entry(page, "cat").wait_for()
    judge(axe, page)
    entry(page, "cat").click()
    page.get_by_label("Called").fill("katze")
    page.get_by_text("+  cat: katze").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    judge(axe, page)


def judge(axe: Any, page: Page) -> None:
    found = axe.Axe().run(page).response["violations"]
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
