"""The page over TLS: own files, a self-made certificate, renewal, and what goes wrong."""

from __future__ import annotations

import logging
import stat
import subprocess
from pathlib import Path

import pytest
from tls_rig import digest, make_pair

from device import certificate
from device.config import Web
from device.config_web import Tls
from device.errors import CertificateError
from device.web.tls import TlsKeeper

SELF_SIGNED = Tls.model_validate("self-signed")
NAMES = ["gate", "gate.local", "localhost"]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return make_pair(tmp_path / "own", "first")


def own(pair: tuple[Path, Path]) -> Tls:
    return Tls(certificate=pair[0], key=pair[1])


# -- a certificate of its own


def test_the_self_made_one_is_for_its_owner_only_and_lasts(tmp_path: Path) -> None:
    keeper = TlsKeeper(SELF_SIGNED, tmp_path, [*NAMES, "0.0.0.0", "192.0.2.7", "not a name"])
    file = tmp_path / certificate.FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    made = keeper.certificate
    assert 824 < made.days_left <= 825
    assert set(NAMES) | {"127.0.0.1", "::1", "192.0.2.7"} <= set(made.names)
    assert not {"0.0.0.0", "not a name"} & set(made.names)
    assert made.fingerprint == digest(file)
    assert "PRIVATE" not in made.pem
    text = subprocess.check_output(["openssl", "x509", "-in", file, "-noout", "-text"], text=True)
    for said in ("CA:FALSE", "TLS Web Server Authentication", "prime256v1", "Version: 3"):
        assert said in text


def test_the_same_is_served_after_a_restart(tmp_path: Path) -> None:
    first = TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate
    assert TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate == first
    fewer = TlsKeeper(SELF_SIGNED, tmp_path, ["gate", "198.51.100.9"]).certificate
    assert fewer == first  # addresses come and go: whoever pinned the certificate keeps it
    more = TlsKeeper(SELF_SIGNED, tmp_path, [*NAMES, "porch.example"]).certificate
    assert more.fingerprint != first.fingerprint
    assert "porch.example" in more.names


@pytest.mark.parametrize("harm", ["cut", "empty", "text", "no key"])
def test_a_damaged_one_is_made_anew(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate
    file = tmp_path / certificate.FILE_NAME
    text = file.read_text()
    file.write_text({"cut": text[:400], "empty": "", "text": "x" * 99, "no key": before.pem}[harm])
    assert TlsKeeper(SELF_SIGNED, tmp_path, NAMES).certificate.fingerprint != before.fingerprint
    assert "a new one is made" in caplog.text


def test_it_is_renewed_before_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    short, key = make_pair(tmp_path / "short", "short", 20)
    both = short.read_text() + key.read_text()
    (tmp_path / certificate.FILE_NAME).write_text(both)
    at_start = TlsKeeper(SELF_SIGNED, tmp_path, ["localhost"])
    assert at_start.certificate.days_left > 800

    (tmp_path / certificate.FILE_NAME).write_text(both)  # time passes: it is due while we run
    before = at_start.certificate.fingerprint
    with caplog.at_level(logging.INFO):
        at_start.look()
    assert at_start.certificate.fingerprint not in (before, digest(short))
    assert at_start.certificate.days_left > 800
    assert at_start.certificate.fingerprint in caplog.text


def test_without_openssl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CertificateError, match=r"apt install openssl, or name files of your own"):
        TlsKeeper(SELF_SIGNED, tmp_path, NAMES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"certificate\.pem cannot be written: No such"):
        TlsKeeper(SELF_SIGNED, tmp_path / "absent", NAMES)


# -- files of one's own


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("swapped", "no certificate and its key"),
        ("other key", "belongs to another certificate"),
        ("absent", "No such file or directory; the user that runs tagd must be able to read"),
        ("password", "without a password"),
        ("empty", "no certificate and its key"),
        ("client only", "cannot be used by a server: "),
    ],
)
def test_a_wrong_pair(tmp_path: Path, pair: tuple[Path, Path], harm: str, told: str) -> None:
    certificate_file, key = pair
    if harm == "swapped":
        certificate_file, key = key, certificate_file
    elif harm == "other key":
        key = make_pair(tmp_path / "own", "other")[1]
    elif harm == "absent":
        key.unlink()
    elif harm == "empty":
        certificate_file.write_text("")
    elif harm == "client only":
        more = ("-addext", "extendedKeyUsage=clientAuth")
        certificate_file, key = make_pair(tmp_path / "own", "client", 2, *more)
    else:
        locked = tmp_path / "locked.key"
        command = ["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", key, "-out"]
        subprocess.run([*command, locked], check=True, capture_output=True)
        key = locked
    with pytest.raises(CertificateError, match=told):
        TlsKeeper(Tls(certificate=certificate_file, key=key), tmp_path, [])


def test_the_words_of_the_config(tmp_path: Path) -> None:
    assert Web.model_validate({"tls": "self-signed"}).tls == SELF_SIGNED
    beside = Tls(certificate=Path("a.pem"), key=Path("/etc/b.key")).beside(tmp_path)
    assert beside == Tls(certificate=tmp_path / "a.pem", key=Path("/etc/b.key"))
    for wrong in ("yes", True, {}, {"key": "b.pem"}, {"certificate": ""}, 3, ["a"]):
        with pytest.raises(ValueError, match="write self-signed, or"):
            Web.model_validate({"tls": wrong})
