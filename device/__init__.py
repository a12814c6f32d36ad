"""tagd: a private image-tagging appliance."""

__version__ = "0.1.0"
