"""How far it is: a line a step for a person, the time on a terminal, or JSON for a program."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, TextIO

_CLEAR = "\r\x1b[2K"
_SHOWN_FROM = 2.0  # seconds that a step must have taken for them to be told


class Console:
    """Steps on one stream."""

    def __init__(self, stream: TextIO = sys.stdout, *, as_json: bool = False) -> None:
        self._stream = stream
        self._json = as_json
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None
        self._began = 0.0  # monotonic

    def begin(self, number: int, of: int, name: str, plan: str) -> None:
        """A step begins: on a terminal its seconds run."""
        self._began = time.monotonic()
        if self._json or not self._stream.isatty():
            return
        line = f"{_head(number, of, name)}{plan}"[:100]
        self._ended.clear()
        self._ticker = threading.Thread(target=self._tick, args=(line,), name="ticker")
        self._ticker.start()

    def end(self, number: int, of: int, name: str, state: str, said: str) -> None:
        """It ended."""
        took = time.monotonic() - self._began if state in ("done", "failed") else 0.0
        if self._ticker is not None:
            self._ended.set()
            self._ticker.join()
            self._ticker = None
            self._stream.write(_CLEAR)
        if self._json:
            self.say_json({"step": name, "state": state, "said": said, "seconds": round(took, 1)})
            return
        if state == "failed":
            return  # what is told at the end has the reason
        told = {"kept": said or "as it is", "would": f"would {said}"}.get(state, said)
        time_ = f" ({took:.0f} s)" if state == "done" and took >= _SHOWN_FROM else ""
        self._write(f"{_head(number, of, name)}{told}{time_}\n")

    def say(self, text: str) -> None:
        """A line for a person; nothing for a program."""
        if not self._json:
            self._write(f"{text}\n")

    def say_json(self, said: dict[str, Any]) -> None:
        """A line for a program; nothing for a person."""
        if self._json:
            self._write(json.dumps(said, ensure_ascii=False) + "\n")

    def _tick(self, line: str) -> None:
        while True:
            self._write(f"{_CLEAR}{line} ... {time.monotonic() - self._began:.0f} s")
            if self._ended.wait(1.0):
                return

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _head(number: int, of: int, name: str) -> str:
    return f"{number:3}/{of} {name:<9} "
