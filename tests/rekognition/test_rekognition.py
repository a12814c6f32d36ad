"""AWS Rekognition's API, spoken byte by byte: signatures, labels, every error in AWS's shape."""

from __future__ import annotations

import json

import pytest
from aws_rig import Rekognition, Signer, serving
from web_helpers import Site, png

from device import search_query

RED = png(200)  # one colour: a label


def count(site: Site) -> int:
    return int(site.reader.totals()["pictures"])


def test_a_picture_is_tagged_and_nothing_stored(site: Site, aws: Rekognition) -> None:
    before = count(site)
    for _ in range(2):
        told = aws.labels(RED)
        [label] = told["Labels"]
        assert label["Name"] == "Red"
        assert 55 <= label["Confidence"] <= 100
        assert label["Categories"] == [{"Name": "Red"}]
        assert label["Instances"] == label["Parents"] == label["Aliases"] == []
        assert told["LabelModelVersion"] == "fake"
        assert told["OrientationCorrection"] is None
        assert "ImageProperties" not in told
    assert count(site) == before


def test_colours_and_quality_come_when_asked_for(aws: Rekognition) -> None:
    colours = {"ImageProperties": {"MaxDominantColors": 1}}
    told = aws.labels(RED, Features=["IMAGE_PROPERTIES"], Settings=colours)
    assert "Labels" not in told
    whole = told["ImageProperties"]
    assert set(whole) == {"Quality", "DominantColors", "Foreground", "Background"}
    assert set(whole["Quality"]) == {"Brightness", "Sharpness", "Contrast"}
    [colour] = whole["DominantColors"]
    assert (colour["Red"], colour["Green"], colour["Blue"]) == (200, 0, 0)
    assert colour["HexCode"] == "#c80000"
    assert colour["PixelPercent"] == pytest.approx(100)
    both = aws.labels(RED, Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"])
    assert both["Labels"]
    assert both["ImageProperties"]


def test_how_much_is_wanted(aws: Rekognition) -> None:
    sure = aws.labels(RED)["Labels"][0]["Confidence"]
    assert aws.labels(RED, MinConfidence=sure)["Labels"]
    assert aws.labels(RED, MinConfidence=min(100.0, sure + 0.01))["Labels"] == []
    assert aws.labels(RED, MaxLabels=0)["Labels"] == []
    assert aws.labels(RED, MaxLabels=2**31 - 1, Something={"new": 1})["Labels"]
    for key in ("LabelInclusionFilters", "LabelCategoryInclusionFilters"):
        assert aws.labels(RED, Settings={"GeneralLabels": {key: ["RED"]}})["Labels"]
        assert not aws.labels(RED, Settings={"GeneralLabels": {key: ["Dog"]}})["Labels"]
    for key in ("LabelExclusionFilters", "LabelCategoryExclusionFilters"):
        assert not aws.labels(RED, Settings={"GeneralLabels": {key: ["red"]}})["Labels"]


def test_what_is_stored_once_when_the_config_says_so(site: Site, signed: Signer) -> None:
    picture = png(77)
    with serving(site, store=True) as url, Rekognition(url, signed) as aws:
        before = count(site)
        first = aws.labels(picture)
        again = aws.labels(picture)  # as a client does that heard no answer
        assert first == again
        assert count(site) == before + 1
    found = site.reader.page(search_query.parse("source:rekognition")).pictures
    assert json.loads(found[0])["source"] == "rekognition"
