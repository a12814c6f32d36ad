"""boto3 and the AWS CLI, unchanged, against the real daemon with the real models."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients_rig import run_client
from daemon_rig import Daemon, dropped_in, jpeg
from lossy_rig import lossy
from places import SHARED

from device import shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("rekognition")]

SAMPLES = shipped.sample_pictures()[0].parent
BEGIN = """
import json, os
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
client = boto3.client("rekognition")
samples = os.environ.get("SAMPLES", "")
def picture(path):
    with open(os.path.join(samples, path), "rb") as file:
        return {"Bytes": file.read()}
def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        told = error.response
        attempts = told["ResponseMetadata"]["RetryAttempts"]
        return [type(error).__name__, told["Error"]["Code"], told["Error"]["Message"], attempts]
told = {}
"""


def running(root: Path, **rekognition: Any) -> Iterator[Daemon]:
    """With the real models; and with no way in but keys."""
    with dropped_in(root, rekognition=rekognition) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    yield from running(tmp_path_factory.mktemp("rekognition"), store=True)


def tagd(daemon: Daemon, *words: str) -> str:
    command = [sys.executable, "-m", "device", *words, "--config", str(daemon.config)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def keys(daemon: Daemon) -> dict[str, str]:
    """The two lines that `tagd token add --aws` prints, and where the device is."""
    printed = tagd(daemon, "token", "add", "an app", "--aws")
    return {
        **dict(line.split("=") for line in printed.splitlines()),
        "AWS_ENDPOINT_URL_REKOGNITION": f"http://127.0.0.1:{daemon.port()}",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "SAMPLES": str(SAMPLES),
    }


def ran(keys: dict[str, str], script: str, **more: str) -> Any:
    """What the script put into `told`."""
    whole = f"{BEGIN}{script}\nprint(json.dumps(told))\n"
    done = run_client("boto3", whole, {**keys, **more}, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_real_photos_have_real_labels_and_are_stored_once(
    daemon: Daemon, keys: dict[str, str]
) -> None:
    told = ran(
        keys,
        """
for name in ("chelsea.jpg", "astronaut.jpg", "coffee.jpg"):
    told[name] = client.detect_labels(Image=picture(name), MinConfidence=50)["Labels"]
told["again"] = client.detect_labels(Image=picture("chelsea.jpg"), MinConfidence=50)["Labels"]
told["both"] = client.detect_labels(
    Image=picture("rocket.jpg"), MaxLabels=3, Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"],
    Settings={"GeneralLabels": {"LabelExclusionFilters": ["Rocket"]},
              "ImageProperties": {"MaxDominantColors": 4}})
told["both"].pop("ResponseMetadata")
""",
    )
    cat = {label["Name"]: label for label in told["chelsea.jpg"]}
    assert cat["Cat"]["Confidence"] > 80
    assert cat["Cat"]["Parents"] == [{"Name": "Animal"}]
    assert cat["Animal"]["Confidence"] >= cat["Cat"]["Confidence"]
    assert cat["Cat"]["Instances"][0]["BoundingBox"]["Width"] > 0.5
    person = {label["Name"]: label for label in told["astronaut.jpg"]}["Person"]
    assert person["Instances"]
    assert {"Coffee Cup", "Espresso", "Coffee"} & {one["Name"] for one in told["coffee.jpg"]}
    assert told["again"] == told["chelsea.jpg"]
    stored = "SELECT count(*), count(DISTINCT sha256) FROM picture WHERE height > 240"
    assert daemon.rows(stored) == [(4, 4)]
    both = told["both"]
    assert "Rocket" not in {label["Name"] for label in both["Labels"]}
    assert both["LabelModelVersion"].count("@") == 2
    assert len(both["ImageProperties"]["DominantColors"]) <= 4
    assert 0 < both["ImageProperties"]["Quality"]["Brightness"] < 100


def test_an_answer_that_gets_lost_stores_nothing_twice(
    daemon: Daemon, keys: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "one.jpg").write_bytes(jpeg(7, (320, 240)))
    before = daemon.count("picture")
    with lossy(daemon.port()) as way:
        told = ran(
            keys,
            """
