"""Where everything of an installed appliance lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

USER = "tagd"
"""Who the daemon runs as, and the group of its own files."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below `root`: `/`, or a folder that stands for it."""

    root: Path = Path("/")

    @property
    def home(self) -> Path:
        """Releases, each with its own virtual environment in `venv/`."""
        return self.root / "opt/tagd"

    @property
    def current(self) -> Path:
        """The link to the release that runs."""
        return self.home / "current"

    def release(self, version: str) -> Path:
        """The folder of a release."""
        return self.home / version

    @property
    def settings(self) -> Path:
        """The owner's files: `tagd.yaml`, `credentials/`, `trusted/` (public keys of bundles)."""
        return self.root / "etc/tagd"

    @property
    def config(self) -> Path:
        """The owner's config: written once, never again."""
        return self.settings / "tagd.yaml"

    @property
    def data(self) -> Path:
        """`data_dir` of the daemon."""
        return self.root / "var/lib/tagd"

    @property
    def state(self) -> Path:
        """What the installer itself remembers: `installed.json`, `pending.json`. Root's alone."""
        return self.root / "var/lib/tagd-install"

    @property
    def backup(self) -> Path:
        """The owner's word on where backups go. Not below `settings`: root reads it, and what the
        daemon may put there could be a link."""
        return self.root / "etc/default/tagd-backup"

    @property
    def units(self) -> Path:
        """The units of systemd and their drop-ins."""
        return self.root / "etc/systemd/system"

    @property
    def commands(self) -> Path:
        """Where commands are linked for everybody."""
        return self.root / "usr/local/bin"
