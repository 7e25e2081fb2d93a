"""Forgets, once a day, what is kept for a time only: finished inbox items, which keep a replay from taking effect."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from node.context import Context
from node.queries import inbox_items, users

EVERY: Final = timedelta(days=1)
SEEN_FOR: Final = timedelta(days=30)


async def run(context: Context, _: Mapping[str, Any]) -> datetime:
    """When it is due again. In parts, so that nobody waits long for the one writer."""
    before = context.now() - SEEN_FOR
    while await context.run(lambda tx: inbox_items.forget_finished(tx, before)):
        continue
    await context.run(users.forget_expired)
    return context.now() + EVERY
