"""Fixtures for all tests: a store on a real file, and proof that nothing is left running."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from daemon_rig import Daemon
from folder_rig import MemoryLedger
from pipeline_rig import Build
from places import SHARED
from xdist.scheduler import LoadScopeScheduling

from device import redact
from device.broker import PrivateBroker
from device.store.reader import Reader
from device.store.writer import Store

if TYPE_CHECKING:
    from web_helpers import Site

    from device.web.services import Services

TOGETHER = {
    *("test_docs_api.py", "test_guard.py", "test_install.py", "test_picamera_real.py"),
    *("test_search_reference.py", "test_sight.py", "test_web_description.py", "test_web_many.py"),
    *("test_visits_film.py", "test_web_pictures.py", "test_web_shield.py", "test_web_sources.py"),
    *("test_doctor_bundle.py", "test_web_upload.py"),
}
"""Files whose tests share something that takes long to make, as those in folders of their own do.

A file of these runs in one process, else each process would make it anew.
"""


class Together(LoadScopeScheduling):
    """Which tests one process runs one after the other.

    Not xdist's own groups: it writes them into the ids of tests, where pytest 9.2 ignores them.
    """

    def _split_scope(self, nodeid: str) -> str:
        name = nodeid.partition("::")[0]
        folder, _, file = name.rpartition("/")
        kept = folder != "tests" or file in TOGETHER
        return name if kept else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Asked by xdist."""
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests run only when they are asked for; those for absent data say so."""
    chosen = config.getoption("-m") or ""
    for item in items:
        if "slow" in item.keywords and "slow" not in chosen:
            item.add_marker(pytest.mark.skip(reason="slow: run ./install.sh test --slow"))
        if "shared" in item.keywords and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason="the shared photos are not here"))


@pytest.fixture(autouse=True)
def _no_thread_survives() -> Iterator[None]:
    """Whatever a test starts, it stops."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and not _is_pool(t)]
    for thread in left:
        thread.join(2.0)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left running: {alive}"


@pytest.fixture(autouse=True)
def _no_daemon_survives() -> Iterator[None]:
    """A test that failed half-way leaves no process to those that follow."""
    before = set(Daemon.running_now)
    yield
    for daemon in Daemon.running_now - before:
        daemon.kill()


@pytest.fixture(autouse=True)
def _no_secret_survives() -> Iterator[None]:
    """What one test hides, the next may well show."""
    before = set(redact._secrets)
    yield
    redact._secrets.clear()
    redact._secrets.update(before)


def _is_pool(thread: threading.Thread) -> bool:
    """Worker pools of libraries, which live as long as the process."""
    return thread.name.startswith(("AnyIO", "asyncio_", "ThreadPoolExecutor"))


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film as a camera's substream sends it: 640 x 360, 15 a second, a keyframe a second."""
    from films import numbered, render  # PyAV is an extra

    path = tmp_path_factory.mktemp("films") / "street.mp4"
    return render(path, 640, 360, 15, 20, numbered(640, 360), gop=15)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on a real file: an in-memory one would hide locking."""
    opened = Store(tmp_path / "data", "test")
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store, tmp_path: Path) -> Iterator[Reader]:
    """A reader of the same store."""
    opened = Reader(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An appliance with a page and uploads, without sources."""
    from web_helpers import running  # FastAPI is slow to import, and few tests need it

    with running(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def services(site: Site) -> Services:
    """Those of a running site, for one more server."""
    from device.control import Control
    from device.web.services import Services

    return Services(
        reader=site.reader,
        commits=site.pipeline.commits,
        control=Control(site.pipeline),
        sources=list,
        health=dict,
        storage_problem=lambda: None,
        max_upload=1000,
        taggers=("fake",),
        lexicon=site.lexicon,
        hosts=frozenset({"localhost"}),
        system=site.system,
        access=site.access,
        trust_loopback=True,
        settings=site.settings,
        chores=site.chores,
    )


@pytest.fixture
def build(store: Store, reader: Reader) -> Build:
    """Makes pipelines on that store."""
    return Build(store, reader)


@pytest.fixture
def ledger() -> MemoryLedger:
    """Of files that were settled before."""
    return MemoryLedger()


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter, which pytest's own are not."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    """Debian's mosquitto on a port of its own."""
    with PrivateBroker(tmp_path) as running:
        yield running


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)
