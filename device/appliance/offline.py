"""The bundle that is installed from, unpacked, its signature and every byte checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from device.appliance import archive, signature
from device.appliance.steps import ApplianceError
from device.appliance.updating import require_suits


def unpacked(
    bundle: Path, place: Path, keys: Sequence[Path], trusted: Path, *, unsigned: bool
) -> Path:
    """The folder that it is in then, below `place`.

    `keys`: public ones that may have signed it, beside those in the folder `trusted`. Raises
    `ApplianceError` for a bundle that is not as it was made, or is for another machine.
    """
    if not bundle.is_file():
        raise ApplianceError(
            f"{bundle}: there is no such file or folder", "name the bundle, or the folder of wheels"
        )
    known = [*keys, *(signature.trusted(trusted) if trusted.is_dir() else [])]
    if not (known or unsigned):
        raise ApplianceError(
            "no key is known yet that a bundle may be signed with",
            "--key PUB.pem of whoever made it; or --unsigned, if you know where it comes from",
        )
    require_suits(archive.peek(bundle)[0])
    target = place / "bundle"
    archive.unpack(bundle, target, None if unsigned else known)
    return target
