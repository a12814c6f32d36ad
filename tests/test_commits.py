"""The announcement that something was committed: waited for, or listened to."""

from __future__ import annotations

import time
from collections.abc import Callable

from makers import spawn

from device.commits import Commits


def test_waiting_for_a_commit() -> None:
    commits = Commits(5)
    assert not commits.wait_beyond(5, 0.05)
    assert commits.wait_beyond(4, 0.0)
    spawn(lambda: (time.sleep(0.05), commits.announce(6)))
    assert commits.wait_beyond(5, 2.0)
    heard: list[int] = []
    end: Callable[[], None] = commits.listen(lambda: heard.append(commits.seq))
    commits.announce(7)
    end()
    end()
    commits.announce(8)
    assert heard == [7]
