"""Ids: 63-bit integers, 47 bits of milliseconds since 1970 and 16 random bits, so that order of ids is order of time.

Within one process no id is given twice; between processes the tables' unique constraints decide, and the transaction
that lost is run again.
"""

import secrets
import threading
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

RANDOM_BITS: Final = 16
LARGEST: Final = (1 << 63) - 1
"""That a column takes."""
BACKDATE_LIMIT: Final = timedelta(minutes=10)
TRIES: Final = 20
NEAR: Final = 60_000 << RANDOM_BITS
"""A minute, longer than any transaction: ids of works that run side by side are drawn from one row."""
_lock = threading.Lock()
_last = 0
KEPT: Final = 65_536
_past: OrderedDict[int, None] = OrderedDict()
"""Ids in the past that were drawn lately: what was published in one moment mostly comes in one."""


def of_text(text: str) -> int | None:
    """The id that somebody has sent; None for what cannot be one."""
    is_one = text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST
    return int(text) if is_one else None


def new_id(at: datetime) -> int:
    """An id for something that happens now; later calls with the same or a later time give greater ids."""
    global _last  # noqa: PLW0603  # the one counter of this process
    with _lock:
        first = _milliseconds(at) << RANDOM_BITS
        # A work that needs many ids runs over into the next milliseconds: drawn anew, they would meet those it has.
        _last = _last + 1 if first <= _last < first + NEAR else first | secrets.randbits(RANDOM_BITS)
        return _last


def id_at(at: datetime) -> int:
    """An id in the past, for what was published then; a later one where that moment is crowded."""
    first = _milliseconds(at) << RANDOM_BITS
    with _lock:
        for tries in count():
            drawn = first + ((tries // TRIES) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
            if drawn not in _past:
                break
        _past[drawn] = None
        if len(_past) > KEPT:
            _past.popitem(last=False)
        return drawn


def id_for_delivered(published: datetime | None, arrived: datetime) -> int:
    """The id of a delivered post: its published time, but never before arrival minus ten minutes, nor after arrival.

    Nobody can slip a post in below what readers have seen already, or above all others for good.
    """
    if published is None or published >= arrived:
        return new_id(arrived)
    return id_at(max(published, arrived - BACKDATE_LIMIT))


def before(row_id: int, span: timedelta) -> int:
    """The least id of so long before another."""
    return max(0, time_of(row_id) - span // timedelta(milliseconds=1)) << RANDOM_BITS


def after(row_id: int, span: timedelta) -> int:
    """The least id of so long after another."""
    return (time_of(row_id) + span // timedelta(milliseconds=1)) << RANDOM_BITS


def first_of(at: datetime) -> int:
    """The least id of a moment."""
    return _milliseconds(at) << RANDOM_BITS


def time_of(row_id: int) -> int:
    """Milliseconds since 1970 of an id."""
    return row_id >> RANDOM_BITS


def moment_of(row_id: int) -> datetime:
    return datetime.fromtimestamp(time_of(row_id) / 1000, UTC)


def _milliseconds(at: datetime) -> int:
    return max(0, int(at.timestamp() * 1000))
