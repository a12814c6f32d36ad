"""The watchdog is fed while all that matters is well, and only then: every thread is hung once."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from makers import frame, jpeg
from systemd_rig import Heard

from device import pipeline
from device.app import App
from device.config import Config, Source
from device.errors import SinkError
from device.web import server

SOON = 3.0  # seconds; those of a real appliance are minutes


class Hang:
    """Something that never comes back, until the test is over."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.over = threading.Event()

    def wait(self) -> None:
        self.begun.set()
        self.over.wait(60)

    def __call__(self, *_: Any, **__: Any) -> Any:
        self.wait()
        raise SinkError("it came back")


@pytest.fixture
def hang() -> Iterator[Hang]:
    made = Hang()
    yield made
    made.over.set()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    heard = Heard(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(heard.path))
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    yield heard
    heard.close()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hang: Hang) -> Iterator[App]:
    for module, name in ((pipeline, "_SILENT_INFER"), (pipeline, "_SILENT_WRITE")):
        monkeypatch.setattr(module, name, SOON)
    monkeypatch.setattr(server, "_SILENT", SOON)
    made = App(
        Config(
            data_dir=tmp_path / "data",
            sources=[Source(name="gate", url="fake:?count=0")],
            taggers={"colours": {"model": "fake"}},
            json_lines={"path": tmp_path / "events.jsonl"},
            web={"listen": "127.0.0.1:0"},
        )
    )
    yield made
    hang.over.set()
    made.close()


class Run:
    """`App.run` in a thread of its own, as in the main one of the daemon."""

    def __init__(self, app: App) -> None:
        self.code: int | None = None
        self.stopping = threading.Event()
        self._app = app
        self._thread = threading.Thread(target=self._run)
        app.start()
        self._thread.start()

    def _run(self) -> None:
        self.code = self._app.run(self.stopping)

    def wait(self) -> int | None:
        self._thread.join(40)
        self.stopping.set()
        self._thread.join(10)
        return self.code


def in_infer(app: App, hang: Hang) -> None:
    app.pipeline.infer._looks.tick = hang  # type: ignore[method-assign]


def in_write(app: App, hang: Hang) -> None:
    commit = app.store.commit

    def late(*given: Any) -> Any:
        hang.wait()
        return commit(*given)

    app.store.commit = late  # type: ignore[method-assign]
    app.pipeline.upload(frame(jpeg()))


def in_deliver(app: App, hang: Hang) -> None:
    for sink in app.pipeline.sinks.values():
        sink.send = hang  # type: ignore[method-assign]


def in_web(_: App, hang: Hang) -> None:
    loops = [one for one in gc.get_objects() if isinstance(one, asyncio.SelectorEventLoop)]
    [running] = [one for one in loops if one.is_running()]
    running.call_soon_threadsafe(hang.wait)


@pytest.mark.parametrize(
    ("inject", "name"),
    [(in_infer, "infer"), (in_write, "write"), (in_deliver, "deliver-json_lines"), (in_web, "web")],
    ids=["infer", "write", "deliver", "web"],
)
def test_a_hung_thread_ends_the_run_and_the_watchdog_is_fed_no_more(
    app: App,
    hang: Hang,
    systemd: Heard,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    inject: Callable[[App, Hang], None],
    name: str,
) -> None:
    run = Run(app)
    assert systemd.beats_on()
    inject(app, hang)
    assert hang.begun.wait(20)
    assert run.wait() == 1
    assert f"the {name} thread has been silent for" in caplog.text
    fed = systemd.count("WATCHDOG=1")
    assert not systemd.beats_on(1, 1.0), f"{fed} beats, and one more"
    assert "in wait\n" in capfd.readouterr().err  # each thread says where it is


@pytest.mark.parametrize("where", ["__iter__", "close"])
def test_a_hung_camera_stops_no_beat(app: App, hang: Hang, systemd: Heard, where: str) -> None:
    captured = app.pipeline.captures["gate"]

    class Camera:
        name, live, stream = "gate", True, True
        __iter__ = hang if where == "__iter__" else lambda _: iter(())
        close = hang if where == "close" else lambda _: None

    captured._made, captured._make = None, Camera  # type: ignore[assignment]
    run = Run(app)
    if where == "close":
        assert hang.begun.wait(20)
    assert systemd.beats_on(30)
    run.stopping.set()
    assert run.wait() == 0


def test_a_broker_that_refuses_stops_no_beat(app: App, systemd: Heard) -> None:
    def refuse(*_: Any) -> None:
        raise SinkError("no broker there")

    for sink in app.pipeline.sinks.values():
        sink.send = refuse  # type: ignore[method-assign]
    run = Run(app)
    app.pipeline.upload(frame(jpeg())).result(20)
    assert systemd.beats_on(30)
    run.stopping.set()
    assert run.wait() == 0


def test_models_may_take_long_to_load(
    app: App, hang: Hang, systemd: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_SILENT_INFER", 0.1)
    app.pipeline.infer._make_tagging = hang
    run = Run(app)
    assert hang.begun.wait(20)
    assert systemd.beats_on(10)
    run.stopping.set()
    assert run.wait() == 0
