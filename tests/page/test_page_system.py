"""The system view: what is wrong, the log as it comes, the doctor, the report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from daemon_rig import Daemon, jpeg, wait_until
from page_rig import HOSTILE, Open, browser_test, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECRET = "hidden-from-everybody"


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tagd with a camera that fails, whose address holds a password."""
    daemon = Daemon(tmp_path_factory.mktemp("system"), web={"listen": "127.0.0.1:0"})
    url = f"http://viewer:{SECRET}@127.0.0.1:9/snap.jpg"
    daemon.sections["sources"].append({"name": "pole", "url": url})
    (daemon.inbox / "one.jpg").write_bytes(jpeg(1))
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 1, 30, daemon.said)
    yield f"http://127.0.0.1:{daemon.port()}"
    assert SECRET not in daemon.said()
    assert daemon.stop() == 0, daemon.said()


def opened(visit: Open, **options: int) -> Page:
    page = visit("?view=system", **options)
    page.locator(".log .line").first.wait_for()
    return page


def card(page: Page, name: str) -> str:
    return page.get_by_role("region", name=name, exact=True).inner_text()


@browser_test
def test_it_says_what_is_wrong_since_when_and_what_to_do(visit: Open) -> None:
    page = opened(visit)
    page.locator(".troubles li").first.wait_for()
    told = card(page, "Health")
    assert "1 thing to look at" in told
    assert "Source pole: the camera at 127.0.0.1:9 refuses the connection: is it on" in told
    assert "Since" in told
    assert "of" in card(page, "Storage")
    assert "Database" in card(page, "Storage")
    assert "colours@1" in card(page, "Models")
    assert "nothing waits" in card(page, "Work")
    assert "tagd uses" in card(page, "Machine")
    page.locator("summary").click()
    assert "capture-pole" in page.get_by_role("region", name="Threads").inner_text()
    assert SECRET not in page.content()


@browser_test
def test_the_log_comes_by_itself_and_stands_still(visit: Open, api: httpx.Client) -> None:
    page = opened(visit)
    lines = page.locator(".log .line")
    api.post("pictures", files={"file": (HOSTILE, b"no picture")})
    lines.filter(has_text="onerror").first.wait_for()
    assert page.title() == "System – tagd", "it is text, not markup"
    numbers = page.locator(".log .line .text").all_inner_texts()
    assert sum("the page is at" in line for line in numbers) == 1, "no line comes twice"
    page.get_by_role("button", name="Pause").click()
    before = lines.count()
    api.post("pictures", files={"file": ("second.jpg", b"no picture at all")})
    page.wait_for_timeout(2500)
    assert lines.count() == before
    page.keyboard.press("f")
    lines.filter(has_text="second.jpg").wait_for()
    page.get_by_role("button", name="Warnings").click()
    until(page, "document.querySelectorAll('.log .line').length > 0")
    assert page.locator(".log .line.info").count() == 0
    page.get_by_role("button", name="Errors").click()
    page.get_by_text("Nothing of that kind so far.").wait_for()


@browser_test
def test_the_log_can_be_copied(visit: Open) -> None:
    page = opened(visit)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "app: the page is at" in page.evaluate("navigator.clipboard.readText()")


@browser_test
def test_the_doctor_looks_when_asked(visit: Open) -> None:
    page = opened(visit)
    page.keyboard.press("d")
    findings = page.locator(".findings li")
    findings.filter(has_text="source pole").wait_for()
    assert "wrong" in findings.filter(has_text="source pole").inner_text()
    assert "fine" in findings.filter(has_text="data folder").inner_text()
    page.get_by_role("button", name="Examine").wait_for()


@browser_test
def test_the_report_holds_everything_but_secrets(visit: Open) -> None:
    page = opened(visit)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save a report").click()
    assert saved.value.suggested_filename.startswith("tagd-report-20")
    text = saved.value.path().read_text(encoding="utf-8")
    report = json.loads(text)
    assert set(report) == {"made_at", "health", "system", "doctor", "log"}
    assert any("the page is at" in line["text"] for line in report["log"])
    assert SECRET not in text


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_accessible_and_fits(visit: Open, scheme: str, width: int) -> None:
    page = opened(visit, width=width)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.keyboard.press("d")
    page.locator(".findings li").first.wait_for()
    page.locator("summary").click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
    assert found.response["violations"] == [], found.generate_report()
    inside = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(inside), "nothing hangs over"


@browser_test
def test_a_first_visit_is_small(visit: Open, page_url: str) -> None:
    """As the browser counts it, all views but pictures and API."""
    page = visit()
    page.wait_for_load_state("networkidle")
    sizes: dict[str, int] = page.evaluate(
        """Object.fromEntries(performance.getEntriesByType("resource")
           .filter((e) => e.name.includes("/static/")).map((e) => [e.name, e.transferSize]))"""
    )
    assert len(sizes) > 30
    assert 20_000 < sum(sizes.values()) < 125_000
