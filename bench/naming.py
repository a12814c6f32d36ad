"""`python -m bench.naming [RENAMED]`: what renamed words add to the time of a search.

The query is written anew with all names of its words, once for each search; what it finds by
them costs as much as any other word does (`bench.search`).
"""

from __future__ import annotations

import sys
import time

from bench.machine import machine
from device.naming import Naming
from device.search_query import parse

_ROUNDS = 1000
_KINDS = {
    "a name in quotation marks": '"word 0004"',
    "a bare word": "cat",
    "three bare words": "cat dog -bird",
    "everything": "",
}


def milliseconds(naming: Naming, text: str) -> float:
    """The mean of writing the query anew."""
    query = parse(text)
    start = time.perf_counter()
    for _ in range(_ROUNDS):
        naming.meant(query)
    return (time.perf_counter() - start) * 1000 / _ROUNDS


def main() -> None:
    """Write the table to standard output."""
    renamed = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    naming = Naming({f"tag {n:04}": f"word {n:04}" for n in range(renamed)})
    sys.stdout.write(f"{renamed} renamed words; {machine()}\n\n| query | longer by |\n|---|---|\n")
    for kind, text in _KINDS.items():
        sys.stdout.write(f"| {kind} | {milliseconds(naming, text):.3f} ms |\n")


if __name__ == "__main__":
    main()
