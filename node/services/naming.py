"""What an activity is known by in our tables: its id, or a digest where it has none or one too long for an index."""

import json
from hashlib import sha256
from typing import Final

from federation.vocabulary import Document

LONGEST_KEPT: Final = 512
"""Bytes of an activity's id that are kept: an index of PostgreSQL holds 2,704 for it and its actor's."""


def name_of(stated: str | None, activity: Document) -> str:
    """`stated` is its id: ActivityPub 3 and 6 let one that is only sent have none, which some write as null or ""."""
    if stated and len(stated.encode()) <= LONGEST_KEPT:
        return stated
    return f"urn:sha256:{sha256((stated or json.dumps(activity, sort_keys=True)).encode()).hexdigest()}"
