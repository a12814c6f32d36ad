"""imagekitio 5 and 4 and @imagekit/nodejs, unchanged, against the daemon with the real models.

Each sends real photos, has them tagged, lists, searches, changes and deletes them, and meets every
class of errors that it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from daemon_rig import Daemon, wait_until
from imagekit_clients import key, media_library, ran
from imagekit_scripts import (
    LOOK,
    NODE,
    NODE_TRIP,
    PYTHON_4_TRIP,
    PYTHON_5,
    PYTHON_5_TRIP,
    UPLOAD,
)
from test_imagekit_calls import Receiver, receiving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("imagekit")]

GOOGLE, AWS = "google-auto-tagging", "aws-auto-tagging"


SECRET = "whsec_of-the-test"


@pytest.fixture(scope="module")
def called() -> Iterator[Receiver]:
    """Somebody who wants to hear what became of extensions."""
    with receiving(200) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, called: Receiver) -> Iterator[Daemon]:
    settings = {"webhooks": [called.host], "webhook_secret": SECRET}
    with media_library(tmp_path_factory.mktemp("imagekit"), **settings) as opened:
        yield opened


def test_imagekitio_5(daemon: Daemon) -> None:
    told = ran(daemon, "imagekitio5", key(daemon, "python 5"), PYTHON_5_TRIP)
    name, path, width, height, *rest = told["upload"]
    assert (name, path, rest) == (
        *("chelsea.jpg", "/five/chelsea.jpg", ["Version 1", "success", "success"]),
    )
    assert [width, height] == told["metadata"][:2]
    sources = {source for _, _, source in told["said"]}
    assert sources == {GOOGLE, AWS}
    objects = {name: sure for name, sure, source in told["said"] if source == AWS}
    assert objects["cat"] > 80
    assert told["none"] is None
    assert told["listed"]
    assert told["cat"] == ["chelsea.jpg"]
    assert told["animal"] == ["chelsea.jpg"]
    assert told["page"] == 1
    assert sorted(told["types"]) == ["File", "Folder"]
    mime, alpha, private, own, tags, kind, zone, url, thumbnail = told["details"]
    assert (mime, alpha, private, own) == ("image/jpeg", False, False, {"price": 5})
    assert (tags, kind, zone) == (["Pet", "five"], "file", True)
    assert url.startswith(f"http://127.0.0.1:{daemon.port()}/pictures/")
    assert thumbnail.startswith(f"http://127.0.0.1:{daemon.port()}/thumbnails/")
    assert told["metadata"][2:] == ["jpg", 16]
    assert told["same"]
    assert told["changed"] == [["Pet", "five", "new"], False, "success"]
    assert told["gone"] == []
    assert told["bulk"] == [True] * 5
    expected = {
        "search": ["BadRequestError", 400],
        "limit": ["BadRequestError", 400],
        "id": ["BadRequestError", 400],
        "missing": ["NotFoundError", 404],
        "metadata": ["NotFoundError", 404],
        "url": ["BadRequestError", 400],
        "versions": ["NotFoundError", 404],
        "copy": ["NotFoundError", 404],
        "folder": ["NotFoundError", 404],
        "fields": ["NotFoundError", 404],
        "key": ["PermissionDeniedError", 403],
        "picture": ["BadRequestError", 400],
    }
    assert {what: error[:2] for what, error in told["wrong"].items()} == expected
    assert told["wrong"]["search"][2].startswith("Invalid search query - createdAt")
    assert all(error[3].startswith("This is tagd") for error in told["wrong"].values())
    assert told["deleted"] == ["NotFoundError", 404]
    assert told["rest"]
    assert told["empty"] == []


def test_imagekitio_4(daemon: Daemon) -> None:
    told = ran(daemon, "imagekitio4", key(daemon, "python 4"), PYTHON_4_TRIP)
    tags, status, said = told["upload"]
    assert tags == ["Pet", "four"]
    assert set(status.values()) == {"success"}
    assert ["cat", AWS] in said
    assert {source for _, source in said} == {GOOGLE, AWS}
    assert told["raw"] == [True, [None]]  # its own way to say that there are none
    for what in ("listed", "tags", "search", "remote", "rest"):
        assert told[what] is True, what
    assert told["details"] == [["Pet", "four"], {"price": 4}, "image", True]
    assert told["metadata"] == ["jpg", 16, True]
    assert told["distance"] == [0, True]
    assert told["changed"] == [["other"], False]
    assert told["bulk"] == [True] * 3
    unknown = "UnknownException"  # its own word for a 404 of these calls
    assert {what: error[0] for what, error in told["wrong"].items()} == {
        "search": "BadRequestException",
        "missing": unknown,
        "id": "BadRequestException",
        "metadata": unknown,
        "url": "BadRequestException",
        "versions": "NotFoundException",
        "tags": "NotFoundException",
        "key": "ForbiddenException",
        "picture": "BadRequestException",
    }
    assert all(error[1] and error[2] for error in told["wrong"].values())
    assert told["empty"] == []


def test_the_node_client(daemon: Daemon) -> None:
    told = ran(daemon, "imagekit-node", key(daemon, "node"), NODE_TRIP)
    tags, status, said = told["upload"]
    assert tags == ["Pet", "node"]
    assert status == {GOOGLE: "success", AWS: "success"}
    assert ["cat", AWS] in said
    assert told["base64"] == [True, None]
    assert told["listed"]
    assert told["search"]
    assert told["details"] == ["file", "image/jpeg", {"price": 7}, ["Pet", "node"], "Version 1"]
    assert told["metadata"] == ["jpg", 16]
    assert told["remote"]
    assert told["changed"] == [["new"], False]
    assert told["bulk"] == [2, 2, 2, 1]
    assert {what: error[:2] for what, error in told["wrong"].items()} == {
        "search": ["BadRequestError", 400],
        "missing": ["NotFoundError", 404],
        "id": ["BadRequestError", 400],
        "bulk": ["NotFoundError", 404],
        "versions": ["NotFoundError", 404],
        "key": ["PermissionDeniedError", 403],
        "picture": ["BadRequestError", 400],
    }
    assert told["rest"]
    assert told["empty"] == []


def test_an_upload_sent_again_is_stored_once_and_each_key_sees_its_own(daemon: Daemon) -> None:
    owner = key(daemon, "owner")
    uid = ran(daemon, "imagekitio5", owner, UPLOAD)["id"]
    assert ran(daemon, "imagekitio5", owner, UPLOAD)["id"] == uid
    assert daemon.count("asset") == 1
    looker = ran(daemon, "imagekitio5", key(daemon, "looker", "viewer"), LOOK)
    assert looker["count"] == 1
    assert looker["upload"][:2] == ["PermissionDeniedError", 403]
    away = key(daemon, "away", "viewer", "--source", "inbox")
    assert ran(daemon, "imagekitio5", away, LOOK)["count"] == 0


NODE_CALLED = (
    NODE
    + """
