"""What is installed here, and in which state."""

from __future__ import annotations

from pathlib import Path

from device.appliance import machine
from device.appliance.console import Console
from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.releases import Releases
from device.appliance.services import Services


def tell(layout: Layout, host: Host, console: Console, *, user: bool) -> None:
    """To a person, or to a program. Raises `ApplianceError` for a damaged `installed.json`."""
    releases = Releases(layout, host)
    installed = Installed(layout.state)
    current = releases.current()
    sizes = {name: int(releases.about(name).get("bytes", 0)) for name in releases.all()}
    active = Services(host, user=user).is_active()
    edited = [n for n in installed.files if Path(n).exists() and not installed.is_ours(Path(n))]
    found = machine.look(host.root)
    console.say_json(
        {
            "machine": str(found),
            "python": found.python,
            "current": current,
            "running": active,
            "releases": sizes,
            "edited": edited,
        }
    )
    console.say(f"machine   {found}, Python {found.python}")
    if current is None:
        console.say("tagd      is not installed here")
    else:
        console.say(f"tagd      {current}, {'runs' if active else 'does not run'}")
    for name, size in sizes.items():
        mark = "  <- current" if name == current else ""
        console.say(f"release   {layout.release(name)}, {size // 1_000_000} MB{mark}")
    for name in edited:
        console.say(f"edited    {name}")
