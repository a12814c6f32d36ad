"""The page's own files, as they are shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

from device.web.preload import with_modules

STATIC = Path(__file__).parents[2] / "device" / "web" / "static"
OWN = [
    path
    for path in STATIC.rglob("*")
    if path.suffix in {".mjs", ".css", ".html", ".svg"} and "vendor" not in path.parts
]


def test_every_imported_library_is_there_with_its_licence() -> None:
    """The import map, vendor.json and the folders agree."""
    found = re.search(
        r'<script type="importmap">(.*?)</script>', (STATIC / "index.html").read_text(), re.DOTALL
    )
    assert found
    mapped = set(json.loads(found[1])["imports"].values())
    packages = json.loads((STATIC / "vendor" / "vendor.json").read_text())
    shipped = {
        f"./static/vendor/{package['folder']}/{name}"
        for package in packages
        for name in package["files"]
    }
    assert mapped == {path for path in shipped if path.endswith(".mjs")}
    assert all((STATIC / path.removeprefix("./static/")).is_file() for path in shipped)
    assert all("LICENSE" in package["files"] for package in packages)
    listed = (STATIC / "vendor" / "THIRD_PARTY.md").read_text()
    assert all(f"| {package['name']} | {package['version']} |" in listed for package in packages)


def test_every_address_is_relative_so_that_a_proxy_may_show_the_page_below_any_path() -> None:
    for path in OWN:
        found = re.search(r"""["'`(=]/(api|static|pictures|thumbnails)/[^\n]*""", path.read_text())
        assert found is None, f"{path}: {found[0]}"


def test_all_modules_that_the_page_begins_with_are_named_in_its_head() -> None:
    """Each that is imported somewhere and not only on demand, once; and each is there."""
    named = re.findall(r'(?:href|src)="(static/[^"]+\.mjs)"', with_modules(STATIC))
    assert len(set(named)) == len(named)
    assert {"static/app.mjs", "static/html.mjs", "static/components/tile.mjs"} <= set(named)
    assert any(name.endswith("/preact.mjs") for name in named)
    assert "static/components/insights.mjs" not in named  # only when somebody wants to see it
    assert all((STATIC.parent / name).is_file() for name in named)


def test_own_files_name_no_other_host_and_make_no_markup_from_text() -> None:
    for path in OWN:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|innerHTML|outerHTML|insertAdjacentHTML|eval\(", text), path
        assert not re.search(r"\sstyle=[\"']", text), f"{path}: the content policy forbids it"
        if path.suffix == ".mjs":
            assert len(text.splitlines()) < 250, path
