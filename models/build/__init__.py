"""Rebuilds the default models from their origin packages. Never needed on the device."""
