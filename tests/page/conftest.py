"""A real browser on the page of a real appliance with the six sample pictures.

Every browser test also asserts, at its end, that nothing was asked of another host, that no
error reached the console (violations of the content policy do) and that no request failed
which the test did not announce.
"""

from __future__ import annotations

import io
import itertools
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from daemon_rig import Daemon, wait_until
from page_rig import PATIENCE, Open
from PIL import Image, ImageOps

from device import shipped

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real daemon with the real models, the samples tagged."""
    root = tmp_path_factory.mktemp("page")
    daemon = Daemon(root, web={"listen": "127.0.0.1:0"}, device={"id": "page", "name": "Gate"})
    del daemon.sections["taggers"]
    daemon.sections["sources"][0]["name"] = "samples"
    for sample in shipped.sample_pictures():
        shutil.copy(sample, daemon.inbox)
    daemon.start()
    wait_until(lambda: daemon.count("picture") == len(shipped.sample_pictures()), 30, daemon.said)
    yield f"http://127.0.0.1:{daemon.port()}"
    assert daemon.stop() == 0, daemon.said()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each has a fresh profile in it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed")
    quiet = ["--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, page_url: str) -> Iterator[Open]:
    """`visit("?q=cat", width=360, failing={404})` opens the page and watches what it does."""
    pages: list[Page] = []
    strays: list[str] = []
    ours = urlsplit(page_url).netloc

    def watch(page: Page, failing: set[int]) -> None:
        def on_console(message: Any) -> None:
            # Failed requests are judged below, by their status.
            if message.type == "error" and not message.text.startswith("Failed to load resource"):
                strays.append(f"console: {message.text}")

        def on_request(request: Any) -> None:
            parts = urlsplit(request.url)
            if parts.scheme not in ("blob", "data") and parts.netloc != ours:
                strays.append(f"asked another host: {request.url}")

        def on_response(response: Any) -> None:
            if response.status >= 400 and response.status not in failing:
                strays.append(f"{response.status} for {response.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: strays.append(f"error: {error}"))
        page.on("request", on_request)
        page.on("response", on_response)

    def opened(
        query: str = "",
        width: int = 1280,
        height: int = 800,
        failing: frozenset[int] = frozenset(),
        ready: str = ".state .good, .state .warn",  # the device has answered
        prepare: Callable[[Page], object] = lambda _: None,
        **context: Any,
    ) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": height}, **context)
        page.set_default_timeout(PATIENCE)
        watch(page, set(failing))
        prepare(page)
        pages.append(page)
        page.goto(f"{page_url.rstrip('/')}/{query}")
        page.wait_for_selector(ready)
        return page

    opened.strays = strays  # type: ignore[attr-defined]
    yield opened
    for page in pages:
        page.close()
    assert strays == []


@pytest.fixture
def api(page_url: str) -> Iterator[httpx.Client]:
    """Another client of the same appliance."""
    with httpx.Client(base_url=f"{page_url.rstrip('/')}/api/v1/", timeout=30, trust_env=False) as c:
        yield c


@pytest.fixture
def fresh_picture(api: httpx.Client, page_url: str) -> Callable[[], bytes]:
    """A cat that was never uploaded before: a sample, mirrored, in a size of its own."""
    [sample, *_] = [
        picture
        for picture in api.get("pictures", params={"q": "cat source:samples"}).json()["pictures"]
        if picture["url"]
    ]
    data = httpx.get(f"{page_url.rstrip('/')}{sample['url']}", trust_env=False).content
    original = ImageOps.mirror(Image.open(io.BytesIO(data)).convert("RGB"))

    def make() -> bytes:
        number = next(_numbers)  # not of what is stored: what was erased never comes again
        out = io.BytesIO()
        size = (original.width - number % 100, original.height)
        original.resize(size).save(out, "JPEG", quality=90, comment=f"fresh {number}".encode())
        return out.getvalue()

    return make