found = client.detect_labels(Image=picture("one.jpg"))
told = found["ResponseMetadata"]["RetryAttempts"]
""",
            AWS_ENDPOINT_URL_REKOGNITION=f"http://127.0.0.1:{way.port}",
            SAMPLES=str(tmp_path),
        )
        assert (told, way.lost) == (1, 1)
    assert daemon.count("picture") == before + 1


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "wanted"),
    [("parrot.jpg", {"Bird"}), ("pets.jpg", {"Dog", "Cat"}), ("hot_dog.jpg", {"Food"})],
)
def test_photos_from_elsewhere(keys: dict[str, str], name: str, wanted: set[str]) -> None:
    place = str(SHARED / "photos")
    script = f'told = client.detect_labels(Image=picture("{name}"), MinConfidence=40)["Labels"]'
    found = {label["Name"] for label in ran(keys, script, SAMPLES=place)}
    assert found & wanted, found


def test_each_error_has_its_class_and_is_not_tried_again(
    daemon: Daemon, keys: dict[str, str]
) -> None:
    told = ran(
        keys,
        """
good, labels = picture("coffee.jpg"), client.detect_labels
told["none"] = code(labels, Image={"Bytes": b"GIF89a" + bytes(40)})
told["torn"] = code(labels, Image={"Bytes": good["Bytes"][:2000]})
told["large"] = code(labels, Image={"Bytes": bytes(5 * 1024 ** 2 + 1)})
told["larger"] = code(labels, Image={"Bytes": bytes(20 * 1024 ** 2)})
told["s3"] = code(labels, Image={"S3Object": {"Bucket": "abc", "Name": "a.jpg"}})
told["confidence"] = code(labels, Image=good, MinConfidence=101.0)
told["faces"] = code(client.detect_faces, Image=good)
told["moderation"] = code(client.detect_moderation_labels, Image=good)
arn = "arn:aws:rekognition:eu-central-1:123456789012:project/a/version/b/1234567890123"
told["custom"] = code(client.detect_custom_labels, Image=good, ProjectVersionArn=arn)
def other(**given):
    return boto3.client("rekognition", **given).detect_labels
told["secret"] = code(other(aws_secret_access_key="x" * 40,
                            aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"]), Image=good)
told["key"] = code(other(aws_secret_access_key="x" * 40, aws_access_key_id="AKIDNOBODY"),
                   Image=good)
told["viewer"] = code(other(aws_access_key_id=os.environ["VIEWER"],
                            aws_secret_access_key=os.environ["VIEWER_SECRET"]), Image=good)
told["typed"] = [hasattr(client.exceptions, told[name][1]) for name in told]
""",
        **viewer(daemon),
    )
    typed = told.pop("typed")
    wanted = {
        "none": "InvalidImageFormatException",
        "torn": "InvalidImageFormatException",
        "large": "ImageTooLargeException",
        "larger": "ImageTooLargeException",
        "s3": "InvalidS3ObjectException",
        "confidence": "InvalidParameterException",
        "faces": "AccessDeniedException",
        "moderation": "AccessDeniedException",
        "custom": "ResourceNotFoundException",
        "secret": "InvalidSignatureException",
        "key": "UnrecognizedClientException",
        "viewer": "AccessDeniedException",
    }
    assert {name: found[1] for name, found in told.items()} == wanted
    assert all(found[3] == 0 for found in told.values()), told  # no retries
    assert all(len(found[2]) > 10 for found in told.values())
    assert typed == [name not in ("secret", "key") for name in told]  # common to all services


def viewer(daemon: Daemon) -> dict[str, str]:
    made = json.loads(tagd(daemon, "token", "add", "looker", "--aws", "--role", "viewer", "--json"))
    return {"VIEWER": made["token"]["access_key_id"], "VIEWER_SECRET": made["secret"]}


def test_a_clock_that_is_a_day_off(daemon: Daemon, keys: dict[str, str]) -> None:
    told = ran(
        keys,
        """
import botocore.auth, datetime
real = botocore.auth.get_current_datetime
for name, days in (("slow", -1), ("fast", 1)):
    def wrong(days=days, **given):
        return real(**given) + datetime.timedelta(days=days)
    botocore.auth.get_current_datetime = wrong
    told[name] = code(client.detect_labels, Image=picture("coffee.jpg"))
""",
    )
    # A machine whose own clock nothing has set does not judge by it.
    for found in told.values():
        assert found is None or found[1] == "InvalidSignatureException"


def test_the_command_line(keys: dict[str, str]) -> None:
    script = "aws rekognition detect-labels --image-bytes fileb://$SAMPLES/chelsea.jpg"
    endpoint = f" --endpoint-url {keys['AWS_ENDPOINT_URL_REKOGNITION']}"
    done = run_client("awscli", script + endpoint, keys)
    assert done.returncode == 0, done.stderr
    assert "Cat" in {label["Name"] for label in json.loads(done.stdout)["Labels"]}
    done = run_client("awscli", "aws rekognition list-collections" + endpoint, keys)
    assert done.returncode > 0
    assert "AccessDeniedException" in done.stderr
