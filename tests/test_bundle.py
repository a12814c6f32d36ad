"""A bundle is believed only as it was made, by who may make it; anything else leaves nothing."""

from __future__ import annotations

import io
import json
import random
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_bundles import bundle
from tiny_bundles import entry as made_entry

from device.appliance import archive, signature
from device.appliance import bundle as command
from device.appliance.steps import ApplianceError

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="apt install openssl")

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys of a maker and of a stranger."""
    folder = tmp_path_factory.mktemp("keys")
    signature.keygen(folder / "maker.pem")
    signature.keygen(folder / "stranger.pem")
    return folder


@pytest.fixture(scope="module")
def good(place: Path) -> Path:
    return bundle(place, "0.2.0", place / "maker.pem")


@pytest.fixture
def keys(place: Path) -> list[Path]:
    return [place / "stranger.pub.pem", place / "maker.pub.pem"]


def members(path: Path) -> Members:
    with tarfile.open(path) as tar:
        return [(m, file.read() if (file := tar.extractfile(m)) else b"") for m in tar]


def rebuilt(path: Path, found: Members) -> Path:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for info, data in found:
            if info.isreg():
                info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def refused(path: Path, keys: list[Path] | None, about: str) -> None:
    """By who only looks and by who unpacks; nothing is left behind."""
    target = path.parent / "unpacked"
    with pytest.raises(ApplianceError, match=about):
        archive.verify(path, keys)
    with pytest.raises(ApplianceError, match=about):
        archive.unpack(path, target, keys)
    assert not target.exists()


def test_what_was_made_is_unpacked(good: Path, keys: list[Path], tmp_path: Path) -> None:
    read: list[int] = []
    found = archive.unpack(good, tmp_path / "to", keys, read.append)
    assert sum(read) == found.bytes
    files = {p.relative_to(tmp_path / "to").as_posix() for p in (tmp_path / "to").rglob("*.*")}
    assert files >= set(found.files)
    assert (tmp_path / "to/install.sh").stat().st_mode & 0o111
    assert archive.verify(good, keys) == found
    with pytest.raises(ApplianceError, match="there already"):
        archive.unpack(good, tmp_path / "to", keys)


def test_the_same_is_made_again(good: Path, place: Path, keys: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "to"
    found = archive.unpack(good, folder, keys)
    again = tmp_path / "again.tar"
    archive.write(
        again, found, archive.peek(good)[1], {name: folder / name for name in found.files}
    )
    assert again.read_bytes() == good.read_bytes()


def test_only_who_is_trusted_may_sign(good: Path, place: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "other.tar"
    shutil.copyfile(good, stranger)
    refused(stranger, [place / "stranger.pub.pem"], r"none of the trusted keys, stranger\.pub\.pem")
    refused(stranger, [], "no key is trusted here")
    unsigned = bundle(tmp_path, "0.2.0", None)
    refused(unsigned, [place / "maker.pub.pem"], "is not signed")
    assert archive.verify(unsigned, None).version == "0.2.0"


def test_every_changed_byte_is_noticed(good: Path, keys: list[Path], tmp_path: Path) -> None:
    """In files, manifest and signature; headers have a check sum of their own."""
    whole = good.read_bytes()
    chance = random.Random(7)
    noticed = 0
    for _ in range(60):
        at = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[at] ^= 1 << chance.randrange(8)
        path = tmp_path / "changed.tar"
        path.write_bytes(changed)
        try:
            found = archive.unpack(path, tmp_path / "to", keys)
        except ApplianceError:
            noticed += 1
            assert not (tmp_path / "to").exists()
            continue
        for name, entry in found.files.items():  # it was a byte that nobody reads, a mode say
            data = (tmp_path / "to" / name).read_bytes()
            assert entry == made_entry(data)
        shutil.rmtree(tmp_path / "to")
    assert noticed > 20


@pytest.mark.parametrize("part", [0, 1, 511, 512, 2000, 0.3, 0.7, 0.99])
def test_cut_off(good: Path, keys: list[Path], tmp_path: Path, part: float) -> None:
    whole = good.read_bytes().rstrip(b"\0")
    path = tmp_path / "cut.tar"
    path.write_bytes(whole[: int(part if part >= 1 else part * len(whole))])
    refused(path, keys, "ends too soon|no bundle of tagd")


def _added(name: str, data: bytes = b"x", **how: object) -> Callable[[Members], None]:
    def change(found: Members) -> None:
        info = tarfile.TarInfo(name)
        for key, value in how.items():
            setattr(info, key, value)
        found.append((info, data if info.isreg() else b""))

    return change


@pytest.mark.parametrize(
    ("change", "about"),
    [
        (_added("extra.txt"), "its manifest does not name it"),
        (_added("/etc/cron.d/x"), "does not name it"),
        (_added("../../etc/x"), "does not name it"),
        (_added("link", type=tarfile.SYMTYPE, linkname="/etc"), "no plain file"),
        (_added("hard", type=tarfile.LNKTYPE, linkname="install.sh"), "no plain file"),
        (_added("folder", type=tarfile.DIRTYPE), "no plain file"),
        (_added("null", type=tarfile.CHRTYPE), "no plain file"),
        (_added("pipe", type=tarfile.FIFOTYPE), "no plain file"),
        (lambda found: found.append(found[-1]), "holds it twice"),
        (lambda found: found.pop(), "is not in it"),
        (lambda found: found.__setitem__(-1, (found[-1][0], b"short")), "another size"),
        (lambda found: found.insert(0, found.pop()), "does not begin with a manifest"),
        (lambda found: found.insert(2, found[0]), "does not name it"),
        (lambda found: found.insert(2, found[1]), "does not name it"),
    ],
)
def test_another_archive(
    good: Path, keys: list[Path], tmp_path: Path, change: Callable[[Members], object], about: str
) -> None:
    found = members(good)
    change(found)
    refused(rebuilt(tmp_path / "other.tar", found), keys, about)


def test_what_follows_its_end(good: Path, keys: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "more.tar"
    path.write_bytes(good.read_bytes() + b"more")
    refused(path, keys, "something follows its end")
    path.write_bytes(good.read_bytes() + bytes(10**6))
    refused(path, keys, "something follows its end")


@pytest.mark.parametrize("way", ["w:gz", "w:xz"])
def test_a_packed_one_is_none(good: Path, keys: list[Path], tmp_path: Path, way: str) -> None:
    path = tmp_path / "packed.tar"
    with tarfile.open(path, way) as tar:  # type: ignore[call-overload]
        for info, data in members(good):
            tar.addfile(info, io.BytesIO(data))
    refused(path, keys, "no bundle of tagd|ends too soon")


def test_a_header_that_promises_too_much(keys: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "huge.tar"
    info = tarfile.TarInfo("tagd-0.2.0-x86_64/manifest.json")
    for size, about in ((2**33 - 1, "no plain file"), (10**8, "has 100000000 bytes")):
        info.size = size
        path.write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))
        refused(path, keys, about)


def test_keys(place: Path, tmp_path: Path) -> None:
    assert (place / "maker.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(ApplianceError, match="never overwritten"):
        signature.keygen(place / "maker.pem")
    with pytest.raises(ApplianceError, match="no public Ed25519 key"):
        signature.public_key(place / "maker.pem")
    with pytest.raises(ApplianceError, match="cannot sign"):
        signature.sign(b"x", place / "maker.pub.pem")
    with pytest.raises(ApplianceError, match="No such file"):
        signature.public_key(tmp_path / "none.pem")


def test_the_command(
    good: Path, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / good.name
    shutil.copyfile(good, path)
    assert command.main(["sign", str(path), "--key", str(place / "stranger.pem"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["signed"] is True
    key = ["--key", str(place / "maker.pub.pem")]
    assert command.main(["verify", str(path), *key]) == 1
    assert "do not install it" in capsys.readouterr().err
    assert command.main(["verify", str(path), "--key", str(place / "stranger.pub.pem")]) == 0
    assert "0.2.0" in capsys.readouterr().out
    assert command.main(["verify", str(tmp_path / "none.tar"), "--unsigned"]) == 1
    assert command.main(["make", "--for", "pi"]) == 1
    assert "--unsigned" in capsys.readouterr().err
    assert command.main(["keygen", str(tmp_path / "none/maker.pem")]) == 1
    assert capsys.readouterr().err.endswith("none/maker.pem: No such file or directory\n")
