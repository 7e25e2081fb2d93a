"""Accounts as others see them: profiles that change, move and go."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from federation.identifiers import Handle, parse_url, without_fragment
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Missing, NotFound
from node.queries import actors, follows, groups, posts
from node.services import activities, audiences, moderating, outbox, tombstones


async def resolve(tx: Transaction, handle: Handle) -> Actor:
    """The account behind a handle; raises `Missing` once for one that is not known here yet, then `NotFound`."""
    found = await actors.by_handle(tx, handle)
    if found is not None and found.deleted_at is None:
        return found
    if handle.host.lower() == tx.settings.host.lower() or handle.acct in tx.tried:
        raise NotFound(f"There is no account {handle}, or it cannot be reached now.")
    raise Missing(handle.acct, "actor")


async def find(tx: Transaction, text: str) -> Actor:
    """Whom somebody means who pasted an address: `@name@host`, a name of this node, or the link of a page.

    Raises `Malformed` for what is no address, `Missing` once for what is not known here yet, then `NotFound`.
    """
    text = text.strip()
    if "://" not in text:
        bare = text.lstrip("@!")
        return await resolve(tx, Handle.parse(bare if "@" in bare else f"{bare}@{tx.settings.host}"))
    url = parse_url(without_fragment(text))
    name = url.removeprefix(f"{tx.settings.base_url}/@")
    if name != url:
        return await find(tx, name)
    found = await actors.by_uri(tx, url)
    if found is None and url in tx.tried:
        found = await actors.by_page(tx, url)
    if found is not None and found.deleted_at is None:
        return found
    if addresses.is_ours(tx, url) or url in tx.tried:
        raise NotFound("There is no account behind this link, or it cannot be reached now.")
    raise Missing(url, "actor")


async def resolve_all(tx: Transaction, handles: Iterable[Handle]) -> dict[str, Actor]:
    """Those behind the handles of a text, by lower-case handle. One that cannot be found stays text."""
    found: dict[str, Actor] = {}
    for handle in handles:
        try:
            found[str(handle).lower()] = await resolve(tx, handle)
        except NotFound:
            continue
    return found


async def change_profile(tx: Transaction, actor: Actor, values: Mapping[str, object]) -> None:
    """Changes what others see of an account of this node, and tells its followers."""
    await actors.change(tx, actor, **values)
    activity = await activities.update_actor(tx, await actors.known(tx, actor.id))
    await outbox.owe(tx, actor, activity, await audiences.followers_inboxes(tx, actor), about=actor.uri)


async def move(tx: Transaction, actor: Actor, target: Actor) -> None:
    """Sends the followers of an account of this node to its new place, which must name this one."""
    if actor.uri not in target.also_known_as:
        raise NotFound("The new account does not name this one as an earlier address.")
    await actors.change(tx, actor, moved_to=target.uri)
    activity = activities.move(tx, actor, target.uri)
    await outbox.owe(tx, actor, activity, await audiences.followers_inboxes(tx, actor), about=actor.uri)


async def delete_local(tx: Transaction, actor: Actor, inboxes: Sequence[str]) -> None:
    """An account of this node goes: told to every server that may know it, then emptied. Its keys stay to sign that."""
    activity = activities.delete_actor(tx, actor)
    await outbox.owe(tx, actor, activity, inboxes, about=actor.uri)
    await hand_over_groups(tx, actor)
    await empty(tx, actor)


async def empty(tx: Transaction, actor: Actor) -> None:
    """All of an account, here or elsewhere: posts, follows, texts. The row stays, so that its id answers 410."""
    for post in await posts.of_author(tx, actor.id):
        if post.reblog_of_id is not None:
            await posts.delete_row(tx, post)
        else:
            await posts.empty(tx, post)
    await follows.remove_all_of(tx, actor.id)
    await tombstones.remember(tx, actor.uri, actor.uri, actor.type)
    nothing: dict[str, Any] = {
        "name": "",
        "summary": "",
        "icon": None,
        "image": None,
        "fields": [],
        "deleted_at": tx.now,
    }
    await actors.change(tx, actor, **nothing)


async def hand_over_groups(tx: Transaction, owner: Actor) -> None:
    """The groups of an owner who leaves go to the moderator who has been one longest, else wait for the operator."""
    for group in await groups.owned_by(tx, owner.id):
        actor = await actors.known(tx, group.id)
        heirs = [m for m in await groups.moderators(tx, group.id) if m.is_local and m.id != owner.id]
        if heirs:
            await moderating.name_owner(tx, actor, heirs[0])
        else:
            await groups.change(tx, group, owner_id=None)
        await groups.remove_moderator(tx, group.id, owner.id)
