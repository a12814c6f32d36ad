"""The audit log names the pictures that a program said something of, by whatever route."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imagekit_rig import FILES, GOOGLE, library, on, patched, program, uploaded
from web_helpers import until


def test_changes_of_files_are_noted_with_their_pictures(tmp_path: Path) -> None:
    with library(tmp_path / "data") as site, program(site) as shop:
        one = uploaded(shop, 1, extensions=on(GOOGLE))
        uid, picture = one["fileId"], one["url"].rpartition("/")[2]
        tag = one["AITags"][0]["name"]
        patched(shop, uid, {"description": "new"})
        for path, sent in (("addTags", {"tags": ["a"]}), ("removeAITags", {"AITags": [tag]})):
            done = shop.post(f"{FILES}/{path}", json={"fileIds": [uid], **sent})
            assert done.status_code == 200, done.text
        assert shop.delete(f"{FILES}/{uid}").status_code == 204

        def noted() -> list[dict[str, Any]]:
            return site.access.audit.page(None, 50, who="shop")

        until(lambda: len(noted()) == 5)
        assert {entry["about"] for entry in noted()} == {picture}
        assert [entry["what"] for entry in noted()] == ["delete", *["review"] * 3, "upload"]
