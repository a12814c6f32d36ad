"""Two people at two pages of one device: each sees what the other does, as it is done."""

from __future__ import annotations

import io
from collections.abc import Callable

import httpx
import pytest
from page_rig import Open, browser_test, until

pytestmark = [browser_test, pytest.mark.timeout(120)]


@pytest.fixture
def names(api: httpx.Client, fresh_picture: Callable[[], bytes]) -> Callable[[str], str]:
    """Uploads a fresh picture by that name; answers its id."""

    def upload(name: str) -> str:
        files = {"file": (f"{name}.jpg", io.BytesIO(fresh_picture()))}
        answer = api.post("pictures", files=files)
        answer.raise_for_status()
        return str(answer.json()["id"])

    return upload


def test_what_one_deletes_is_gone_from_the_grid_of_the_other(
    visit: Open, api: httpx.Client, names: Callable[[str], str]
) -> None:
    ids = [names("first"), names("second"), names("third")]
    other = visit(failing=frozenset({404}))
    page = visit(failing=frozenset({404}))
    for one in ids:
        other.locator(f"#p-{one}").wait_for()
        page.locator(f"#p-{one}").wait_for()
    other.locator(f"#p-{ids[1]}").click()
    other.locator(".viewer .fit").wait_for()
    for one in ids[:2]:
        page.locator(".slot", has=page.locator(f"#p-{one}")).locator(".pick input").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for one in ids[:2]:
        page.locator(f"#p-{one}").wait_for(state="detached")
        other.locator(f"#p-{one}").wait_for(state="detached")
    other.locator(".viewer").wait_for(state="detached")
    assert "picture=" not in other.url
    until(page, "document.querySelector('[role=log]').innerText.includes('Deleted 2 pictures')")
    assert [api.get(f"pictures/{one}").status_code for one in ids] == [404, 404, 200]
    assert other.locator(f"#p-{ids[2]}").count() == 1


def test_what_one_says_of_a_picture_the_other_sees(
    visit: Open, names: Callable[[str], str]
) -> None:
    one = names("reviewed")
    other = visit(f"?picture={one}")
    other.locator(".viewer .facts h2").first.wait_for()
    page = visit(f"?picture={one}")
    page.locator(".viewer .judge button").first.wait_for()
    page.locator(".viewer .judge button").first.click()
    page.locator(".viewer .judge [aria-pressed=true]").first.wait_for()
    other.locator(".viewer .judge [aria-pressed=true]").first.wait_for()
