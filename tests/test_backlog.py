from __future__ import annotations

import math

from device.backlog import Backlog, Looked
from device.recent import Recent
from device.types import FileKey

KEY = FileKey(b"/a", 1, 2, 3, 4)
OTHER = FileKey(b"/a", 1, 2, 5, 6)


def test_looks_count_while_nothing_changes() -> None:
    looked = Looked()
    counts = []
    for key in (KEY, KEY, OTHER, OTHER, OTHER, KEY):
        looked = looked.found(key, 0.0)
        counts.append(looked.count)
    assert counts == [1, 2, 1, 2, 3, 1]


def test_first_come_first_served_and_none_twice() -> None:
    backlog = Backlog()
    for path in (b"/b", b"/a", b"/b"):
        backlog.offer(path)
        backlog.changed(path)
    assert [backlog.take(0.0), backlog.take(0.0)] == [(b"/b", Looked()), (b"/a", Looked())]
    assert backlog.take(0.0) is None


def test_put_off_until_its_time() -> None:
    backlog = Backlog()
    looked = Looked(KEY, 1, 10.0)
    backlog.put_off(b"/a", looked)
    backlog.put_off(b"/b", Looked(KEY, 1, 11.0))
    backlog.offer(b"/a")
    assert backlog.due_at() == 10.0
    assert backlog.take(9.9) is None
    backlog.offer(b"/c")
    assert backlog.due_at() == -math.inf
    assert backlog.take(10.0) == (b"/a", looked)
    assert backlog.take(10.0) == (b"/c", Looked())
    assert backlog.due_at() == 11.0


def test_a_change_does_not_wait_and_its_looks_are_counted_anew() -> None:
    """Else a close right after a scan's look would be two looks without a pause between."""
    backlog = Backlog()
    backlog.put_off(b"/a", Looked(KEY, 2, 10.0))
    backlog.changed(b"/a")
    assert backlog.take(0.0) == (b"/a", Looked())
    assert backlog.due_at() == math.inf


def test_recent_keeps_the_newest() -> None:
    recent: Recent[str, int] = Recent(2)
    for number, name in enumerate(("a", "b", "a", "c")):
        recent.put(name, number)
    assert [recent.get(name) for name in "abc"] == [2, None, 3]
