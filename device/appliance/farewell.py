"""What is said when an installation is done: where the page is, and how to log in."""

from __future__ import annotations

import platform

from device.appliance.console import Console
from device.appliance.install import Installation
from device.appliance.layout import USER

_PATIENCE = 10.0  # seconds for the link to be logged


def farewell(installation: Installation, console: Console) -> None:
    """To a person, or to a program."""
    work = installation.work
    services, user = work.services, work.options.user
    running = services.is_active()
    link = services.invitation(_PATIENCE) if running else None
    console.say_json(
        {
            "release": work.release,
            "running": running,
            "page": installation.page,
            "first_login": link,
            "notes": installation.notes(),
        }
    )
    scope = " --user" if user else ""
    console.say(f"\ntagd {work.release} is installed{' and runs' if running else ''}.")
    if link:
        console.say(f"  first login  {link}\n               (once, within 24 hours)")
    elif running:
        console.say(f"  page         {installation.page}")
    elif not services.can_enable():
        start = f"{work.layout.commands}/tagd run"
        console.say(f"  start it     {start if user else f'runuser -u {USER} -- {start}'}")
    else:
        console.say(f"  start it     systemctl{scope} start tagd")
    if installation.page.startswith(("127.", "localhost")):
        port = installation.page.rpartition(":")[2]
        console.say(f"  from afar    ssh -L {port}:{installation.page} {platform.node()}")
    elif installation.page and running:
        console.say(
            "  certificate  tagd certificate shows the fingerprint that the browser asks about"
        )
    console.say(f"  config       {work.layout.config}")
    if services.can_enable():
        console.say(f"  log          journalctl{scope} -u tagd -f")
    for note in installation.notes():
        console.say(f"\n{note}")
