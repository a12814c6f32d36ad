"""What can be said of a camera: what is decoded, watched, masked, and when someone is there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from device.config_base import Name, Polygon, Seconds, Section


class Zone(Section):
    """A named part of the picture that gives tags a place."""

    polygon: Polygon
    tags: tuple[str, ...] | None = None  # only these have a place here; None: all
    min_stay: Seconds = 0.0  # s until a thing counts as being here


class Motion(Section):
    """When a picture counts as changed."""

    enabled: bool = True  # False: every frame is looked at, up to `fps`
    threshold: Annotated[int, Field(ge=1, le=255)] = 12  # grey levels from the background
    min_area: Annotated[float, Field(gt=0, le=1)] = 0.0015  # of the picture
    mask: tuple[Polygon, ...] = ()  # where nothing counts: trees, a flag, the time in the corner
    quiet: Seconds = 8.0  # s without motion until the camera is idle again


class Visits(Section):
    """When a tag is there, and when it is gone."""

    tags: tuple[str, ...] | None = None  # None: every object; a scene's tag must be named
    hits: Annotated[int, Field(ge=1, le=50)] = 2  # looks that must show it ...
    looks: Annotated[int, Field(ge=1, le=50)] = 4  # ... of the last so many
    quiet: Seconds = 5.0  # s unseen until it has ended
    update_every: Seconds = 10.0  # s at least between two updates of a visit
    loitering: Seconds = 60.0  # s of a moving thing in one place

    @model_validator(mode="after")
    def _hits_fit_into_looks(self) -> Visits:
        if self.hits > self.looks:
            raise ValueError(f"{self.hits} hits do not fit into {self.looks} looks; ask for fewer")
        return self


class Camera(Section):
    """What only a source of moving pictures understands."""

    mode: Literal["visits", "interval", "every"] | None = None  # None: what suits the source
    main: str | None = None  # a second URL with more pixels, opened to keep a good picture
    decode: Literal["adaptive", "keyframes", "all"] = "adaptive"
    hardware: Literal["none", "auto"] = "none"  # decoding by the platform, where it can
    fps: Annotated[float, Field(gt=0, le=60)] = 5.0  # looks per second at most
    look_every: Seconds = 300.0  # s between two looks although nothing moves; 0: none
    motion: Motion = Motion()
    zones: dict[Name, Zone] = Field(default_factory=dict)
    privacy: tuple[Polygon, ...] = ()  # blackened before anything else sees the picture
    visits: Visits | None = None  # None: the config's
