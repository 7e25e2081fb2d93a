"""Fetches what a group elsewhere had before somebody here followed it: its moderators, recent threads, their answers.

Bounded: so many threads, so many answers each. Resumable: what is stored is not fetched again, so that a run that was
cut off is simply run once more. Backfilled posts take their published time and no place in home.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import structlog

from federation.errors import FederationError
from federation.identifiers import object_id, same_origin
from federation.vocabulary import CollectionPage, parse_collection
from node.context import Budget, Context
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Missing, NodeError
from node.queries import actors, groups, posts
from node.queries.visibility import OPEN

log = structlog.get_logger()
MOST_THREADS: Final = 40
MOST_ANSWERS: Final = 40
MOST_PAGES: Final = 3


async def run(context: Context, payload: Mapping[str, Any]) -> None:
    async with context.database.reading(context.now()) as tx:
        group = await actors.by_uri(tx, payload["group"])
    if group is None or group.is_local:
        return
    await _moderators(context, group)
    for uri in await _ids(context, group.outbox, MOST_THREADS):
        post = await _stored(context, uri)
        if post is not None:
            await context.run(lambda tx, post=post: _put_into(tx, post, group))  # type: ignore[misc]  # a default binds it
            await _answers(context, post, group)
    await _pins(context, group)


async def _moderators(context: Context, group: Actor) -> None:
    for uri in await _ids(context, group.moderators_uri, MOST_ANSWERS):

        async def work(tx: Transaction, uri: str = uri) -> None:
            moderator = await actors.required(tx, uri)
            await groups.add_moderator(tx, group.id, moderator.id)

        await _attempt(context, work)


async def _pins(context: Context, group: Actor) -> None:
    for uri in await _ids(context, group.featured_uri, MOST_ANSWERS):
        post = await _stored(context, uri)
        if post is not None and post.group_id == group.id:
            await context.run(lambda tx, post=post: groups.pin(tx, group.id, post.id))  # type: ignore[misc]  # as above


async def _answers(context: Context, post: Post, group: Actor) -> None:
    """By the thread's context collection (FEP-7888, FEP-f228), which its author's node keeps."""
    if post.context_uri is None or not same_origin(post.context_uri, post.uri):
        return
    for uri in await _ids(context, post.context_uri, MOST_ANSWERS):
        answer = await _stored(context, uri)
        if answer is not None and answer.in_reply_to_id is not None:
            await context.run(lambda tx, answer=answer: _put_into(tx, answer, group))  # type: ignore[misc]  # as above


async def _put_into(tx: Transaction, post: Post, group: Actor) -> None:
    """A post that the group's own collections name is one of the group's."""
    if post.group_id is None and post.visibility in OPEN and post.deleted_at is None:
        await posts.change(tx, post, group_id=group.id)


async def _stored(context: Context, uri: str) -> Post | None:
    """The post at this id, fetched from its own node where it is not known."""

    async def work(tx: Transaction) -> Post:
        post = await posts.by_uri(tx, uri)
        if post is None:
            raise Missing(uri)
        return post

    found: Post | None = await _attempt(context, work)
    return found


async def _attempt(context: Context, work: Any) -> Any:
    """None where a peer does not play along: the rest is fetched all the same."""
    try:
        return await context.run(work, Budget())
    except NodeError as error:
        log.info("backfill.skipped", reason=error.code)
        return None


async def _ids(context: Context, uri: str | None, most: int) -> list[str]:
    """Ids of posts (or actors) in a collection, page by page."""
    found: dict[str, None] = {}
    following: str | None = uri
    for _ in range(MOST_PAGES):
        if following is None or len(found) >= most:
            break
        page = await _page(context, following)
        if page is None:
            break
        if isinstance(page.first, dict):
            page = parse_collection(page.first)
        found.update(dict.fromkeys(_objects(page)))
        following = page.next or (page.first if isinstance(page.first, str) else None)
    return list(found)[:most]


async def _page(context: Context, uri: str) -> CollectionPage | None:
    try:
        fetched = await context.client.fetch(uri, signer=await context.node_signer())
        return parse_collection(fetched.document)
    except FederationError as error:
        log.info("backfill.skipped", reason=error.reason)
        return None


def _objects(page: CollectionPage) -> Iterator[str]:
    """The innermost object of each item: an outbox lists Announce{Create{Page}}, Announce{id} or plain ids."""
    for item in page.items:
        inner: Any = item
        while isinstance(inner, dict) and inner.get("object") is not None:
            inner = inner["object"]
        name = inner.get("id") if isinstance(inner, dict) else inner
        if isinstance(name, str):
            try:
                yield object_id(name)
            except FederationError:
                log.debug("backfill.bad_id")
