"""Sends one notice to one app, through its push service.

What is not delivered within a day is no news any more. A service that does not answer is asked again after as long as
the notice is old, and whatever else waits for that app waits with it, so that a dead one costs others nothing.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from federation.client import Answer
from federation.errors import Forbidden, Unreachable
from node.context import Context
from node.database import Transaction
from node.database.tables import Actor, Notification, PushSubscription
from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    jobs,
    notifications as notice_rows,
    posts as post_rows,
    push_subscriptions as rows,
)
from node.services import push, push_messages
from node.services.push_messages import Envelope

log = structlog.get_logger()
SOONEST: Final = timedelta(seconds=30)
RAREST: Final = timedelta(hours=1)
_GONE: Final = frozenset({404, 410})
_AGAIN: Final = frozenset({408, 425, 429})


async def run(context: Context, payload: Mapping[str, Any]) -> datetime | None:
    """When to try again; None at the end."""
    if not push.available():
        return None
    prepared = await context.read(lambda tx: _prepared(tx, payload))
    if prepared is None:
        return None
    subscription, notice, message = prepared
    now = context.now()
    vault = context.database.vault
    sealed = await asyncio.to_thread(
        push_messages.envelope, context.settings, vault, subscription, message, notice.type, now
    )
    answer = await _sent(context, subscription, sealed)
    if answer is not None and answer.status in _GONE:
        await context.run(lambda tx: rows.remove(tx, subscription.id))
    wait = _wait(answer, context.now() - notice.created_at)
    if wait is None:
        return None
    later = context.now() + wait
    await context.run(lambda tx: jobs.postpone(tx, push.JOB, f"{subscription.id}-", later))
    return later


async def _prepared(tx: Transaction, payload: Mapping[str, Any]) -> tuple[PushSubscription, Notification, bytes] | None:
    """None where there is nothing to send any more: the notice or the subscription is gone, hidden or too old."""
    to = await rows.subscriber(tx, payload["subscription"])
    if to is None:
        return None
    shown = await notice_rows.these(tx, to.actor, [payload["notification"]])
    if not shown or tx.now - shown[0].created_at > push_messages.LASTS:
        return None
    notice = shown[0]
    sender = await actor_rows.known(tx, notice.from_id)
    if not await _wanted(tx, to.subscription.policy, to.actor, sender):
        return None
    post = await post_rows.by_id(tx, notice.post_id) if notice.post_id else None
    if post is not None and post.reblog_of_id is not None:
        post = await post_rows.original(tx, post)
    return to.subscription, notice, push_messages.message(tx, to, notice, sender, post)


async def _wanted(tx: Transaction, policy: str, reader: Actor, sender: Actor) -> bool:
    if policy == "followed":
        return await follow_rows.accepted(tx, reader.id, sender.id)
    if policy == "follower":
        return await follow_rows.accepted(tx, sender.id, reader.id)
    return policy == "all"


async def _sent(context: Context, subscription: PushSubscription, sealed: Envelope) -> Answer | None:
    """None where no answer came."""
    try:
        return await context.client.post(subscription.endpoint, sealed.body, headers=sealed.headers, now=context.now())
    except Forbidden as error:
        log.info("push.refused", reason=error.reason)
        return Answer(403, None, None)
    except Unreachable as error:
        log.info("push.unreached", reason=error.reason)
        return None


def _wait(answer: Answer | None, age: timedelta) -> timedelta | None:
    """Before another try; None for none. What a service refuses otherwise it will refuse again."""
    if answer is not None and answer.status < 500 and answer.status not in _AGAIN:
        if not answer.delivered:
            log.info("push.not_taken", status=answer.status)
        return None
    if age > push_messages.LASTS:
        return None
    asked = timedelta(seconds=(answer.retry_after if answer is not None else None) or 0)
    return max(SOONEST, min(age, RAREST), min(asked, push_messages.LASTS))
