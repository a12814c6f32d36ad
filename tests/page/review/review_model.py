"""A small, faithful model of the API of reviews, for a daemon that has none of its own yet.

It keeps the pictures of the real daemon and what people said of them: versions, repeated requests
known by their key, 409 for whoever was slower, undo.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from model_tags import Json, Trouble, after

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

_AT = "2026-11-22T08:00:00.000Z"
ROUTES = re.compile(r"/api/v1/(review/|reviews|pictures($|[?/]))")


class ReviewModel:
    """Of all people together; `attach` puts a page of one of them in front of it."""

    def __init__(self, api: httpx.Client) -> None:
        self._api = api
        self._pictures: dict[str, Json] = {}
        self._gone: set[str] = set()
        self._reviews: list[Json] = []
        self._answers: dict[str, Json] = {}

    def attach(self, page: Page, by: str) -> None:
        """Answer what this page asks of reviews, as `by`."""

        def answer(route: Route) -> None:
            if (found := self.respond(route.request, by)) is None:
                route.continue_()
                return
            status, told = found
            route.fulfill(status=status, content_type="application/json", body=json.dumps(told))

        page.route(ROUTES, answer)

    def respond(self, request: Request, by: str = "Ada") -> tuple[int, Json] | None:
        """Status and body; None for what is not of reviews."""
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/api/v1/")
        if request.method == "POST" and path == "pictures":
            return None
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        body = request.post_data_json if request.post_data else {}
        key = request.headers.get("idempotency-key", "")
        try:
            return 200, self._answer(request.method, path, asked, body, key, by)
        except Trouble as trouble:
            return trouble.status, trouble.body

    def picture(self, picture_id: str) -> Json:
        """As it is now."""
        if picture_id not in self._pictures:
            found = self._api.get(f"pictures/{picture_id}")
            if found.status_code == 200:
                self._pictures[picture_id] = {**found.json(), "reviewed_at": None, "version": 0}
        if picture_id in self._gone or picture_id not in self._pictures:
            raise Trouble(404, f"there is no picture {picture_id}")
        return self._pictures[picture_id]

    def review(self, picture_id: str, verdicts: list[Json], by: str) -> Json:
        """As if somebody had sent it."""
        picture = self.picture(picture_id)
        review = {
            "id": f"R{len(self._reviews)}",
            "by": by,
            "at": _AT,
            "undone": False,
            "verdicts": verdicts,
            "picture": picture_id,
            "before": copy.deepcopy(picture),
        }
        tags = picture["tags"]
        for verdict in verdicts:
            tags = after(tags, verdict)
        self._reviews.append(review)
        picture.update(tags=tags, reviewed_at=_AT, version=picture["version"] + 1)
        return review

    def reviews(self, picture_id: str) -> list[Json]:
        """Newest first."""
        hidden = {"picture", "before"}
        return [
            {key: value for key, value in one.items() if key not in hidden}
            for one in reversed(self._reviews)
            if one["picture"] == picture_id
        ]

    # -- routes

    def _answer(
        self, method: str, path: str, asked: dict[str, str], body: Json, key: str, by: str
    ) -> Json:
        match method, path.split("/"):
            case "GET", ["review", "queue"]:
                return self._queue(asked)
            case "GET", ["review", "progress"]:
                return self._progress(asked)
            case "GET", ["pictures"]:
                return self._list(asked)
            case "GET", ["pictures", one]:
                return self.picture(one)
            case "GET", ["pictures", one, "reviews"]:
                return {"reviews": self.reviews(one)}
            case "POST", ["pictures", one, "review"]:
                return self._once(key, lambda: self._judge(one, body, by))
            case "POST", ["reviews"]:
                return self._once(key, lambda: self._bulk(body, by))
            case "DELETE", ["reviews", one]:
                return self._undo(one)
            case "DELETE", ["pictures", one]:
                self.picture(one)
                self._gone.add(one)
                return {"pictures": 1, "visits": 0, "bytes": 0, "erased": True}
        raise Trouble(404, f"there is no {path}")

    def _found(self, asked: dict[str, str]) -> list[Json]:
        query = asked.get("q", "")
        query, _, tag = query.partition('tags = "')
        query = query.replace("state = proposed", "").replace(" AND ", "").strip("() ")
        answer = self._api.get("pictures", params={"q": query, "limit": 500})
        if answer.status_code != 200:
            problem = answer.json()
            problem.pop("status")
            raise Trouble(answer.status_code, **problem)
        ids = [one["id"] for one in answer.json()["pictures"]]
        found = [self.picture(one) for one in ids if one not in self._gone]
        name = tag.partition('"')[0]
        return [
            one
            for one in found
            if not name or any(t["name"] == name and t["state"] == "proposed" for t in one["tags"])
        ]

    def _list(self, asked: dict[str, str]) -> Json:
        shown = [
            {**one, "tags": [tag for tag in one["tags"] if tag["state"] != "rejected"]}
            for one in self._found(asked)
        ]
        return {"pictures": shown[: int(asked.get("limit", 50))], "next": None}

    def _queue(self, asked: dict[str, str]) -> Json:
        waiting = [one for one in self._found(asked) if one["reviewed_at"] is None]
        last, limit = asked.get("after", ""), int(asked["limit"])
        rest = sorted((one for one in waiting if one["id"] > last), key=lambda one: one["id"])
        page = rest[:limit]
        return {"pictures": page, "next": page[-1]["id"] if len(rest) > limit else None}

    def _progress(self, asked: dict[str, str]) -> Json:
        found = self._found(asked)
        done = sum(one["reviewed_at"] is not None for one in found)
        standing = [one for one in self._reviews if not one["undone"]]
        counts = {one["by"]: 0 for one in standing}
        for one in standing:
            counts[one["by"]] += 1
        people = [{"name": name, "reviewed": n, "today": n} for name, n in counts.items()]
        return {"waiting": len(found) - done, "reviewed": done, "people": people}

    def _once(self, key: str, make: Any) -> Json:
        if not key:
            return dict(make())
        if key not in self._answers:
            self._answers[key] = copy.deepcopy(make())
        return self._answers[key]

    def _judge(self, picture_id: str, body: Json, by: str) -> Json:
        picture = self.picture(picture_id)
        if body.get("version") not in (None, picture["version"]):
            raise Trouble(409, "somebody reviewed this picture meanwhile", picture=picture)
        review = self.review(picture_id, body["verdicts"], by)
        told = {key: review[key] for key in ("id", "by", "at")}
        return {"review": told, "picture": picture}

    def _bulk(self, body: Json, by: str) -> Json:
        made, failed = [], []
        for one in body["pictures"]:
            try:
                made.append({"id": self.review(one, body["verdicts"], by)["id"], "picture": one})
            except Trouble as trouble:
                failed.append({"picture": one, "detail": str(trouble)})
        return {"reviews": made, "failed": failed}

    def _undo(self, review_id: str) -> Json:
        found = [one for one in self._reviews if one["id"] == review_id]
        if not found:
            raise Trouble(404, f"there is no review {review_id}")
        [review] = found
        standing = [
            one
            for one in self._reviews
            if one["picture"] == review["picture"] and not one["undone"]
        ]
        if review["undone"] or standing[-1] is not review:
            raise Trouble(409, "the picture was reviewed again since; undo that review first")
        review["undone"] = True
        picture = self.picture(review["picture"])
        before = review["before"]
        picture.update(tags=before["tags"], reviewed_at=before["reviewed_at"])
        picture["version"] += 1
        return {"picture": picture}
