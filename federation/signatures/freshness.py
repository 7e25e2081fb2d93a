"""When a signature was made, and until when it holds. A window is no protection from replays; ids of activities are."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from federation.errors import Unverified

WINDOW: Final = timedelta(hours=1)
"""What Fedify and Lemmy allow; Mastodon allows it into the future."""
WIDEST: Final = timedelta(hours=12)

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IMF_FIXDATE: Final = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT\Z", re.ASCII
)


@lru_cache(maxsize=256)
def parse_http_date(text: str) -> datetime:
    """Reads an IMF-fixdate, the one form that a sender may write (RFC 9110, section 5.6.7). Raises `Unverified`."""
    match = _IMF_FIXDATE.match(text)
    if match is None:
        raise Unverified("sig.date", "Date is not an HTTP date")
    day, month, year, hour, minute, second = match.groups()
    try:
        return datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError as error:
        raise Unverified("sig.date", "Date is an impossible one") from error


def format_http_date(moment: datetime) -> str:
    """An IMF-fixdate (RFC 9110, section 5.6.7)."""
    utc = moment.astimezone(UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[utc.weekday()]
    return f"{day}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"


def check_made(made: float, now: datetime, window: timedelta) -> None:
    """`made` (seconds since 1970) is within the window, which is never wider than 12 hours, either way."""
    if abs(made - now.timestamp()) > min(window, WIDEST).total_seconds():
        raise Unverified("sig.time", "the signature is too old, or from the future")


def check_expires(expires: int | None, now: datetime) -> None:
    """`expires` in seconds since 1970. Raises `Unverified` once it is reached."""
    if expires is not None and expires <= now.timestamp():
        raise Unverified("sig.expired", "the signature has expired")
