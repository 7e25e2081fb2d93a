"""Times as apps read them."""

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """Exactly three digits of a second and `Z`: Ice Cubes shows anything else as now."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def day(at: datetime | None) -> str | None:
    """A date alone, as `last_status_at` is."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%d")
