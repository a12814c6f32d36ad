"""Other machines that the config names: the broker, which is asked to let us in, and cameras."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from device.build_sinks import mqtt_settings
from device.checks.asked import PATIENCE
from device.config import Config, Source
from device.config_sinks import Mqtt
from device.errors import SourceError

_PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}
_Questions = Mapping[str, Callable[[], str]]


def questions(config: Config) -> _Questions:
    """To the broker, and to each camera that has an address."""
    return {**_camera_questions(config), **broker_questions(config)}


def broker_questions(config: Config) -> _Questions:
    """To the broker alone."""
    mqtt = config.mqtt
    return {} if mqtt is None else {"broker": lambda: _broker(config, mqtt)}


def _broker(config: Config, mqtt: Mqtt) -> str:
    """By a login under another client id: it takes no session away and leaves none behind."""
    from device.sinks.mqtt_trial import login  # only where there is a broker

    settings = mqtt_settings(mqtt, config.device)
    spoken = login(settings, PATIENCE)
    secret = "" if settings.tls or mqtt.password is None else ", with the password readable"
    return f"{settings.broker} lets us in, MQTT {spoken}{secret}"


def _camera_questions(config: Config) -> _Questions:
    return {
        f"source {one.name}": _reaching(one)
        for one in config.sources
        if one.enabled and one.parts.scheme in _PORTS and one.parts.hostname
    }


def _reaching(source: Source) -> Callable[[], str]:
    """Only whether somebody answers there: a login is what `tagd sources test` tries."""
    host = source.parts.hostname or ""
    port = source.parts.port or _PORTS[source.parts.scheme]

    def reach() -> str:
        try:
            socket.create_connection((host, port), PATIENCE).close()
        except OSError as error:
            reason = error.strerror or str(error)
            told = f"{host}:{port}: {reason}; is it on, and is its address right?"
            raise SourceError(told) from None
        return f"{host}:{port} answers; tagd sources test {source.name} shows a picture"

    return reach
