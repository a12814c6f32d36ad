"""Which zones a thing is in: those that hold its foot, the middle of its lower edge. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from device.config_camera import Zone
from device.polygon import inside
from device.types import Box, Tag

_RIM = 0.001  # a foot on the border of the picture is in the zone that reaches up to there
_LAPSE = 1.0  # s outside that do not end a stay: boxes tremble


def foot(box: Box) -> tuple[float, float]:
    """Where it stands: x and y in 0..1, never on the very border."""
    x, y = box.x + box.width / 2, box.y + box.height
    return min(max(x, _RIM), 1 - _RIM), min(max(y, _RIM), 1 - _RIM)


def named(tag: Tag, names: tuple[str, ...] | None) -> bool:
    """Is the tag, or a word above it, among these? None: every tag is."""
    return names is None or tag.name in names or any(up in names for up in tag.parents)


def within(tag: Tag, zones: Mapping[str, Zone]) -> list[str]:
    """The zones of the tag at this moment, however long it has been there."""
    if tag.box is None:
        return []
    x, y = foot(tag.box)
    return [n for n, z in zones.items() if named(tag, z.tags) and inside(z.polygon, x, y)]


def placed(tag: Tag, zones: Mapping[str, Zone]) -> Tag:
    """The tag with the zones that ask for no stay: what a single picture can say."""
    there = tuple(name for name in within(tag, zones) if not zones[name].min_stay)
    return replace(tag, zones=there) if there else tag


class Places:
    """One thing's way through the zones of its source."""

    def __init__(self, zones: Mapping[str, Zone]) -> None:
        self._zones = zones
        self._since: dict[str, float] = {}  # first sight in the zone, of this stay
        self._last: dict[str, float] = {}  # last sight in it
        self._outside: set[str] = set()  # zones that it was seen outside of, before it was in them
        self.entered: tuple[str, ...] = ()  # all that counted so far, in order
        self.here: tuple[str, ...] = ()  # those that count now

    def see(self, tag: Tag, moment: float) -> list[str]:
        """Take in a sight; the zones that it came into from outside and that count from now on."""
        there = within(tag, self._zones)
        for name in self._zones:
            if name in there:
                self._since.setdefault(name, moment)
                self._last[name] = moment
            elif name not in self._since:
                self._outside.add(name)
            elif moment - self._last[name] > _LAPSE:
                del self._since[name]
        stays = {name: moment - self._since[name] for name in there}
        self.here = tuple(n for n, stay in stays.items() if stay >= self._zones[n].min_stay)
        fresh = [name for name in self.here if name not in self.entered]
        self.entered += tuple(fresh)
        return [name for name in fresh if name in self._outside]
