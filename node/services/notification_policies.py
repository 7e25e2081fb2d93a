"""What somebody of this node has said about notices of strangers: shown, kept apart as a request, or not made at all.

The rules and their meaning are those of Mastodon 4.3. All begin with `accept`, that for private messages too, which
Mastodon keeps apart: who asks for help here is often somebody whom nobody follows yet.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, cast

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import notification_requests as request_rows
from node.queries.notified import Between

Verdict: TypeAlias = Literal["accept", "filter", "drop"]
RULES: Final = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
    "for_bots",
)
NEW_FOLLOWER: Final = timedelta(days=3)
"""Whoever follows to get through does not get through by that at once."""
NEW_ACCOUNT: Final = timedelta(days=30)
_ALWAYS_TOLD: Final = frozenset({"poll", "update", "admin.sign_up", "admin.report"})
_ORDER: Final[tuple[Verdict, ...]] = ("accept", "filter", "drop")


def is_judged(kind: str, rules: Mapping[str, Any]) -> bool:
    """Whether there is anything to ask of a notice of this type."""
    return kind not in _ALWAYS_TOLD and any(rule != "accept" for rule in rules.values())


def verdict(
    tx: Transaction, rules: Mapping[str, Any], sender: Actor, between: Between, post: Post | None, *, answers_her: bool
) -> Verdict:
    """The strictest of the rules that fit this sender. `answers_her`: the post answers one of hers."""
    if between.let_through:
        return "accept"
    opened = sender.published or sender.created_at
    private = post is not None and post.visibility == Visibility.DIRECT
    since = between.followed_since
    fits = {
        "for_not_following": not between.follows,
        "for_not_followers": since is None or since > tx.now - NEW_FOLLOWER,
        "for_new_accounts": not between.follows and opened > tx.now - NEW_ACCOUNT,
        "for_private_mentions": private and not between.follows and not answers_her,
        "for_bots": sender.type in {"Service", "Application"} and not between.follows,
    }
    found = [cast("Verdict", rules.get(name, "accept")) for name, fit in fits.items() if fit]
    return max(found, key=_ORDER.index, default="accept")


async def of(tx: Transaction, actor: Actor) -> dict[str, Verdict]:
    """Every rule of hers."""
    return _whole(await request_rows.rules(tx, actor.id))


def _whole(stored: Mapping[str, Any]) -> dict[str, Verdict]:
    return {name: cast("Verdict", stored.get(name, "accept")) for name in RULES}


async def change(tx: Transaction, actor: Actor, changes: Mapping[str, Any]) -> dict[str, Verdict]:
    """Takes over those rules that are named."""
    known = await of(tx, actor)
    rules = {name: cast("Verdict", changes.get(name, known[name])) for name in RULES}
    await request_rows.set_rules(tx, actor.id, rules)
    return rules


async def accept(tx: Transaction, actor: Actor, sender_ids: list[int]) -> None:
    """Lets these senders through from now on, with what was kept apart of them."""
    request_rows.let_through(tx, actor.id, await request_rows.pending(tx, actor.id, sender_ids))
    await request_rows.release(tx, actor.id, sender_ids)


async def dismiss(tx: Transaction, actor: Actor, sender_ids: list[int]) -> None:
    """Forgets what was kept apart of them. What they do next is kept apart anew."""
    await request_rows.discard(tx, actor.id, sender_ids)
