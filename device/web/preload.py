"""The page with the names of all its modules in its head, so that they are fetched at once.

A browser learns what a module imports when it has it: five round trips one after another, a third
of the time until the first picture. What is imported later (`import()`) is fetched later.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

_ENTRY = re.compile(r'(?:src|href)="(static/[^"]+\.mjs)"')
_IMPORT = re.compile(r'(?:^|;)(?:import|export)\b[^;"]*?\bfrom ?"([^"]+)"', re.MULTILINE)
_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)


def with_modules(static: Path) -> str:
    """index.html of the folder `static`, with a `modulepreload` for each module that it leads to.

    Modules of libraries are followed as the import map names them.
    """
    html = (static / "index.html").read_text(encoding="utf-8")
    there = _MAP.search(html)
    libraries: dict[str, str] = json.loads(there[1])["imports"] if there else {}
    entries = list(dict.fromkeys(_ENTRY.findall(html)))
    found = dict.fromkeys(entries)
    waiting = list(entries)
    while waiting:
        place = static.parent / waiting.pop()
        for name in _IMPORT.findall(place.read_text(encoding="utf-8")):
            target = (static.parent / libraries[name] if name in libraries
                      else place.parent / name).resolve()  # fmt: skip
            module = target.relative_to(static.parent.resolve()).as_posix()
            if module not in found:
                found[module] = None
                waiting.append(module)
    links = "".join(
        f'<link rel="modulepreload" href="{module}">\n' for module in found if module not in entries
    )
    return html.replace("</head>", f"{links}</head>", 1)
