"""What follows from another config: what must be told before, and what the page may not do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from device.config import Config


def follows(before: Config, after: Config) -> Iterator[str]:
    """Sentences on what a person may not expect of a change."""
    if after.device.id != before.device.id:
        yield "Every MQTT topic changes with device.id: whoever listens must be told the new one."
    if after.web.enabled and after.web.listen != before.web.listen:
        yield f"The page moves to {after.web.listen}: open it there."
    if before.web.enabled and not after.web.enabled:
        yield "The page is switched off: it can be switched on again in the file alone."
    gone = [one.name for one in before.sources if one.name not in _names(after)]
    if gone:
        yield f"Pictures of {', '.join(gone)} stay; nothing more comes from there."
    kept, keeps = before.store.retention, after.store.retention
    shorter = (keeps.days or 1e9) < (kept.days or 1e9) or (keeps.max_gb or 1e9) < (
        kept.max_gb or 1e9
    )
    if shorter:
        yield "Pictures that are older, or too many, are deleted soon after, for good."
    unmasked = [
        one.name
        for one in before.sources
        if one.privacy and one.privacy != _masks(after).get(one.name, one.privacy)
    ]
    if unmasked:
        yield f"What is black in pictures of {', '.join(unmasked)} changes; stored ones stay."


def forbidden(before: Config, after: Config) -> Iterator[tuple[str, str]]:
    """Place and sentence of what only somebody on the machine may change, in the file itself.

    Whoever may change the config over the network must not gain the machine by it.
    """
    if after.web.trust_loopback and not before.web.trust_loopback:
        yield "web.trust_loopback", "only somebody on the machine may set this, in the file itself"
    home = before.data_dir.resolve()
    lines, were = after.json_lines, before.json_lines
    is_new = lines is not None and (were is None or lines.path != were.path)
    if lines is not None and is_new and not _is_free(lines.path, home, ".jsonl"):
        yield "json_lines.path", f"over the network only a new file in {home} can be named"
    words = after.vocabulary.file  # which the page reads and writes
    is_new = words != before.vocabulary.file
    if words is not None and is_new and not _is_free(words, home, ".yaml"):
        yield "vocabulary.file", f"over the network only a .yaml file in {home} can be named"


def _is_free(path: Path, home: Path, ending: str) -> bool:
    """Whether it lies in the data folder itself, and is called as nothing of tagd's own is."""
    place = path.resolve()
    return place.parent == home and place.name.endswith(ending)


def _names(config: Config) -> set[str]:
    return {one.name for one in config.sources}


def _masks(config: Config) -> dict[str, object]:
    return {one.name: one.privacy for one in config.sources}
