"""A strict reader of Prometheus' text format 0.0.4: whatever is not as it should be raises.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (-?\d+(?:\.\d+)?(?:e-?\d+)?)")
_HEAD = re.compile(rf"# (HELP|TYPE) ({_NAME}) (.+)")
_SUFFIXES = ("_bucket", "_sum", "_count")
_ESCAPES = {r"\n": "\n", r"\"": '"', r"\\": "\\"}

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass
class Family:
    """One name with its samples, by suffixed name and labels."""

    kind: str
    told: str
    samples: dict[Key, float] = field(default_factory=dict)


def parse(text: str) -> dict[str, Family]:
    """The families by name. Raises AssertionError."""
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    told: dict[str, str] = {}
    current = ""
    for line in text[:-1].split("\n"):
        if head := _HEAD.fullmatch(line):
            word, name, rest = head.groups()
            if word == "HELP":
                assert name not in told, f"{name} is told twice"
                told[name] = rest
            else:
                assert name in told, line
                assert name not in families, line
                assert rest in ("counter", "gauge", "histogram"), line
                families[name] = Family(rest, told[name])
                current = name
            continue
        found = _SAMPLE.fullmatch(line)
        assert found, line
        family = families[current]
        name = found[1]
        allowed = [current + s for s in _SUFFIXES] if family.kind == "histogram" else [current]
        assert name in allowed, f"{name} stands in {current}"
        key = (name, frozenset(_labels(found[2] or "").items()))
        assert key not in family.samples, f"{line}: twice"
        family.samples[key] = float(found[3])
    for name, family in families.items():
        assert family.samples, f"{name} has no numbers"
        assert (family.kind == "counter") == name.endswith("_total"), name
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families


def _labels(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    while text:
        one = _LABEL.match(text)
        assert one, text
        assert one[1] not in found, text
        found[one[1]] = re.sub(r"\\.", lambda m: _ESCAPES[m[0]], one[2])
        text = text[one.end() :]
    return found


def _check_histogram(name: str, family: Family) -> None:
    series: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
    for (sample, labels), value in family.samples.items():
        if sample == f"{name}_bucket":
            plain = dict(labels)
            edge = float(plain.pop("le"))
            series.setdefault(frozenset(plain.items()), []).append((edge, value))
    for labels, buckets in series.items():
        counts = [count for _, count in sorted(buckets)]
        assert counts == sorted(counts), f"{name}: buckets must grow"
        assert max(buckets)[0] == float("inf")
        assert family.samples[f"{name}_count", labels] == counts[-1]
        assert (f"{name}_sum", labels) in family.samples
