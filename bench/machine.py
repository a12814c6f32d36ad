"""What a figure was measured on."""

from __future__ import annotations

import os
import platform


def machine() -> str:
    """Cores and Python, for the line under a table."""
    return f"{os.cpu_count()} {platform.machine()} cores, Python {platform.python_version()}"
