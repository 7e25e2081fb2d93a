"""Days and times as pages show them. The node does not know where a reader is, so times are told in UTC."""

from datetime import UTC, datetime
from typing import Final

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def day(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def stamp(at: datetime) -> str:
    return f"{day(at)}, {at.astimezone(UTC):%H:%M} UTC"
