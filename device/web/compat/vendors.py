"""The drop-in APIs that the config has on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.web.compat.desk import Desk
from device.web.compat.vendor import Vendor
from device.web.services import Services

if TYPE_CHECKING:
    from device.web.compat.imagekit.calls import Calls


def enabled(services: Services) -> list[Vendor]:
    """In no order that matters: no two take the same request. Each is imported only when on."""
    desk = Desk(services.control, services.storage_problem, services.taggers)
    found: list[Vendor] = []
    if services.compat.imagekit.enabled:
        from device.web.compat import imagekit

        found.append(imagekit.vendor(services, desk))
    if services.compat.rekognition.enabled:
        from device.web.compat import rekognition

        found.append(rekognition.vendor(services, desk))
    if services.compat.vision.enabled:
        from device.web.compat import vision

        found.append(vision.vendor(services, desk))
    return found


def calls(services: Services, url: str) -> Calls | None:
    """What calls back those who asked for it, where the config has any; `url`: of this server."""
    config = services.compat.imagekit
    if not (config.enabled and config.webhooks):
        return None
    from device.web.compat.imagekit.calls import Calls

    return Calls(services, url)
