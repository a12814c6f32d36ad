"""The arithmetic after the models: by hand where that is possible, by law where it is not."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from device.inference import decode
from device.inference.decode import AnchorSpec

SSD = AnchorSpec(
    maps=(19, 10, 5, 3, 2, 1),
    first=((0.1, 1.0), (0.2, 2.0), (0.2, 0.5)),
    scales=(0.2, 0.95),
    ratios=(1.0, 2.0, 0.5, 3.0, 0.3333),
)
CODER = (10.0, 10.0, 5.0, 5.0)

patient = settings(deadline=None)  # pytest's own time limit is enough, also on a busy machine
unit = st.floats(0.0, 1.0, width=32)
boxes = hnp.arrays(np.float32, st.tuples(st.integers(0, 25), st.just(4)), elements=unit)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (x, y, width, height), in plain arithmetic."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = a[2] * a[3] + b[2] * b[3] - shared
    return float(shared / union) if union > 0 else 0.0


class TestQuantisation:
    def test_int8_by_hand(self) -> None:
        values = np.array([-128, -1, 0, 127], np.int8)
        real = decode.dequantise(values, 0.5, -1)
        assert real.dtype == np.float32
        assert real.tolist() == [-63.5, 0.0, 0.5, 64.0]

    def test_the_subtraction_does_not_wrap(self) -> None:
        lowest = np.array([np.iinfo(np.int32).min], np.int32)
        assert decode.dequantise(lowest, 1.0, 127).item() == pytest.approx(-(2.0**31) - 127)
        assert decode.dequantise(np.array([0], np.uint8), 1.0, 255).item() == -255.0

    def test_a_scale_of_zero_marks_a_float_tensor_and_copies_it(self) -> None:
        values = np.array([1.5, -2.0], np.float32)
        real = decode.dequantise(values, 0.0, 0)
        real[0] = 9.0
        assert values[0] == 1.5
        assert decode.quantise(values, 0.0, 0, np.float32).tolist() == [1.5, -2.0]

    def test_quantise_rounds_and_stays_inside(self) -> None:
        values = np.array([-1e9, -0.9921875, 0.004, 1.0, 1e9, np.nan], np.float32)
        steps = decode.quantise(values, 1 / 128, -1, np.int8)
        assert steps.dtype == np.int8
        assert steps.tolist() == [-128, -128, 0, 127, 127, -1]

    @patient
    @given(
        hnp.arrays(np.int8, st.integers(0, 50)),
        st.floats(2.0**-20, 1024.0, width=32),
        st.integers(-128, 127),
    )
    def test_quantise_undoes_dequantise(self, values: np.ndarray, scale: float, zero: int) -> None:
        real = decode.dequantise(values, scale, zero)
        assert np.array_equal(decode.quantise(real, scale, zero, np.int8), values)


class TestScores:
    def test_softmax(self) -> None:
        assert decode.softmax(np.array([0.0, np.log(3.0)])).tolist() == pytest.approx([0.25, 0.75])
        assert decode.softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]
        assert decode.softmax(np.array([], np.float32)).size == 0
        assert np.isnan(decode.softmax(np.array([np.inf, 0.0]))).any()  # and raises no warning

    def test_sharpen_is_the_softmax_of_divided_logits(self) -> None:
        logits = np.array([1.0, 3.0, 0.5, -40.0])
        sharper = decode.sharpen(decode.softmax(logits), 0.5)
        assert sharper.tolist() == pytest.approx(decode.softmax(logits / 0.5).tolist(), abs=1e-6)
        assert decode.sharpen(sharper, 1.0) is sharper
        assert decode.sharpen(np.zeros(3, np.float32), 0.8).tolist() == [0.0, 0.0, 0.0]

    def test_sigmoid(self) -> None:
        values = decode.sigmoid(np.array([-1e9, 0.0, np.log(3.0), 1e9, np.nan]))
        assert values[:4].tolist() == pytest.approx([0.0, 0.5, 0.75, 1.0])
        assert np.isnan(values[4])

    def test_top_k_by_hand(self) -> None:
        scores = np.array([0.1, 0.7, np.nan, 0.7, 0.2, 0.9], np.float32)
        assert [i for i, _ in decode.top_k(scores, 3, 0.0)] == [5, 1, 3]
        assert [i for i, _ in decode.top_k(scores, 2, 0.0)] == [5, 1]
        assert [i for i, _ in decode.top_k(scores, 9, 0.2)] == [5, 1, 3, 4]
        assert decode.top_k(scores, 3, 0.95) == []
        assert decode.top_k(scores, 0, 0.0) == []
        assert decode.top_k(scores[:0], 3, 0.0) == []

    @patient
    @given(
        hnp.arrays(np.float32, st.integers(0, 60), elements=st.sampled_from(np.linspace(0, 1, 9))),
        st.integers(1, 70),
        unit,
    )
    def test_top_k_is_a_full_sort(self, scores: np.ndarray, k: int, floor: float) -> None:
        ranked = sorted((-float(s), i) for i, s in enumerate(scores) if s >= floor)
        assert decode.top_k(scores, k, floor) == [(i, -s) for s, i in ranked[:k]]


class TestAnchors:
    def test_the_1917_of_the_ssd(self) -> None:
        anchors = decode.ssd_anchors(SSD)
        assert anchors.shape == (1917, 4)
        assert anchors.dtype == np.float32
        half = 0.5 / 19
        assert anchors[0] == pytest.approx([half, half, 0.1, 0.1])
        assert anchors[1] == pytest.approx([half, half, 0.2 / 2**0.5, 0.2 * 2**0.5])  # wide
        assert anchors[3] == pytest.approx([half, 3 * half, 0.1, 0.1])  # x moves first
        second = 19 * 19 * 3
        assert anchors[second] == pytest.approx([0.05, 0.05, 0.35, 0.35])
        assert anchors[second + 5] == pytest.approx([0.05, 0.05, *[(0.35 * 0.5) ** 0.5] * 2])
        assert anchors[-1] == pytest.approx([0.5, 0.5, 0.95**0.5, 0.95**0.5])

    def test_boxes_by_hand(self) -> None:
        anchors = np.array([[0.5, 0.4, 0.2, 0.1]] * 3, np.float32)
        encodings = np.zeros((3, 4), np.float32)
        encodings[1] = [5.0, -5.0, 5 * np.log(2.0), 5 * np.log(3.0)]
        encodings[2] = [0.0, 0.0, 1e6, 1e6]
        found = decode.ssd_boxes(encodings, anchors, CODER)
        assert found[0] == pytest.approx([0.35, 0.4, 0.1, 0.2])
        assert found[1] == pytest.approx([0.2, 0.4, 0.3, 0.4])
        assert found[2] == pytest.approx([0.0, 0.0, 1.0, 1.0])
        assert decode.ssd_boxes(encodings[:0], anchors[:0], CODER).shape == (0, 4)

    @patient
    @given(hnp.arrays(np.float32, (7, 4), elements=st.floats(-1e4, 1e4, width=32)))
    def test_boxes_stay_in_the_picture(self, encodings: np.ndarray) -> None:
        found = decode.ssd_boxes(encodings, decode.ssd_anchors(SSD)[:7], CODER)
        assert (found >= 0).all()
        assert (found[:, :2] + found[:, 2:] <= 1 + 1e-6).all()


class TestNms:
    def test_by_hand(self) -> None:
        three = np.array([[0, 0, 0.4, 0.4], [0.1, 0, 0.4, 0.4], [0.5, 0.5, 0.4, 0.4]])
        assert overlap(three[0], three[1]) == pytest.approx(0.6)
        assert decode.nms(three, np.array([0.5, 0.9, 0.7]), 0.5).tolist() == [1, 2]
        assert decode.nms(three, np.array([0.5, 0.9, 0.7]), 0.7).tolist() == [1, 2, 0]
        assert decode.nms(three[:0], np.array([]), 0.5).tolist() == []

    @patient
    @given(boxes, st.data(), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
    def test_kept_and_dropped(self, some: np.ndarray, data: st.DataObject, iou: float) -> None:
        grid = st.sampled_from([0.1, 0.2, 0.5, 0.9])
        scores = data.draw(hnp.arrays(np.float32, len(some), elements=grid))
        some = some.astype(np.float64)  # areas of subnormal boxes vanish in float32
        kept = decode.nms(some, scores, iou).tolist()
        assert kept == sorted(kept, key=lambda i: (-scores[i], i))
        near = 1e-6
        for n, i in enumerate(kept):
            assert all(overlap(some[i], some[j]) <= iou + near for j in kept[:n])
        for i in set(range(len(some))) - set(kept):
            better = [j for j in kept if (-scores[j], j) < (-scores[i], i)]
            assert any(overlap(some[i], some[j]) > iou - near for j in better)


class TestDetections:
    anchors = decode.ssd_anchors(SSD)

    def detect(self, logits: np.ndarray, encodings: np.ndarray | None = None, floor: float = 0.3):
        if encodings is None:
            encodings = np.zeros((1917, 4), np.float32)
        return decode.ssd_detections(
            encodings, logits, self.anchors, coder=CODER, floor=floor, iou=0.5
        )

    def logits(self, **cells: float) -> np.ndarray:
        """All but impossible, but for `row_class=logit`."""
        values = np.full((1917, 24), -9.0, np.float32)
        for cell, logit in cells.items():
            row, label = cell.strip("a").split("_")
            values[int(row), int(label)] = logit
        return values

    def test_one_thing_is_named_once(self) -> None:
        # Anchors 1083 and 1084 share a centre and overlap; 1916 is the whole picture.
        found = self.detect(self.logits(a1083_8=2.0, a1916_4=0.0, a1916_8=-0.5))
        assert [(label, round(score, 3)) for label, score, _ in found] == [
            (8, 0.881),
            (4, 0.5),
            (8, 0.378),
        ]
        assert found[1][2] == pytest.approx((0.5 - 0.95**0.5 / 2,) * 2 + (0.95**0.5,) * 2)

    def test_classes_do_not_hide_each_other(self) -> None:
        found = self.detect(self.logits(a1916_4=1.0, a1916_20=2.0))
        assert [label for label, _, _ in found] == [20, 4]

    def test_overlapping_boxes_of_a_class_become_one(self) -> None:
        encodings = np.zeros((1917, 4), np.float32)
        encodings[1911] = [0.1, 0.0, 0.0, 0.0]  # square anchor of the last map, a little moved
        found = self.detect(self.logits(a1911_4=1.0, a1916_4=2.0), encodings)
        assert [round(score, 3) for _, score, _ in found] == [0.881]

    def test_background_and_nan_are_nothing(self) -> None:
        logits = self.logits(a5_0=9.0, a7_3=np.nan, a9_4=3.0, a11_4=3.0)
        encodings = np.zeros((1917, 4), np.float32)
        encodings[9] = np.nan
        encodings[11, 0] = np.inf
        assert self.detect(logits, encodings) == []
        assert self.detect(logits, encodings, floor=0.0)  # and the floor of 0 shows the rest
        assert all(label for label, _, _ in self.detect(logits, floor=0.0))

    def test_the_floor(self) -> None:
        logits = self.logits(a0_1=0.0)  # exactly 0.5
        assert len(self.detect(logits, floor=0.5)) == 1
        assert self.detect(logits, floor=0.51) == []
        assert self.detect(logits, floor=1.0) == []

    def test_empty(self) -> None:
        none = np.zeros((0, 4), np.float32)
        logits = np.zeros((0, 24), np.float32)
        assert decode.ssd_detections(none, logits, none, coder=CODER, floor=0.3, iou=0.5) == []

    def test_it_is_cheap(self) -> None:
        rng = np.random.default_rng(5)
        logits = rng.normal(-5.0, 1.0, (1917, 24)).astype(np.float32)
        logits[rng.integers(0, 1917, 40), rng.integers(1, 24, 40)] = 1.0
        encodings = rng.normal(0.0, 1.0, (1917, 4)).astype(np.float32)
        times = []
        for _ in range(20):
            start = time.perf_counter()
            self.detect(logits, encodings)
            times.append(time.perf_counter() - start)
        assert min(times) < 0.003  # about 0.2 ms; the margin is for slow and busy machines
