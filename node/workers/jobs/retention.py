"""Forgets, once a day, what is kept for a time only.

Finished inbox items keep a replay from taking effect; after `SEEN_FOR` what comes again meets the rows that it made and
the tombstones. Those stay for good, since a group may pass on a post however old: but of what somebody took back that
was never here only so many are kept, or whoever makes up ids would fill the disk. That something was passed on is known
for longer than it could come in again as new. Deliveries and activities that nothing refers to any more go after
`SENT_FOR`, and the words of what was deleted as soon as everybody has been told; at the end they leave SQLite's log
too, which keeps what was written until it is written over. Accounts elsewhere that nothing here refers to go after
`UNUSED_FOR`, or earlier where there is a crowd: whoever of them comes again is fetched again. Uploads that came into no
post go after `UNATTACHED_FOR`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from federation.identifiers import domain_of
from node.context import Context
from node.database import Transaction
from node.queries import apps, inbox_items, retention, search_index, sent_twice, users as user_rows
from node.services import media
from node.services.sent_twice import KEPT_FOR as KEYS_FOR

EVERY: Final = timedelta(days=1)
SEEN_FOR: Final = timedelta(days=30)
RELAYED_FOR: Final = timedelta(days=60)
"""Twice as long as an inbox item is known."""
TOLD_FOR: Final = timedelta(days=180)
"""Notices: what they tell of stays."""
SENT_FOR: Final = timedelta(days=30)
"""A delivery is tried for some eight."""
WORDS_FOR: Final = timedelta(days=1)
"""A peer may still ask for an activity that it has just got."""
UNSEEN_FOR: Final = timedelta(days=90)
MOST_UNSEEN: Final = 10_000
"""Of one actor. The oldest beyond go: of honest accounts nobody deletes so much that has never been here."""
UNATTACHED_FOR: Final = timedelta(days=1)
"""A file that was uploaded for a post which was never sent."""
UNUSED_FOR: Final = timedelta(days=90)
"""Since it was fetched last. Longer than a relay is known, by whose count an account is kept from flooding a group."""
CROWD: Final = 1000
"""Accounts of one domain, with all hosts below it, that may stay so long: whoever owns it makes as many as he likes."""
IDLE_FOR: Final = timedelta(days=1)
"""What comes in with an account has its effect, or waits, long before."""
MOST_UNUSED: Final = 10_000
"""In one day: the rest goes on the next ones. Each is looked for in every table that refers to accounts."""


async def run(context: Context, _: Mapping[str, Any]) -> datetime:
    """When it is due again. In parts, so that nobody waits long for the one writer."""
    now = context.now()
    await _until_none(context, lambda tx: inbox_items.forget_finished(tx, now - SEEN_FOR))
    await _until_none(context, lambda tx: retention.relays(tx, now - RELAYED_FOR))
    await _until_none(context, lambda tx: retention.notices(tx, now - TOLD_FOR))
    await _until_none(context, lambda tx: retention.unseen_tombstones(tx, now - UNSEEN_FOR, MOST_UNSEEN))
    await _through(context, lambda tx, after: retention.deliveries(tx, now - SENT_FOR, after))
    await _through(context, lambda tx, after: retention.activities(tx, now - SENT_FOR, after))
    await _through(context, lambda tx, after: retention.deleted_texts(tx, now - WORDS_FOR, after))
    await forget_unused(context)
    await context.run(user_rows.forget_expired)
    await context.run(apps.forget_expired)
    await _until_none(context, lambda tx: sent_twice.forget(tx, now - KEYS_FOR))
    await _until_none(context, lambda tx: media.forget_unattached(tx, now - UNATTACHED_FOR))
    await context.media.tidy()
    await context.remote_files.prune()
    await context.run(search_index.optimise)
    await context.database.empty_log()
    return now + EVERY


async def forget_unused(context: Context) -> int:
    """Accounts that nothing refers to, and how many went: the old ones, and of too many of a domain those that came
    first."""
    now, room, crowd = context.now(), MOST_UNUSED, Counter[str]()
    async for part in _unused(context, now - IDLE_FOR):
        crowd.update(domain_of(host) for _, host, _ in part)
    async for part in _unused(context, now - IDLE_FOR):
        chosen = []
        for row_id, host, fetched_at in part:
            if fetched_at < now - UNUSED_FOR or crowd[domain_of(host)] > CROWD:
                crowd[domain_of(host)] -= 1
                chosen.append(row_id)
        gone = chosen[:room]
        if gone:
            room -= await context.run(lambda tx, gone=gone: retention.forget_actors(tx, gone, now - IDLE_FOR))  # type: ignore[misc]  # a default binds it
    return MOST_UNUSED - room


async def _unused(context: Context, before: datetime) -> AsyncIterator[Sequence[tuple[int, str, datetime]]]:
    """In parts: (id, host, when it was fetched), first come first."""
    after: int | None = 0
    while after is not None:
        start = after
        after, part = await context.read(lambda tx, start=start: retention.unused_actors(tx, before, start))  # type: ignore[misc]  # as above
        if part:
            yield part


async def _until_none(context: Context, forget: Callable[[Transaction], Awaitable[int]]) -> None:
    while await context.run(forget):
        continue


async def _through(context: Context, look: Callable[[Transaction, int], Awaitable[int | None]]) -> None:
    """From the first row to the last."""
    after: int | None = 0
    while after is not None:
        start = after
        after = await context.run(lambda tx, start=start: look(tx, start))  # type: ignore[misc]  # a default binds it
