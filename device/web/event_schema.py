"""The JSON Schema of an event, from the same types as the API's description.

`python -m device.web.event_schema` prints what lies in docs/event.schema.json.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from device.web.models import EventShape


def event_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    schema = EventShape.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    json.dump(event_schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")