const cup = await ik.files.upload({ file: fs.createReadStream(place + "coffee.jpg"),
  fileName: "cup.jpg", extensions: both.slice(1), webhookUrl: process.env.HOOK });
console.log(JSON.stringify({ id: cup.fileId }));
"""
)

NODE_UNWRAP = (
    NODE
    + """
const headers = JSON.parse(process.env.HEADERS), key = process.env.SECRET;
const { service, status, fileObject } = ik.webhooks.unwrap(process.env.BODY, { headers, key });
Object.assign(told, { service, status, id: fileObject.fileId });
try { ik.webhooks.unwrap(process.env.BODY + " ", { headers, key }); told.tampered = "taken"; }
catch { told.tampered = "refused"; }
console.log(JSON.stringify(told));
"""
)

PYTHON_5_UNWRAP = (
    PYTHON_5
    + """
def unwrapped(body):
    headers, key = json.loads(os.environ["HEADERS"]), os.environ["SECRET"]
    return ik.webhooks.unwrap(body, headers=headers, key=key)
found = unwrapped(os.environ["BODY"])
told = {"service": found.service, "status": found.status, "id": found.fileObject["fileId"]}
try:
    unwrapped(os.environ["BODY"] + " ")
    told["tampered"] = "taken"
except Exception:
    told["tampered"] = "refused"
print(json.dumps(told))
"""
)


def test_what_a_webhook_brings_is_signed_as_the_clients_check_it(
    daemon: Daemon, called: Receiver
) -> None:
    owner = key(daemon, "called")
    uid = ran(daemon, "imagekit-node", owner, NODE_CALLED, HOOK=called.url)["id"]
    wait_until(lambda: called.told(uid), 60, daemon.said)
    [(headers, body)] = [one for one in called.got if uid.encode() in one[1]]
    sent = {
        "HEADERS": json.dumps({k: v for k, v in headers.items() if k.startswith("webhook-")}),
        "BODY": body.decode(),
        "SECRET": SECRET,
    }
    for client, script in (("imagekit-node", NODE_UNWRAP), ("imagekitio5", PYTHON_5_UNWRAP)):
        told = ran(daemon, client, owner, script, **sent)
        assert told == {"service": AWS, "status": "SUCCESS", "id": uid, "tampered": "refused"}
