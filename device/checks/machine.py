"""The board, its power, its temperature, its memory, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from device import board, clock
from device.doctor import Finding

_HOT = 80.0  # degrees Celsius: from there on a Raspberry Pi slows itself down
_LITTLE = 100 * 1024**2  # bytes: with less, a start with both models has the machine swap
_MB = 1024**2
_BEFORE_US = 1_767_225_600  # 2026-01-01: an earlier time was never set
_POWER = (
    "use the board's own power supply (5 V 3 A; a Pi 5: 5 V 5 A) and a short cable, and unplug what"
    " draws much by USB: a board that browns out damages its card"
)
_COOL = "give it air or a heat sink"


def look(root: Path) -> Iterator[Finding]:
    """`root`: where /proc and /sys are."""
    now = board.look(root)
    yield Finding("board", "ok", f"{now.name}, {now.machine}, {now.cores} cores for tagd")
    yield from _power(now)
    if now.celsius is not None:
        hot = now.celsius >= _HOT
        told = f"{now.celsius:.0f} degrees" + (f": it slows itself down; {_COOL}" if hot else "")
        yield Finding("temperature", "warning" if hot else "ok", told)
    if now.available is not None and now.memory is not None:
        told = f"{now.available / _MB:.0f} of {now.memory / _MB:.0f} MB free for programs"
        little = now.available < _LITTLE
        more = "; end what is not needed, or leave out a tagger in `taggers`" if little else ""
        yield Finding("memory", "warning" if little else "ok", told + more)
    yield _clock(root)


def _power(now: board.Board) -> Iterator[Finding]:
    """What the firmware of a Raspberry Pi holds back, now and since it was started."""
    if now.held_back is None or now.was_held_back is None:
        return
    weak = board.HOLDS_BACK[0]
    if weak in now.held_back:
        yield Finding("power", "wrong", f"{weak}: {_POWER}")
    elif weak in now.was_held_back:
        yield Finding("power", "warning", f"since the start there was {weak}: {_POWER}")
    else:
        yield Finding("power", "ok", "enough since the start")
    slowed = [one for one in now.held_back if one != weak]
    if slowed and weak not in now.held_back:
        yield Finding("speed", "warning", f"{', '.join(slowed)}: {_COOL}")


def _clock(root: Path) -> Finding:
    now = clock.now()
    said = f"{clock.iso(now)}, time zone {_zone(root)}"
    battery = any((root / "sys/class/rtc").glob("rtc*"))
    kept = "" if battery else "; no battery clock: after a start it is wrong until it is set"
    if clock.state() == "synced":
        return Finding("clock", "ok", said + kept)
    how = "sudo timedatectl set-ntp true, or name a time server in /etc/systemd/timesyncd.conf"
    told = f"{said}: not set by the network, events say `untrusted`: {how}{kept}"
    return Finding("clock", "wrong" if now < _BEFORE_US else "warning", told)


def _zone(root: Path) -> str:
    """As `timedatectl` names it."""
    link = root / "etc/localtime"
    _, found, name = str(link.readlink()).partition("zoneinfo/") if link.is_symlink() else ("",) * 3
    return name if found else board.text(root / "etc/timezone") or "UTC"
