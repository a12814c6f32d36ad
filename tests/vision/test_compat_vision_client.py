"""The official Python client of Google Vision against the real daemon, over REST."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from clients_rig import run_client
from daemon_rig import Daemon, wait_until

from device import shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("google-vision")]

SAMPLES = {path.name: path for path in shipped.sample_pictures()}
BEGIN = """
import json, os
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.cloud import vision
def client(key=os.environ["KEY"]):
    options = ClientOptions(api_endpoint=os.environ["ENDPOINT"], api_key=key)
    return vision.ImageAnnotatorClient(transport="rest", client_options=options)
def image(name):
    with open(os.environ["SAMPLES"] + "/" + name, "rb") as file:
        return vision.Image(content=file.read())
Type = vision.Feature.Type
def wanted(picture, *types):
    features = [vision.Feature(type_=one) for one in types]
    return vision.AnnotateImageRequest(image=picture, features=features)
told = {}
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """With the real models; what comes through Google Vision's API is stored."""
    root = tmp_path_factory.mktemp("vision")
    web = {"listen": "127.0.0.1:0", "trust_loopback": False}
    daemon = Daemon(root, web=web, compat={"vision": {"store": True}})
    del daemon.sections["taggers"]
    daemon.start()
    daemon.port()
    yield daemon
    assert daemon.stop() == 0, daemon.said()
    assert "Traceback" not in daemon.said()


def token(daemon: Daemon, name: str, role: str = "reviewer") -> str:
    command = [sys.executable, "-m", "device", "token", "add", name, "--role", role]
    done = subprocess.run(
        [*command, "--config", str(daemon.config)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def ran(daemon: Daemon, key: str, script: str) -> dict[str, Any]:
    """What the script put into `told`."""
    place = {"ENDPOINT": f"http://127.0.0.1:{daemon.port()}", "KEY": key}
    samples = str(SAMPLES["coffee.jpg"].parent)
    whole = f"{BEGIN}{script}\nprint(json.dumps(told))\n"
    done = run_client("google-vision", whole, {**place, "SAMPLES": samples})
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_real_photos_have_real_labels_and_objects_and_are_stored_once(daemon: Daemon) -> None:
    told = ran(
        daemon,
        token(daemon, "photos"),
        """
c = client()
for turn in (1, 2):
    found = c.label_detection(image=image("coffee.jpg"), max_results=5)
    told[f"labels {turn}"] = [(l.mid, l.description, l.score, l.topicality)
                              for l in found.label_annotations]
found = c.object_localization(image=image("astronaut.jpg"))
told["objects"] = [(o.name, o.score, [(v.x, v.y) for v in o.bounding_poly.normalized_vertices])
                   for o in found.localized_object_annotations]
found = c.image_properties(image=image("rocket.jpg"))
told["colours"] = [(x.color.red, x.color.green, x.color.blue, x.score, x.pixel_fraction)
                   for x in found.image_properties_annotation.dominant_colors.colors]
names = ["chelsea.jpg", "coffee.jpg", "astronaut.jpg"]
batch = [wanted(image(name), Type.LABEL_DETECTION, Type.OBJECT_LOCALIZATION) for name in names]
found = c.batch_annotate_images(requests=batch)
told["batch"] = [[l.description for l in one.label_annotations] for one in found.responses]
""",
    )
    assert told["labels 1"] == told["labels 2"]
    assert {"Coffee cup", "Espresso"} & {name for _, name, _, _ in told["labels 1"]}
    assert all(mid == "" and 0 < score <= 1 and score == topicality
               for mid, _, score, topicality in told["labels 1"])  # fmt: skip
    assert len(told["labels 1"]) <= 5
    _, score, corners = next(one for one in told["objects"] if one[0] == "Person")
    (left, top), (right, _), (_, bottom), last = corners
    assert last == [left, bottom]
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert score > 0.4
    assert 2 <= len(told["colours"]) <= 10
    assert abs(sum(one[3] for one in told["colours"]) - 1) < 0.001
    cat, coffee, astronaut = told["batch"]
    assert "Cat" in cat
    assert {"Coffee cup", "Espresso"} & set(coffee)
    assert "Person" in astronaut
    wait_until(lambda: daemon.count("picture") == 4, 20)
    assert daemon.rows("SELECT DISTINCT name FROM source") == [("vision",)]


def test_each_error_has_its_class(daemon: Daemon) -> None:
    stored = daemon.count("picture")
    told = ran(
        daemon,
        token(daemon, "errors"),
        """
def raised(call):
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
def label(c, **picture):
    return lambda: c.label_detection(image=vision.Image(**picture)).error
good = image("coffee.jpg")
told["wrong key"] = raised(label(client("AIza-wrong"), content=good.content))
told["viewer"] = raised(label(client(os.environ["VIEWER"]), content=good.content))
from google.auth.credentials import AnonymousCredentials
options = ClientOptions(api_endpoint=os.environ["ENDPOINT"])
nobody = vision.ImageAnnotatorClient(
    transport="rest", client_options=options, credentials=AnonymousCredentials())
told["nobody"] = raised(label(nobody, content=good.content))
c = client()
def said(error):
    return [error.code, error.message]
told["no picture"] = said(label(c, content=b"GIF89a nothing")())
told["fetched"] = said(label(c, source={"image_uri": "http://127.0.0.1:1/x"})())
told["cloud"] = said(label(c, source={"gcs_image_uri": "gs://bucket/x"})())
told["empty"] = said(label(c, content=b"")())
told["safe search"] = said(c.safe_search_detection(image=good).error)
several = [wanted(vision.Image(content=b"x"), Type.LABEL_DETECTION),
           wanted(good, Type.LABEL_DETECTION)]
told["several"] = [r.error.code for r in c.batch_annotate_images(requests=several).responses]
many = [wanted(good, Type.LABEL_DETECTION)] * 17
told["many"] = raised(lambda: c.batch_annotate_images(requests=many))
told["large"] = raised(label(c, content=bytes(8 * 1024**2)))
told["files"] = raised(lambda: c.batch_annotate_files(requests=[]))
told["later"] = raised(lambda: c.async_batch_annotate_images(requests=[]))
""".replace('os.environ["VIEWER"]', repr(token(daemon, "looks", "viewer"))),
    )
    assert told["wrong key"].startswith("BadRequest: 400")
    assert "API key not valid" in told["wrong key"]
    assert told["viewer"].startswith("Forbidden: 403") or "PermissionDenied" in told["viewer"]
    assert "unregistered callers" in told["nobody"]
    assert "403" in told["nobody"]
    assert told["no picture"][0] == 3
    assert told["no picture"][1].startswith("Bad image data")
    assert told["fetched"][0] == told["cloud"][0] == 7
    assert told["empty"][0] == 3
    assert told["safe search"][0] == 12
    assert told["several"] == [3, 0]
    assert "400" in told["many"]
    assert "Too many images" in told["many"]
    assert "400" in told["large"]
    assert "10 MB" in told["large"]
    assert told["files"].startswith("NotFound: 404")
    assert told["later"].startswith("NotFound: 404")
    assert daemon.count("picture") <= stored + 1  # the coffee
