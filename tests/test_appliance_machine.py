"""What the installer makes of boards, systems, Pythons, wheels and words."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from appliance_rig import PI, X86

from device.appliance import arguments, first_config, machine, supply
from device.appliance.first_config import First
from device.appliance.steps import ApplianceError
from device.config_file import load_config

ROOT = Path(__file__).parents[1]
PYTHONS = sorted(Path.home().glob(".pyenv/versions/3.1[0-3].*/bin/python"))
OLD = sorted(Path.home().glob(".pyenv/versions/3.[6-9].*/bin/python"))


@pytest.mark.parametrize(
    ("model", "board"),
    [
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "pi-3"),
        ("Raspberry Pi Compute Module 4 Rev 1.0", "pi-4"),
        ("Raspberry Pi 400 Rev 1.0", "pi-4"),
        ("Raspberry Pi 5 Model B Rev 1.0", "pi-5"),
        ("Raspberry Pi Zero 2 W Rev 1.0", "pi-zero-2"),
        ("Raspberry Pi Zero W Rev 1.1", "pi"),
        ("NVIDIA Jetson Orin Nano Developer Kit", "jetson"),
        ("NVIDIA Orin NX Developer Kit", "jetson"),
        ("", "x86"),
    ],
)
def test_boards(tmp_path: Path, model: str, board: str) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc/device-tree/model").write_bytes(model.encode() + b"\0")
    (tmp_path / "etc/os-release").write_text('NAME="x"\nID=raspbian\nVERSION_ID="12"\n')
    found = machine.look(tmp_path)
    if board == "x86" and found.machine != "x86_64":
        pytest.skip("another processor")
    assert found.board == board
    assert found.os == "raspbian 12"
    assert found.raspberry_pi_os


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"python": "3.9.2"}, "needs 3.10 or newer"),
        ({"python": "3.14.0"}, "not all that tagd needs"),
        ({"bits": 32}, "64-bit kernel"),
        ({"bits": 32, "machine": "armv7l"}, None),
        ({"bits": 32, "machine": "armv7l", "python": "3.13.1"}, "no TFLite"),
        ({"bits": 32, "machine": "armv6l"}, "no TFLite"),
        ({"bits": 32, "machine": "i686"}, "no TFLite"),
        ({"machine": "riscv64"}, "no TFLite"),
    ],
)
def test_where_tagd_cannot_run_it_says_why_and_what_to_do(
    change: dict[str, object], told: str | None
) -> None:
    problem = dataclasses.replace(PI, **change).problem()  # type: ignore[arg-type]
    assert (problem is None) == (told is None)
    if problem is not None and told is not None:
        assert told in problem[0]
        assert problem[1]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
def test_it_runs_on_each_python_with_the_standard_library_alone(python: Path) -> None:
    code = (
        "import sys, device.appliance.__main__ as main\n"
        "named = {name.split('.')[0] for name in sys.modules} - {'__main__', 'device'}\n"
        "print(sorted(named - set(sys.stdlib_module_names) - set(sys.builtin_module_names)))\n"
        "print(sorted(n for n in sys.modules if n.startswith('device.') and 'appl' not in n))\n"
        "main.main(['status'])\n"
    )
    done = subprocess.run(
        [str(python), "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    assert done.stdout.splitlines()[:2] == ["[]", "[]"]


def test_its_files_import_nothing_but_the_standard_library() -> None:
    for path in sorted((ROOT / "device/appliance").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                ours = name.startswith("device.appliance") or name == "device.board"
                assert ours or name.split(".")[0] in sys.stdlib_module_names, f"{path}: {name}"


@pytest.mark.skipif(not OLD, reason="there is no old Python here")
def test_an_old_python_is_told_and_no_traceback() -> None:
    done = subprocess.run(
        [str(OLD[0]), "-m", "device.appliance"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=50,
        check=False,
    )
    assert done.returncode
    assert "SyntaxError" not in done.stderr
    assert "tagd needs Python 3.10" in done.stderr


@pytest.mark.parametrize("camera", [False, True])
@pytest.mark.parametrize("listen", [None, "0.0.0.0:8443", "[::]:8443", "127.0.0.1:9000"])
def test_the_first_config_is_right(
    tmp_path: Path, camera: bool, listen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQTT_PASSWORD", "quite secret")
    path = tmp_path / "tagd.yaml"
    path.write_text(first_config.text(First("Küche No. 1", tmp_path, camera, True, listen)))
    config = load_config(path)
    assert config.device.id == "k-che-no-1"
    assert (config.web.tls is not None) == (listen is not None and "127" not in listen)
    assert config.sources[0].url.startswith("picamera:" if camera else "folder:")
    assert config.mqtt is not None


@pytest.mark.parametrize("host", ["123", "on", "-x-", "é", "a" * 80, "x\nmqtt: {}", "null"])
def test_no_host_name_breaks_the_first_config(host: str) -> None:
    said = yaml.safe_load(first_config.text(First(host, Path("/data"), False, False, None)))
    assert set(said) == {"device", "data_dir", "sources", "web"}
    assert isinstance(said["device"]["id"], str)
    assert said["device"]["id"]


@pytest.mark.parametrize("listen", ["8443", "0.0.0.0:80", "0.0.0.0:99999", 'x":1234', "a b:8080"])
def test_a_wrong_address_is_refused(listen: str) -> None:
    with pytest.raises(ApplianceError, match="--listen") as refused:
        first_config.checked_listen(listen)
    assert "8443" in refused.value.hint


def wheel(path: Path, size: int = 1000) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x/data", b"\0" * size)
    return path


def test_what_is_in_a_folder_is_what_is_installed(tmp_path: Path) -> None:
    for version in ("0.9.0", "0.10.0"):
        wheel(tmp_path / f"tagd-{version}-py3-none-any.whl", 10_000_000)
    found = supply.find(ROOT, tmp_path, ("video",), X86, tmp_path)
    assert found.version == "0.10.0"
    assert found.wanted[-1] == f"{tmp_path}/tagd-0.10.0-py3-none-any.whl[video]"
    assert 50_000_000 < found.bytes_needed < 60_000_000
    assert supply.find(ROOT, tmp_path, ("video",), X86, tmp_path).digest == found.digest
    assert supply.find(ROOT, tmp_path, (), X86, tmp_path).digest != found.digest
    (tmp_path / "requirements-3.11.txt").write_text("tagd==0.10.0 --hash=sha256:00\n")
    listed = supply.find(None, tmp_path, ("video",), X86, tmp_path)
    assert listed.wanted[0] == "--require-hashes"
    assert listed.digest != found.digest


def test_the_checkout_is_what_is_installed_from_the_network(tmp_path: Path) -> None:
    found = supply.find(ROOT, None, ("video",), X86, tmp_path)
    assert found.wanted == ("-c", f"{ROOT}/config/constraints.txt", f"{ROOT}[video]")
    on_a_pi = supply.find(ROOT, None, ("video",), PI, tmp_path)
    limits = Path(on_a_pi.wanted[1]).read_text()
    assert "numpy<2" in limits
    assert "numpy==" not in limits


def test_what_cannot_be_installed_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match="no such folder"):
        supply.find(ROOT, tmp_path / "nowhere", (), X86, tmp_path)
    with pytest.raises(ApplianceError, match="no wheels"):
        supply.find(ROOT, tmp_path, (), X86, tmp_path)
    wheel(tmp_path / "numpy-1-py3-none-any.whl")
    with pytest.raises(ApplianceError, match="no tagd-"):
        supply.find(None, tmp_path, (), X86, tmp_path)
    broken = wheel(tmp_path / "tagd-1-py3-none-any.whl")
    broken.write_bytes(broken.read_bytes()[:-30])
    with pytest.raises(ApplianceError, match="damaged"):
        supply.find(None, tmp_path, (), X86, tmp_path)


def test_words() -> None:
    assert arguments.parse([]).verb == "install"
    assert arguments.parse(["--uninstall", "--purge"]).purge
    assert arguments.parse(["--dry-run"]).dry_run
    said = arguments.parse(["--offline", "wheels", "--extra", "onnx", "--base", "/there"])
    options = arguments.options_of(said)
    assert options.offline == Path("/there/wheels")
    assert options.extras == ("video", "onnx")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--purge"], "--purge goes with --uninstall"),
        (["--offlin", "x"], "unrecognized arguments: --offlin"),
        (["status", "--purge"], "unrecognized arguments: --purge"),
    ],
)
def test_wrong_words_are_told_in_a_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments.parse(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"install.sh: {told}")
    assert said[1] == "  to go on: ./install.sh help shows what there is"


def test_nobody_but_root_makes_an_appliance() -> None:
    readable = ["runuser", "-u", "nobody", "--", "test", "-x", str(ROOT / "install.sh")]
    if subprocess.run(readable, capture_output=True, check=False).returncode:
        pytest.skip("only root can be somebody else, in a folder that all may read")
    done = subprocess.run(
        ["runuser", "-u", "nobody", "--", str(ROOT / "install.sh"), "--dry-run"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 2
    assert "sudo ./install.sh" in done.stderr
    assert "Traceback" not in done.stderr
