"""From the config to the sinks. Imports only what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from device import registry
from device.config import Config, Device
from device.config_sinks import Mqtt, Webhook
from device.seams import Sink

if TYPE_CHECKING:
    from device.sinks.mqtt_settings import MqttSettings


def sinks(wanted: Config) -> list[Sink]:
    """The sinks that the config names."""
    made: list[Sink] = []
    if wanted.mqtt is not None:
        made.append(_sink("mqtt")(mqtt_settings(wanted.mqtt, wanted.device)))
    if wanted.json_lines is not None:
        made.append(_sink("json_lines")(wanted.json_lines.path))
    made += [_webhook(hook, wanted.device.id) for hook in wanted.webhooks]
    return made


def _sink(kind: str) -> Callable[..., Sink]:
    return registry.load("tagd.sinks", registry.SINKS, kind)


def mqtt_settings(mqtt: Mqtt, device: Device) -> MqttSettings:
    """What the config says of the broker. Raises `ConfigError`."""
    from device.sinks.mqtt_settings import MqttSettings  # only where there is a broker

    return MqttSettings(
        url=mqtt.url,
        device=device.id,
        username=mqtt.username,
        password=mqtt.password.get_secret_value() if mqtt.password else None,
        prefix=mqtt.prefix,
        client_id=mqtt.client_id,
        ca_file=_path(mqtt.ca_file),
        cert_file=_path(mqtt.cert_file),
        key_file=_path(mqtt.key_file),
        insecure_tls=mqtt.insecure_tls,
        name=device.name,
        discovery=mqtt.discovery == "homeassistant",
        pictures=mqtt.pictures,
        max_payload=round(mqtt.max_payload_mb * 1024**2),
    )


def _webhook(hook: Webhook, device: str) -> Sink:
    secret = hook.secret.get_secret_value() if hook.secret else None
    return _sink("webhook")(
        hook.name,
        hook.url,
        device=device,
        secret=secret,
        types=frozenset(hook.types),
        timeout=hook.timeout,
        ca_file=_path(hook.ca_file),
    )


def _path(path: Path | None) -> str | None:
    return str(path) if path else None
