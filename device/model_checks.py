"""The golden pictures on every model of the config: here, or in a process of their own.

Beside a running appliance it is another process: what models and runtimes take of memory is given
back at its end (in the same process 20 MB stayed), and a model that crashes its runtime stops
nobody. `python -m device.model_checks` is that process: its part of the config comes by standard
input, findings go out as JSON lines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from device import build, wire
from device.config import Config
from device.doctor import PATIENCE, Finding
from device.errors import ModelError, TagdError
from device.inference.golden import self_test

_ROOT = Path(__file__).parents[1]
_OURS = ("data_dir", "taggers", "inference")


def look(config: Config) -> Iterator[Finding]:
    """What runs the models, and whether each says of its golden pictures what it should."""
    models = build.Models(config)
    if models.engines is None:
        return
    yield Finding("runs on", "warning" if models.problem() else "ok", str(models.engines))
    for name, card in models.cards.items():
        try:
            verdicts = self_test(card, models.engines)
        except ModelError as error:
            yield Finding(f"tagger {name}", "wrong", str(error))
            continue
        wrong = [str(verdict) for verdict in verdicts if not verdict.right]
        said = "; ".join(wrong) or f"{card.spec}, {len(verdicts)} golden pictures right" + (
            f", {max(verdict.milliseconds for verdict in verdicts):.0f} ms" if verdicts else ""
        )
        yield Finding(f"tagger {name}", "wrong" if wrong else "ok", said)


def look_apart(config: Config, patience: float = PATIENCE) -> Iterator[Finding]:
    """The same in a process of its own, with one thread, ended after `patience` seconds.

    For good as whom this one acts for, and without its terminal.
    """
    ours = config.model_dump(mode="json", include=set(_OURS))
    ours["inference"]["threads"] = 1
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    apart = os.geteuid() != os.getuid()  # else it is not even tried: the unit forbids the call
    try:
        done = subprocess.run(
            [sys.executable, "-m", "device.model_checks"],
            input=json.dumps(ours).encode(),
            capture_output=True,
            timeout=patience,
            env={**os.environ, "PYTHONPATH": paths},
            user=os.geteuid() if apart else None,
            group=os.getegid() if apart else None,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield Finding("taggers", "wrong", f"they were not done after {patience:.0f} s")
        return
    for line in done.stdout.splitlines():
        yield Finding(**json.loads(line))
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        told = last or f"the process ended with {done.returncode}"
        yield Finding("taggers", "wrong", f"they cannot be run beside those at work: {told}")


def main() -> int:
    """Look, and tell; the exit code."""
    try:
        for finding in look(Config.model_validate_json(sys.stdin.read())):
            sys.stdout.write(f"{wire.dumps(asdict(finding))}\n")
    except TagdError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
