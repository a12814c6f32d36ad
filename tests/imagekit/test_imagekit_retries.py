"""imagekitio 5 and 4 where things go wrong: lost answers, wrong tags, files that are none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from daemon_rig import Daemon
from imagekit_clients import key, media_library, ran

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("imagekit")]

FIVE = """
import json, os
from imagekitio import ImageKit
ik, told = ImageKit(), {}
both = [{"name": name, "min_confidence": 30, "max_tags": 5}
        for name in ("google-auto-tagging", "aws-auto-tagging")]
def send(name, **more):
    with open(os.environ["SAMPLES"] + "/" + name, "rb") as file:
        return ik.files.upload(file=file, file_name=name, extensions=both, **more)
def names(file):
    return sorted({tag.name for tag in file.ai_tags or []})
"""


class Lossy:
    """Passes requests on to a port; the answer to the first `lost` of them gets nowhere."""

    def __init__(self, port: int, lost: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.left = lost
        self.requests = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """No more are taken."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(30)

    def _serve(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            self.requests += 1
            with here, socket.create_connection(("127.0.0.1", self._port)) as there:
                there.settimeout(60)
                pump = threading.Thread(target=_pass, args=(here, there))
                pump.start()
                if self.left:
                    self.left -= 1
                    there.recv(1)  # it was done, and nobody hears of it
                else:
                    _pass(there, here)
                for one in (here, there):
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                pump.join(60)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(2**16):
            target.sendall(data)


@contextmanager
def lossy(daemon: Daemon, lost: int) -> Iterator[Lossy]:
    proxy = Lossy(daemon.port(), lost)
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with media_library(tmp_path_factory.mktemp("retries")) as opened:
        yield opened


def test_an_answer_that_is_lost_stores_nothing_twice(daemon: Daemon) -> None:
    script = f"""{FIVE}
ik = ik.with_options(base_url=os.environ["LOSSY"])
file = send("rocket.jpg", tags=["lost"])
ik = ImageKit()
found = ik.assets.list(search_query='tags IN ["lost"]')
print(json.dumps({{"same": [one.file_id for one in found] == [file.file_id]}}))
"""
    with lossy(daemon, 2) as proxy:
        place = f"http://127.0.0.1:{proxy.port}"
        assert ran(daemon, "imagekitio5", key(daemon, "loser"), script, LOSSY=place)["same"]
        assert proxy.left == 0
        assert proxy.requests >= 3
    assert daemon.rows("SELECT count(*) FROM asset") == [(1,)]
    assert daemon.rows("SELECT count(*) FROM picture") == [(1,)]


def test_what_was_removed_stays_away_however_it_is_tagged_again(daemon: Daemon) -> None:
    script = f"""{FIVE}
first = send("chelsea.jpg")
told["first"] = names(first)
ik.files.update(first.file_id, remove_ai_tags=["cat"])
told["retagged"] = names(ik.files.update(first.file_id, extensions=both))
second = send("chelsea.jpg", folder="/again")
told["again"] = names(second), second.file_id != first.file_id
found = ik.assets.list(search_query='tags IN ["cat"]')
told["found"] = [one.name for one in found]
told["gone"] = ik.files.bulk.delete(
    file_ids=[first.file_id, second.file_id]).successfully_deleted_file_ids
third = send("chelsea.jpg")
told["anew"] = names(third)
print(json.dumps(told))
"""
    told = ran(daemon, "imagekitio5", key(daemon, "remover"), script)
    assert "cat" in told["first"]
    assert "cat" not in told["retagged"]
    assert set(told["retagged"]) >= set(told["first"]) - {"cat"}
    names, other = told["again"]
    assert other
    assert "cat" not in names
    assert told["found"] == []
    assert len(told["gone"]) == 2
    assert told["anew"] == told["first"]


def test_imagekitio_4_sends_in_every_way_and_is_told_what_is_wrong(daemon: Daemon) -> None:
    script = """
import base64, json, os
import imagekitio.constants.url as U
U.URL.API_BASE_URL = U.URL.UPLOAD_BASE_URL = os.environ["IMAGE_KIT_BASE_URL"]
from imagekitio import ImageKit
from imagekitio.models.UploadFileRequestOptions import UploadFileRequestOptions as Options
ik = ImageKit(private_key=os.environ["IMAGEKIT_PRIVATE_KEY"], public_key="x", url_endpoint="http://x")
with open(os.environ["SAMPLES"] + "/coffee.jpg", "rb") as file:
    data = file.read()
text = base64.b64encode(data).decode()
told = {"sizes": [], "wrong": {}}
ways = {"bytes": data, "base64": text, "uri": "data:image/jpeg;base64," + text}
fixed = dict(use_unique_file_name=False, folder="/four", tags=["a"], custom_metadata={"n": 4})
for name, file in ways.items():
    sent = ik.upload_file(file=file, file_name=f"{name}.jpg", options=Options(**fixed))
    told["sizes"].append(sent.size == len(data))
    told["path"] = sent.file_path
    told["id"] = sent.file_id
def wrong(what, file, **more):
    try:
        ik.upload_file(file=file, file_name="uri.jpg", options=Options(**{**fixed, **more}))
    except Exception as error:
        told["wrong"][what] = [type(error).__name__, str(error)]
wrong("taken", data, overwrite_file=False)
wrong("url", "http://127.0.0.1:1/a.jpg")
wrong("text", "hello")
wrong("webhook", data, extensions=[{"name": "objects"}], webhook_url="http://127.0.0.1:1/")
again = ik.upload_file(file=data, file_name="uri.jpg", options=Options(**{**fixed, "tags": ["b"]}))
told["replaced"] = again.file_id == told["id"]
told["bulk"] = ik.add_tags([again.file_id], ["c"]).response_metadata.raw
print(json.dumps(told))
"""
    told = ran(daemon, "imagekitio4", key(daemon, "four"), script)
    assert told["sizes"] == [True] * 3
    assert told["path"] == "/four/uri.jpg"
    assert told["replaced"]
    assert told["bulk"] == {"successfullyUpdatedFileIds": [told["id"]]}
    assert {what: error[0] for what, error in told["wrong"].items()} == dict.fromkeys(
        ("taken", "url", "text", "webhook"), "BadRequestException"
    )
    assert "compat.imagekit.urls" in told["wrong"]["url"][1]
