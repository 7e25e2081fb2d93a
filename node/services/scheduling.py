"""Posts for later: kept as an app asked for them, published by a job as they would have been at once.

What is wrong by then (a group that is closed to her, a post to answer that is gone) is kept with it, for her to read.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor, Post, ScheduledPost, User
from node.errors import Forbidden, Invalid, NodeError, NotFound, TooOften
from node.queries import actors as actor_rows, jobs, scheduled as scheduled_rows, users as user_rows
from node.services import composing, media, posts
from node.services.composing import Composition

JOB: Final = "scheduled_post"
EARLIEST: Final = timedelta(minutes=5)
LATEST: Final = timedelta(days=5 * 365)
MOST: Final = 300
"""Of one person, as in Mastodon."""
AGAIN: Final = timedelta(minutes=1)
"""When a group takes no more of hers for now."""
FAILURE: Final = "failure"


def time_of(text: str) -> datetime:
    """A time as an app writes it; without a zone in UTC. Raises `Invalid`."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("Validation failed: Scheduled at is not a time", "scheduled.time") from error


def _check(tx: Transaction, at: datetime) -> None:
    if not tx.now + EARLIEST <= at <= tx.now + LATEST:
        raise Invalid("Validation failed: Scheduled at The scheduled date must be in the future", "scheduled.time")


async def schedule(
    tx: Transaction, actor: Actor, user: User, sent: Mapping[str, Any], mentioned: Mapping[str, Actor]
) -> ScheduledPost:
    """Checks as much of it as can be known now. Raises what publishing it would."""
    at = time_of(sent["scheduled_at"])
    _check(tx, at)
    if await scheduled_rows.count(tx, actor.id) >= MOST:
        raise Invalid(f"Validation failed: You have exceeded the limit of {MOST} scheduled posts", "scheduled.many")
    wanted = Composition.of(sent)
    draft = await composing.draft(tx, actor, user, wanted, mentioned)
    draft.check()
    if draft.poll is not None:
        draft.poll.check(tx.now)
    kept = {name: value for name, value in sent.items() if name != "scheduled_at"}
    row = await scheduled_rows.add(tx, actor.id, at, kept)
    await media.reserve(tx, actor, wanted.media_ids, row.id)
    await _owe(tx, row)
    return row


async def _owe(tx: Transaction, row: ScheduledPost) -> None:
    """One job for each time that it is given: those of an earlier one find that it is not due."""
    at = row.scheduled_at
    await jobs.add(tx, JOB, f"{row.id}:{at.isoformat()}", {"scheduled": row.id}, at)


async def own(tx: Transaction, actor: Actor, scheduled_id: int) -> ScheduledPost:
    found = await scheduled_rows.own(tx, actor.id, scheduled_id)
    if found is None:
        raise NotFound("There is no such scheduled post.")
    return found


async def change(tx: Transaction, actor: Actor, scheduled_id: int, at: str) -> ScheduledPost:
    """Another time; what failed is tried again then."""
    row, time = await own(tx, actor, scheduled_id), time_of(at)
    _check(tx, time)
    kept = {name: value for name, value in row.parameters.items() if name != FAILURE}
    await scheduled_rows.change(tx, row, scheduled_at=time, parameters=kept)
    await _owe(tx, row)
    return row


async def cancel(tx: Transaction, actor: Actor, scheduled_id: int) -> None:
    """Its files are as if nobody had used them."""
    await scheduled_rows.remove(tx, await own(tx, actor, scheduled_id))


async def due(tx: Transaction, scheduled_id: int) -> Composition | None:
    """What is to be published now; None for what was called off, put off, or has failed already."""
    row = await scheduled_rows.by_id(tx, scheduled_id)
    if row is None or row.scheduled_at > tx.now or FAILURE in row.parameters:
        return None
    return Composition.of(row.parameters)


async def publish(tx: Transaction, scheduled_id: int, mentioned: Mapping[str, Actor]) -> Post | None:
    """Publishes it and takes it from the list, at once: whatever happens to the job, it is published one time."""
    row = await scheduled_rows.locked(tx, scheduled_id)
    wanted = await due(tx, scheduled_id)
    if row is None or wanted is None:
        return None
    author, user = await actor_rows.known(tx, row.actor_id), await user_rows.by_actor(tx, row.actor_id)
    if user is None or user.disabled_at is not None:
        raise Forbidden("Your login is currently disabled", "user.disabled")
    draft = await composing.draft(tx, author, user, wanted, mentioned, scheduled_id=row.id)
    post = await posts.publish(tx, author, draft)
    await scheduled_rows.remove(tx, row)
    return post


async def failed(tx: Transaction, scheduled_id: int, error: NodeError) -> datetime | None:
    """Keeps why it could not be published; when to try again, where that may help."""
    if isinstance(error, TooOften):
        return tx.now + AGAIN
    row = await scheduled_rows.locked(tx, scheduled_id)
    if row is not None:
        await scheduled_rows.change(tx, row, parameters={**row.parameters, FAILURE: str(error)})
    return None
