"""Accounts that go: a person or a group of this node, somebody elsewhere, or one whom the node no longer bears."""

from typing import Any

from node.database import Transaction
from node.database.tables import Actor, User
from node.errors import Invalid
from node.queries import (
    actors as actor_rows,
    deliveries,
    erasure,
    follows as follow_rows,
    groups as group_rows,
    posts as post_rows,
    users as user_rows,
)
from node.services import activities, audiences, media, outbox, owning, tombstones
from node.services.users import disable, enable, spare_last_operator


async def delete_person(tx: Transaction, person: Actor) -> None:
    """For good, her log-in included. Her groups go to others first."""
    user = await user_rows.by_actor(tx, person.id)
    if user is not None:
        await spare_last_operator(tx, user)
    await owning.pass_on(tx, person)
    await _delete(tx, person)
    if user is not None:
        await user_rows.remove(tx, user)


async def delete_group(tx: Transaction, by: Actor, group: Actor) -> None:
    """Its address answers 410 from now on. What was written in it stays its authors'."""
    await owning.owned(tx, by, group)
    await _delete(tx, group)


async def _delete(tx: Transaction, actor: Actor) -> None:
    """Told to every server that it ever told something, then emptied. Its keys stay, to sign that."""
    inboxes = await audiences.followers_inboxes(tx, actor) | await deliveries.inboxes_of(tx, actor.id)
    await outbox.owe(tx, actor, activities.delete_actor(tx, actor), inboxes, about=actor.uri)
    await empty(tx, actor)


async def empty(tx: Transaction, actor: Actor) -> None:
    """All of an account, here or elsewhere: posts, follows, texts. The row stays, so that its id answers 410."""
    for post in await post_rows.of_author(tx, actor.id):
        if post.reblog_of_id is not None:
            await post_rows.delete_row(tx, post)
        else:
            await post_rows.empty(tx, post)
    await media.forget_actor(tx, actor)
    await post_rows.remove_reactions_of(tx, actor.id)
    await follow_rows.remove_all_of(tx, actor.id)
    await actor_rows.forget_blocks(tx, actor.id)
    await group_rows.forget(tx, actor.id)
    await erasure.forget(tx, actor.id)
    await tombstones.remember(tx, actor.uri, actor.uri, actor.type)
    nothing: dict[str, Any] = {
        "name": "",
        "name_map": None,
        "summary": "",
        "summary_map": None,
        "icon": None,
        "image": None,
        "fields": [],
        "deleted_at": tx.now,
    }
    await actor_rows.change(tx, actor, **nothing)


async def close(tx: Transaction, user: User) -> None:
    """Nobody signs in to the account any more, and its groups go to others. What she wrote stays."""
    await disable(tx, user)
    await owning.pass_on(tx, await actor_rows.known(tx, user.actor_id))


async def suspend(tx: Transaction, actor: Actor) -> None:
    """Nothing of it is shown or taken any more, or sent to it. Of this node, she cannot sign in, and her groups go to
    others."""
    if actor.is_local and actor.type != "Person":
        raise Invalid("A group of this node is closed, archived or deleted, not suspended.", "suspend.group")
    user = await user_rows.by_actor(tx, actor.id) if actor.is_local else None
    if user is not None:
        await disable(tx, user)
    await actor_rows.change(tx, actor, suspended_at=tx.now)
    tx.tell("posts")
    if actor.is_local:
        await owning.pass_on(tx, actor)
    else:
        await outbox.withdraw_all(tx, actor)


async def unsuspend(tx: Transaction, actor: Actor) -> None:
    """What she wrote is shown again, and she may sign in anew. The groups that went to others stay with them."""
    await actor_rows.change(tx, actor, suspended_at=None)
    tx.tell("posts")
    user = await user_rows.by_actor(tx, actor.id) if actor.is_local else None
    if user is not None:
        await enable(tx, user)
