"""Who gave a `webhookUrl` is called: signed, with the file, until it is taken, over a restart."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from imagekit_rig import AWS, FILES, GOOGLE, details, library, on, patched, program, uploaded
from web_helpers import Site, until

SECRET = "whsec_of-the-test"


class Receiver(ThreadingHTTPServer):
    """Answers with `answers` in their order, the last one for ever; notes what came."""

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.turn = threading.Lock()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/hook?x=1"

    def told(self, uid: str) -> list[dict[str, Any]]:
        """The bodies about one file."""
        bodies = [json.loads(body) for _, body in self.got]
        return [
            b for b in bodies if uid in (b.get("fileId"), b.get("fileObject", {}).get("fileId"))
        ]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.turn:
            self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            answers = self.server.answers
            status = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    server = Receiver(*answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def waiting(site: Site) -> int:
    """Calls that are still to be made."""
    [(count,)] = site.reader.ask(lambda db, _: db.execute("SELECT count(*) FROM asset_call"))
    return int(count)


def test_each_extension_is_told_and_signed(tmp_path: Path) -> None:
    with (
        receiving(204) as receiver,
        library(tmp_path, webhooks=(receiver.host,), webhook_secret=SECRET) as site,
        program(site) as shop,
    ):
        asked = on(GOOGLE, AWS)
        told = uploaded(shop, 1, extensions=asked, webhookUrl=receiver.url)
        uid = told["fileId"]
        assert until(lambda: len(receiver.told(uid)) == 2, 20)
        by_service = {body["service"]: body for body in receiver.told(uid)}
        good, bad = by_service[GOOGLE], by_service[AWS]
        assert good["status"] == "SUCCESS"
        assert good["fileObject"] == details(shop, uid)
        assert (bad["status"], bad["fileId"]) == ("FAILURE", uid)
        assert bad["error"]["message"]
        for head, body in receiver.got:
            signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
            digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
            assert head["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        assert until(lambda: waiting(site) == 0, 20)
        patched(shop, uid, {"extensions": on("fake"), "webhookUrl": receiver.url})
        assert until(lambda: len(receiver.told(uid)) == 3, 20)
        patched(shop, uid, {"tags": ["x"], "webhookUrl": receiver.url})  # nothing to tell
        assert waiting(site) == 0 or until(lambda: waiting(site) == 0, 20)
        assert len(receiver.told(uid)) == 3


def test_it_is_tried_again_with_the_same_id(tmp_path: Path) -> None:
    with (
        receiving(503, 200) as receiver,
        library(tmp_path, webhooks=("127.0.0.1",)) as site,
        program(site) as shop,
    ):
        uploaded(shop, 1, extensions=on(GOOGLE), webhookUrl=receiver.url)
        assert until(lambda: len(receiver.got) == 2, 20)
        (first, body), (second, again) = receiver.got
        assert first["webhook-id"] == second["webhook-id"]
        assert body == again
        assert "webhook-signature" not in first  # there is no secret
        assert until(lambda: waiting(site) == 0, 20)


def test_it_outlives_a_restart_and_follows_the_config(tmp_path: Path) -> None:
    with receiving(500) as receiver:
        hosts = (receiver.host,)
        with library(tmp_path, webhooks=hosts) as site, program(site) as shop:
            uids = [
                uploaded(shop, number, extensions=on(GOOGLE), webhookUrl=receiver.url)["fileId"]
                for number in (1, 2)
            ]
            assert until(lambda: len(receiver.got) >= 2, 20)
            assert shop.delete(f"{FILES}/{uids[0]}").status_code == 204  # nobody hears of it
            assert waiting(site) == 1
        receiver.got.clear()
        receiver.answers = [200]
        with library(tmp_path, webhooks=hosts) as site:
            assert until(lambda: len(receiver.told(uids[1])) == 1, 20)
            assert until(lambda: waiting(site) == 0, 20)
            assert not receiver.told(uids[0])


def test_a_host_that_is_no_longer_named_is_not_called(tmp_path: Path) -> None:
    with receiving(500) as receiver:
        with library(tmp_path, webhooks=(receiver.host,)) as site, program(site) as shop:
            uploaded(shop, 1, extensions=on(GOOGLE), webhookUrl=receiver.url)
            assert until(lambda: len(receiver.got) >= 1, 20)
        receiver.got.clear()
        with library(tmp_path, webhooks=("192.0.2.1",)) as site:
            assert until(lambda: waiting(site) == 0, 20)
        assert receiver.got == []


def test_a_receiver_that_is_away_keeps_no_other_waiting(tmp_path: Path) -> None:
    """However many calls wait for it."""
    with (
        receiving(500) as away,
        receiving(204) as there,
        library(tmp_path, webhooks=(away.host, there.host)) as site,
        program(site) as shop,
    ):
        uid = uploaded(shop, 1)["fileId"]
        for _ in range(6):  # 20 extensions each: more than one round looks at
            many = [{"name": f"none-{number}"} for number in range(20)]
            patched(shop, uid, {"extensions": many, "webhookUrl": away.url})
        assert until(lambda: len(away.got) > 2, 20)
        patched(shop, uid, {"extensions": on(GOOGLE), "webhookUrl": there.url})
        assert until(lambda: bool(there.told(uid)), 20)
        assert until(lambda: waiting(site) == 120, 20)
