"""What outputs mean: every head on arrays made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from device.inference import decode
from device.inference.heads import Finder, Found, ListedHead, Scores, ScoresHead, YoloHead, finder

BOX = pytest.approx


def find(find: Finder, *outputs: list[object] | np.ndarray, floor: float = 0.3) -> list[Found]:
    return find([np.asarray(one, np.float32) for one in outputs], floor, 10)


class TestScores:
    @pytest.mark.parametrize(
        ("head", "values", "best"),
        [
            ("softmax", [0.1, 0.7, 0.2], [(1, 0.7)]),
            ("logits", [0.0, np.log(6.0), np.log(3.0)], [(1, 0.6), (2, 0.3)]),
            ("sigmoid", [0.9, 0.1, 0.8], [(0, 0.9), (2, 0.8)]),
            ("sigmoid-logits", [np.log(9.0), -9.0, 0.0], [(0, 0.9), (2, 0.5)]),
        ],
    )
    def test_by_hand(self, head: Scores, values: list[float], best: list[object]) -> None:
        found = find(finder(ScoresHead(head)), values, floor=0.29)
        assert [(i, pytest.approx(s, abs=1e-6)) for i, s, _ in found] == best
        assert all(box is None for _, _, box in found)

    def test_one_output_of_several_in_any_shape(self) -> None:
        found = find(finder(ScoresHead("softmax", output=1)), [[9.0]], [[[0.2, 0.8]]])
        assert [i for i, _, _ in found] == [1]

    def test_no_more_than_asked_for(self) -> None:
        values = np.full(50, 0.5, np.float32)
        assert len(finder(ScoresHead("sigmoid"))([values], 0.1, 7)) == 7


class TestListed:
    HEAD = ListedHead(boxes=2, classes=1, scores=3, count=0, first=0)
    CORNERS = ([0.1, 0.2, 0.5, 0.8], [-0.5, -0.5, 2.0, 2.0], [0, 0, 1, 1], [0.2, 0.2, 0.2, 0.9])

    def found(self, head: ListedHead = HEAD, count: float = 4.0, **changes: object) -> list[Found]:
        classes = changes.get("classes", [3.0, 0.0, 1.0, 2.0])
        scores = changes.get("scores", [0.5, 0.9, 0.2, 0.8])
        return find(finder(head), count, classes, [*self.CORNERS], scores)

    def test_outputs_in_any_order_boxes_clipped_best_first(self) -> None:
        assert self.found() == [
            (0, BOX(0.9), BOX((0, 0, 1, 1))),
            (3, BOX(0.5), BOX((0.2, 0.1, 0.6, 0.4))),
        ], "the third is below the floor, the fourth has no height"

    def test_only_as_many_as_it_counts(self) -> None:
        assert [i for i, _, _ in self.found(count=1.0)] == [3]
        assert self.found(count=0.0) == []
        assert self.found(count=float("nan")) == []
        assert len(self.found(count=1e9)) == 2
        assert self.found(count=-3.0) == []

    def test_labels_that_begin_with_the_background(self) -> None:
        assert [i for i, _, _ in self.found(ListedHead(2, 1, 3, 0, first=1))] == [1, 4]

    def test_what_is_no_number_is_dropped(self) -> None:
        assert self.found(classes=[np.nan, -1.0, np.inf, 0.0]) == []
        assert self.found(scores=[np.nan] * 4) == []


class TestYolo:
    ROWS = np.array(
        [
            [0.5, 0.5, 0.4, 0.2, 0.9, 0.1],
            [0.51, 0.5, 0.4, 0.2, 0.8, 0.7],
            [0.0, 0.0, 0.2, 0.2, 0.1, 0.6],
            [0.5, 0.5, 0.0, 0.2, 0.9, 0.9],
            [np.nan, 0.5, 0.2, 0.2, 0.9, 0.9],
        ],
        np.float32,
    )

    @pytest.mark.parametrize("layout", ["channels-first", "boxes-first"])
    @pytest.mark.parametrize("unit", [(1.0, 1.0), (640.0, 320.0)])
    def test_by_hand(self, layout: str, unit: tuple[float, float]) -> None:
        rows = self.ROWS.copy()
        rows[:, :4] *= [*unit, *unit]
        head = YoloHead(0, layout, unit, 0.5)  # type: ignore[arg-type]
        found = find(finder(head), rows.T if layout == "channels-first" else rows)
        assert found == [
            (0, BOX(0.9), BOX((0.3, 0.4, 0.4, 0.2))),
            (1, BOX(0.7), BOX((0.31, 0.4, 0.4, 0.2))),  # another class is another thing
            (1, BOX(0.6), BOX((0.0, 0.0, 0.1, 0.1))),
        ]

    def test_a_floor_of_zero_says_nothing_of_empty_boxes(self) -> None:
        rows = np.zeros((6, 8400), np.float32)
        rows[:4] = 0.5
        assert find(finder(YoloHead(0, "channels-first", (1, 1), 0.5)), rows, floor=0.0) == []

    @settings(deadline=None)
    @given(hnp.arrays(np.float32, (9, 7), elements=st.floats(-2, 3, width=32)), st.floats(0.05, 1))
    def test_boxes_stay_in_the_picture(self, rows: np.ndarray, floor: float) -> None:
        for label, score, (x, y, width, height) in decode.yolo_detections(
            rows, unit=(1.0, 1.0), floor=floor, iou=0.5
        ):
            assert 0 <= label < 3
            assert score >= np.float32(floor)
            assert 0 <= x <= x + width <= 1 + 1e-6
            assert 0 <= y <= y + height <= 1 + 1e-6
