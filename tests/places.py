"""Where things are that the tests need."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared" / "data"
"""Photos and footage that are not part of the repository; tests that need them skip without."""
