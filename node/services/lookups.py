"""What somebody means who names a group or pastes the address of a post: known here, or fetched once."""

from federation.errors import Malformed
from federation.identifiers import parse_url, without_fragment
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid, Missing, NotFound
from node.queries import actors as actor_rows, posts as post_rows
from node.services import actors, addresses, permissions


async def group(tx: Transaction, text: str) -> Actor:
    """A group by `name` (of this node), `name@host`, or the link of its page."""
    found = await actors.find(tx, text)
    if not found.is_group:
        raise Invalid(f"{text} is a person, not a group.", "group.person")
    return found


async def known_account(tx: Transaction, text: str) -> Actor:
    """By `name` (of this node) or `name@host`, if it is known here: nobody is asked. Raises `NotFound`."""
    try:
        return await actors.find(tx, text)
    except (Missing, Malformed) as error:
        raise NotFound("That account is not known here.") from error


async def post(tx: Transaction, address: str, viewer: Actor | None) -> Post:
    """A post by its id or the address of its page, if this viewer may see it; of a boost, what it shows.

    Raises `Invalid` for what is no address, `Missing` once for what is not known here yet, then `NotFound`.
    """
    url = _address(address)
    found = await post_rows.by_url(tx, url)
    if found is None and not addresses.is_ours(tx, url) and url not in tx.tried:
        raise Missing(url)
    if found is None:
        raise NotFound(f"There is no post at {url}, or it cannot be read now.")
    return await post_rows.visible(tx, found.reblog_of_id or found.id, viewer)


def _address(text: str) -> str:
    try:
        return parse_url(without_fragment(text.strip()))
    except Malformed as error:
        raise Invalid("That is not the address of a post.", "post.address") from error


async def post_in_group(tx: Transaction, address: str, moderator: Actor) -> tuple[Post, Actor]:
    """A post and the group that it is in, for one who wants to moderate it; its moderators find what was removed too.

    Raises as `post` does, and `Invalid` for a post in no group.
    """
    url = _address(address)
    found = await post_rows.by_url(tx, url)
    group = await actor_rows.by_id(tx, found.group_id) if found is not None and found.group_id else None
    if found is None or group is None or not await permissions.moderates(tx, moderator, group):
        found = await post(tx, address, moderator)
        group = await actor_rows.by_id(tx, found.group_id) if found.group_id else None
    if found.deleted_at is not None:
        raise NotFound("This post was deleted by its author.")
    if group is None:
        raise Invalid("This post is in no group.", "thread.no_group")
    return found, group
