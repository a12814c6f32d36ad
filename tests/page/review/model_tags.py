"""What verdicts make of the tags of a picture, as the device does it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Trouble(Exception):
    """A refusal: status and body."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"title": "refused", **more, "status": status, "detail": detail}


def after(tags: list[Json], verdict: Json) -> list[Json]:
    """The tags after one verdict; `Trouble` for a tag that is not there."""
    name = verdict.get("tag")
    meant = [
        tag
        for tag in tags
        if (tag["state"] == "proposed" if name is None else tag["name"] == name)
        and verdict.get("tagger") in (None, tag["tagger"])
    ]
    if name is not None and not meant and verdict["verdict"] != "add":
        raise Trouble(422, f"the picture has no tag {name!r} to {verdict['verdict']}")
    match verdict["verdict"]:
        case "accept":
            return [_accepted(tag) if tag in meant else tag for tag in tags]
        case "reject":
            return [{**tag, "state": "rejected"} if tag in meant else tag for tag in tags]
        case "add":
            return _added(tags, str(name), verdict.get("box"))
    now = [{**tag, "state": "rejected"} if tag in meant else tag for tag in tags]
    for tag in meant:
        now = _added(now, verdict["to"], tag["box"])
    return now


def _added(tags: list[Json], name: str, box: Json | None) -> list[Json]:
    if box is None and any(tag["name"] == name for tag in tags):
        return [_accepted(tag) if tag["name"] == name else tag for tag in tags]
    person = {"kind": "object", "tagger": "person", "model": "", "parents": []}
    return [*tags, {"name": name, "confidence": 1.0, **person, "box": box, "state": "manual"}]


def _accepted(tag: Json) -> Json:
    return {**tag, "state": "manual" if tag["tagger"] == "person" else "accepted"}
