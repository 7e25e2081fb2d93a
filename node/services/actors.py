"""Accounts as others see them: whom an address means, profiles that change and move."""

from collections.abc import Iterable, Mapping

from federation.identifiers import Handle, parse_url, without_fragment
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Missing, NotFound
from node.queries import actors as actor_rows
from node.services import activities, addresses, audiences, follows, outbox


async def resolve(tx: Transaction, handle: Handle) -> Actor:
    """The account behind a handle; raises `Missing` once for one that is not known here yet, then `NotFound`."""
    found = await actor_rows.by_handle(tx, handle)
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
    found = await actor_rows.by_uri(tx, url)
    if found is None and url in tx.tried:
        found = await actor_rows.by_page(tx, url)
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
    await actor_rows.change(tx, actor, **values)
    activity = await activities.update_actor(tx, await actor_rows.known(tx, actor.id))
    await outbox.owe(tx, actor, activity, await audiences.followers_inboxes(tx, actor), about=actor.uri)


async def move(tx: Transaction, actor: Actor, target: Actor) -> None:
    """Sends the followers of an account of this node to its new place, which must name this one: looked up now."""
    if not target.is_local and target.uri not in tx.tried:
        raise Missing(target.uri, "actor")
    new = await actor_rows.known(tx, target.id)
    if actor.uri not in new.also_known_as:
        raise NotFound("The new account does not name this one as an earlier address.")
    await actor_rows.change(tx, actor, moved_to=new.uri)
    activity = activities.move(tx, actor, new.uri)
    await outbox.owe(tx, actor, activity, await audiences.followers_inboxes(tx, actor), about=actor.uri)
    await follows.move(tx, actor, new)
