"""Uploads, and pictures that come while one looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
from page_rig import (
    HOSTILE,
    Open,
    browser_test,
    tags_of,
    until,
    upload,
)

if TYPE_CHECKING:
    pass


@browser_test
def test_an_upload_shows_its_tags_and_a_second_one_is_known(
    visit: Open, fresh_picture: Callable[[], bytes]
) -> None:
    page = visit()
    data = fresh_picture()
    row = upload(page, "from-the-page.jpg", data)
    row.filter(has_text="Done").wait_for()
    assert tags_of(row)
    assert all(number.endswith("%") for number in tags_of(row).values())
    page.locator(".tile[title='from-the-page.jpg']").first.wait_for()
    again = upload(page, "again.jpg", data)
    again.filter(has_text="the same as before").wait_for()
    assert tags_of(again) == tags_of(row)
    spoken = page.locator("[role=log]").inner_text()
    assert "from-the-page.jpg: " in spoken
    page.get_by_role("button", name="Clear what is done").click()
    assert page.locator(".tray").count() == 0


@browser_test
def test_a_file_that_is_no_picture_is_refused_in_a_sentence(visit: Open) -> None:
    page = visit(failing=frozenset({415, 422}))
    row = upload(page, "notes.jpg", b"these are only words")
    page.locator(".tray .refused").wait_for()
    assert len(row.locator(".outcome").inner_text().split()) > 3
    assert "1 refused" in page.locator(".tray h2").inner_text()


@browser_test
def test_a_hostile_file_name_is_only_text(visit: Open, fresh_picture: Callable[[], bytes]) -> None:
    page = visit()
    row = upload(page, HOSTILE, fresh_picture())
    row.filter(has_text="Done").wait_for()
    assert row.locator(".file").inner_text() == HOSTILE
    row.get_by_role("button").first.click()
    page.locator(".viewer .facts dd").filter(has_text=HOSTILE).wait_for()
    assert page.locator("img[src='x']").count() == 0
    assert page.title() != "1"


@browser_test
def test_a_picture_of_another_client_appears_without_reload(
    visit: Open, api: httpx.Client, fresh_picture: Callable[[], bytes]
) -> None:
    page = visit()
    page.locator(".tile").first.wait_for()
    page.evaluate("window.sameVisit = true")
    sent = api.post("pictures", files={"file": ("elsewhere.jpg", fresh_picture())})
    assert sent.status_code == 201
    page.locator(f"#p-{sent.json()['id']}").wait_for()
    assert page.evaluate("window.sameVisit") is True
    assert page.locator("[role=log]").inner_text().strip() == "1 new picture"


@browser_test
def test_a_live_picture_joins_a_search_only_when_it_matches(
    visit: Open, api: httpx.Client, fresh_picture: Callable[[], bytes]
) -> None:
    page = visit("?q=-cat+source:upload")
    page.wait_for_selector(".empty, .tile")
    before = page.locator(".tile").count()
    other = visit("?q=source:upload")
    sent = api.post("pictures", files={"file": ("a-cat.jpg", fresh_picture())}).json()
    assert "cat" in {tag["name"] for tag in sent["tags"]}
    other.locator(f"#p-{sent['id']}").wait_for()
    page.wait_for_timeout(300)
    assert page.locator(".tile").count() == before


@browser_test
def test_who_reads_further_down_is_not_disturbed(
    visit: Open, api: httpx.Client, fresh_picture: Callable[[], bytes]
) -> None:
    page = visit(width=360, height=400)
    page.locator(".tile").nth(5).wait_for()
    page.mouse.wheel(0, 600)
    until(page, "scrollY > 300")
    place = "document.querySelectorAll('.tile')[4].getBoundingClientRect().top"
    page.wait_for_timeout(200)  # until the last tiles have come into sight
    before = page.evaluate(place)
    sent = api.post("pictures", files={"file": ("later.jpg", fresh_picture())}).json()
    pill = page.locator(".pill")
    pill.wait_for()
    assert pill.inner_text().strip() == "1 new"
    assert page.evaluate(place) == before
    pill.click()
    page.locator(f"#p-{sent['id']}").wait_for()
    assert page.evaluate("scrollY") == 0
    assert pill.count() == 0
