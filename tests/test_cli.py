"""What a person types, run as a process: output, messages, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from daemon_rig import Daemon, jpeg, wait_until

from device import shipped

FAKE = "taggers: {colours: {model: fake}}\n"


def tagd(*words: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "error", "-m", "device", *words]
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=60, env={**os.environ, **environment}
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tagd.yaml"
    path.write_text(f"data_dir: {tmp_path}/data\n{FAKE}", encoding="utf-8")
    return path


def test_tag_names_what_is_on_a_real_picture() -> None:
    done = tagd("tag", str(shipped.SAMPLES / "chelsea.jpg"))
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0].split() == ["picture", "tags"]
    assert "cat 0." in lines[2]
    assert "(animal)" in lines[2]
    assert done.stderr == b"", "nothing but the table on a good day"


def test_tag_walks_folders_and_goes_on_after_a_bad_one(tmp_path: Path, config: Path) -> None:
    (tmp_path / "p/deep").mkdir(parents=True)
    (tmp_path / "p/deep/a.jpg").write_bytes(jpeg(1))
    (tmp_path / "p/b.JPG").write_bytes(jpeg(2))
    (tmp_path / "p/notes.txt").write_text("no picture")
    (tmp_path / "p/bad.jpg").write_bytes(jpeg(3)[:100])
    done = tagd("tag", str(tmp_path / "p"), "--json", "--config", str(config))
    assert done.returncode == 1
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(a["picture"]).name for a in answers] == ["b.JPG", "bad.jpg", "a.jpg"]
    assert [("error" in a) for a in answers] == [False, True, False]
    assert answers[0]["tags"][0]["tagger"] == "colours"


def test_tag_reads_standard_input(config: Path) -> None:
    done = tagd("tag", "-", "--json", "--config", str(config), stdin=jpeg(1))
    assert done.returncode == 0
    assert json.loads(done.stdout)["picture"] == "-"


def test_tag_limits(config: Path, tmp_path: Path) -> None:
    sample = str(shipped.SAMPLES / "astronaut.jpg")
    every = tagd("tag", sample, "--json", "--min-confidence", "0.01", "--taggers", "scene")
    few = tagd("tag", sample, "--json", "--min-confidence", "0.01", "--max-tags", "2",
               "--taggers", "scene")  # fmt: skip
    assert len(json.loads(few.stdout)["tags"]) == 2
    assert len(json.loads(every.stdout)["tags"]) > 2
    wrong = tagd("tag", sample, "--taggers", "scenes")
    assert wrong.returncode == 2
    assert b"no tagger is called scenes" in wrong.stderr


@pytest.mark.parametrize("missing", ["nowhere.jpg", "nothing/at/all"])
def test_tag_of_what_is_not_there(missing: str, config: Path) -> None:
    done = tagd("tag", missing, "--config", str(config))
    assert done.returncode == 1
    assert b"No such file" in done.stdout


def test_tag_store_then_search(tmp_path: Path, config: Path) -> None:
    (tmp_path / "red.jpg").write_bytes(jpeg(1))
    for _ in range(2):
        assert (
            tagd("tag", str(tmp_path / "red.jpg"), "--store", "--config", str(config)).returncode
            == 0
        )
    found = tagd("search", "--json", "--config", str(config))
    pictures = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(pictures) == 1, "the same picture is stored once"
    assert pictures[0]["source"] == "tag"
    word = pictures[0]["tags"][0]["name"]
    table = tagd("search", word, "source:tag", "--data-dir", str(tmp_path / "data"))
    assert b"red.jpg" in table.stdout
    assert b"nothing found" in tagd("search", f"-{word}", "--config", str(config)).stdout


def test_search_tells_what_is_wrong_and_where(config: Path) -> None:
    done = tagd("search", "cat colour:red", "--config", str(config))
    assert done.returncode == 2
    assert b"there is no field called colour" in done.stderr
    assert b"column 5" in done.stderr


def test_search_without_a_database(config: Path) -> None:
    done = tagd("search", "cat", "--config", str(config))
    assert done.returncode == 1
    assert b"there is no database yet" in done.stderr


def test_check_tells_every_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "device: {idd: x}\nsources:\n  - {name: In Box, url: 'ftp://x'}\n"
        "mqtt: {password: '${PW_X}'}\n"
    )
    done = tagd("check", "--config", str(path))
    assert done.returncode == 2
    assert f"{path}:4: mqtt.password: ${{PW_X}} is neither".encode() in done.stderr
    done = tagd("check", "--config", str(path), PW_X="hush-hush")
    said = done.stderr.decode()
    assert f"{path}:1: device.idd: there is no such key; did you mean `id`?" in said
    assert f"{path}:3: sources[0].name" in said
    assert f"{path}:3: sources[0].url" in said
    assert "hush" not in said


def test_check_of_sources_options_and_models(tmp_path: Path, config: Path) -> None:
    assert tagd("check", "--config", str(config)).returncode == 0
    config.write_text(
        "sources: [{name: a, url: 'folder:///x?recursiv=no'}]\ntaggers: {a: {model: fake}}\n"
    )
    done = tagd("check", "--config", str(config))
    assert done.returncode == 2
    assert b"did you mean recursive?" in done.stderr
    for inference, told in (
        ("accelerator: edgetpu", b"inference: no Edge TPU can be used"),
        ("accelerator: tensorrt", b"inference: "),
        ("runtime: litert, accelerator: cuda", b"runtime litert cannot use cuda; onnx can"),
    ):
        config.write_text(f"inference: {{{inference}}}\n")
        for command in ("check", "run"):
            done = tagd(command, "--config", str(config))
            # An accelerator may be there later: the daemon is to be started again.
            away = command == "run" and "runtime" not in inference
            assert done.returncode == (1 if away else 2)
            assert told in done.stderr
    config.write_text(f"data_dir: {tmp_path}\ninference: {{accelerator: edgetpu, fallback: cpu}}\n")
    done = tagd("check", "--config", str(config))
    assert done.returncode == 0
    assert b"WARNING: edgetpu is not used, the CPU is slower" in done.stderr
    config.write_text("taggers: {a: {model: nothing}}\n")
    done = tagd("check", "--config", str(config))
    assert done.returncode == 2
    assert b"no model is called nothing" in done.stderr


def test_models(tmp_path: Path) -> None:
    listed = [json.loads(line) for line in tagd("models", "list", "--json").stdout.splitlines()]
    assert {m["name"]: m["state"] for m in listed} == {"objects": "ok", "scene": "ok"}
    assert b"licence: Apache-2.0" in tagd("models", "info", "scene").stdout
    done = tagd("models", "verify")
    assert done.returncode == 0, done.stdout.decode()
    assert done.stdout.count(b": ok on ") == 2


def test_a_corrupt_model_is_refused_by_its_checksum(tmp_path: Path, config: Path) -> None:
    broken = tmp_path / "data/models/scene"
    broken.mkdir(parents=True)
    for file in (shipped.models_folder() / "scene").iterdir():
        data = bytearray(file.read_bytes())
        if file.name == "model.tflite":
            data[len(data) // 2] ^= 1
        (broken / file.name).write_bytes(data)
    done = tagd("models", "verify", "scene", "--config", str(config))
    assert done.returncode == 1
    assert b"scene: WRONG" in done.stdout
    config.write_text(f"data_dir: {tmp_path}/data\n")
    for command in ("check", "run"):
        done = tagd(command, "--config", str(config))
        assert done.returncode != 0
        assert b"sha256" in done.stderr.lower() or b"checksum" in done.stderr.lower()


def test_watch_shows_events_and_survives_a_restart(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "tagd", web={"listen": "127.0.0.1:0"})
    nobody = tagd("watch", "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert b"no tagd answers" in nobody.stderr
    daemon.start()
    port = daemon.port()
    daemon.sections["web"] = {"listen": f"127.0.0.1:{port}"}
    command = [sys.executable, "-m", "device", "watch", "--url", f"http://127.0.0.1:{port}"]
    out = tmp_path / "out"
    with out.open("wb") as file:
        watching = subprocess.Popen([*command, "--after-seq", "0"], stdout=file, stderr=file)
    try:
        (daemon.inbox / "1.jpg").write_bytes(jpeg(1))
        wait_until(lambda: out.read_text().count(" inbox: ") == 1, 15, out.read_text)
        assert daemon.stop() == 0
        daemon.start()
        time.sleep(0.5)
        (daemon.inbox / "2.jpg").write_bytes(jpeg(2))
        wait_until(lambda: out.read_text().count(" inbox: ") == 2, 20, out.read_text)
    finally:
        watching.terminate()
        watching.wait(10)
        daemon.stop()
