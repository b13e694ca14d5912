"""JSON files: what they hold is said by their entry `format`."""

from __future__ import annotations

from muse.works.base import Work
from muse.works.formats import json, json_fields


def decode(data: bytes, name: str) -> Work:
    """The work in a JSON file.

    Raises:
        WishError: if `data` is not JSON, or no work; the message names the file and the place.
    """
    document = json_fields.parsed(data, name)
    kind = document.get("format") if isinstance(document, dict) else None
    if kind in ("muse-poem", "muse-script", "muse-story"):
        from muse.works.formats import writing_json

        return writing_json.work_of(document, name)
    return json.score_of(document, name)
