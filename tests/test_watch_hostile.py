"""A camera that sends anything, at any time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_watch import SCENE, looks, walker
from watch_rig import frame, watch


@pytest.mark.parametrize("private", [(), [[(0, 0), (0.5, 0), (0.5, 1), (0, 1)]]])
def test_any_size_is_watched_also_one_that_changes_with_each_frame(private: object) -> None:
    one = watch(look_every=0, privacy=private)
    sizes = [(1, 1), (2, 2), (1, 50), (50, 1), (9000, 2), (2, 9000), (700, 3), (161, 91)]
    rng = np.random.default_rng(7)
    for number, (width, height) in enumerate([*sorted(sizes * 3), *sizes * 2]):
        shot = frame(rng.integers(0, 255, (height, width)), number)
        one.consider(shot)
        one.consider(replace(shot, moment=number + 0.5, data=np.array(shot.data.pixels())))  # type: ignore[union-attr]
    assert one.status()["frames"] == 80
    assert one.status()["unreadable"] == 0


@pytest.mark.parametrize("moment", [1e9, -3.0, float("inf"), float("nan")])
def test_no_moment_stops_the_watching(moment: float) -> None:
    one = watch(look_every=0)
    looks(one, walker, 5, 12)
    one.consider(frame(SCENE, moment))
    assert looks(one, walker, 5, 30)
