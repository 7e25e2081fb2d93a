"""What somebody means who names a group or pastes the address of a post: known here, or fetched once."""

from federation.identifiers import parse_url, without_fragment
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid, Missing, NotFound
from node.queries import posts
from node.services import actors, addresses


async def group(tx: Transaction, text: str) -> Actor:
    """A group by `name` (of this node), `name@host`, or the link of its page."""
    found = await actors.find(tx, text)
    if not found.is_group:
        raise Invalid(f"{text} is a person, not a group.", "group.person")
    return found


async def post(tx: Transaction, address: str, viewer: Actor | None) -> Post:
    """A post by its id or the address of its page, if this viewer may see it; of a boost, what it shows.

    Raises `Malformed` for what is no address, `Missing` once for what is not known here yet, then `NotFound`.
    """
    url = parse_url(without_fragment(address.strip()))
    found = await posts.by_url(tx, url)
    if found is None and not addresses.is_ours(tx, url) and url not in tx.tried:
        raise Missing(url)
    if found is None:
        raise NotFound(f"There is no post at {url}, or it cannot be read now.")
    return await posts.visible(tx, found.reblog_of_id or found.id, viewer)
