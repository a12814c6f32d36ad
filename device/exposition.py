"""Numbers as Prometheus reads them: its text format 0.0.4.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram"]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of a family."""

    value: float
    labels: Labels
    suffix: str = ""  # `_bucket`, `_sum` and `_count` of a histogram


@dataclass(frozen=True, slots=True)
class Family:
    """All numbers of one name."""

    name: str  # [a-z_]+, ending in its unit, and in `_total` if it only grows
    kind: Kind
    told: str  # what it is
    samples: Sequence[Sample]


def histogram(
    steps: Sequence[float], counts: Sequence[int], count: int, total: float, labels: Labels
) -> list[Sample]:
    """`counts` are how many are at most each of the `steps`."""
    edges = [(repr(step), reached) for step, reached in zip(steps, counts, strict=True)]
    buckets = [
        Sample(reached, {**labels, "le": edge}, "_bucket")
        for edge, reached in [*edges, ("+Inf", count)]
    ]
    return [*buckets, Sample(total, labels, "_sum"), Sample(count, labels, "_count")]


def text(families: Iterable[Family]) -> str:
    """The whole answer; a family without numbers is left out."""
    return "".join(_family(one) for one in families if one.samples)


def _family(family: Family) -> str:
    told = family.told.replace("\\", "\\\\").replace("\n", "\\n")
    head = f"# HELP {family.name} {told}\n# TYPE {family.name} {family.kind}\n"
    return head + "".join(f"{_sample(family.name, one)}\n" for one in family.samples)


def _sample(name: str, sample: Sample) -> str:
    labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in sample.labels.items())
    value = sample.value
    number = str(int(value)) if value == int(value) else repr(value)
    return f"{name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {number}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
