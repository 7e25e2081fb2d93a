"""Fetches what a group elsewhere had before somebody here followed it: its moderators, recent threads, their answers.

Answers are found by the thread's context collection (FEP-7888, FEP-f228), else by the `replies` of each post. Bounded:
so many threads, so many answers each. Resumable: what is stored is not fetched again, so that a run that was cut off,
or met a host that did not answer, is simply run once more. Backfilled posts take their published time and no place in
home.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import orjson
import structlog

from federation.errors import FederationError, Forbidden, Gone, Unreachable
from federation.identifiers import host_of, object_id, same_origin
from federation.vocabulary import CollectionPage, PostDocument, parse_collection, parse_object
from node.context import Budget, Context
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Missing, NodeError, Unreached
from node.queries import actors as actor_rows, groups as group_rows, posts as post_rows
from node.queries.visibility import OPEN
from node.services import groups

log = structlog.get_logger()
MOST_THREADS: Final = 40
MOST_ANSWERS: Final = 40
MOST_PAGES: Final = 3
MOST_FETCHED: Final = 400
"""Documents in one run."""
MOST_ELSEWHERE: Final = 60
"""Of one host other than the group's: a group may name whom it likes, and we would ask."""
MOST_FAILURES: Final = 3
"""After which a host is asked no more in this run."""
T = TypeVar("T")


async def run(context: Context, payload: Mapping[str, Any]) -> None:
    """Raises `Unreached` at the end where a host did not answer: the job comes back."""
    async with context.database.reading(context.now()) as tx:
        group = await actor_rows.by_uri(tx, payload["group"])
    if group is not None and not group.is_local:
        await _Backfill(context, group).run()


class _Backfill:
    """One run for one group."""

    def __init__(self, context: Context, group: Actor) -> None:
        self.context = context
        self.group = group
        self.unreached: list[str] = []
        """Collections that could not be read now."""
        self.asked: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    async def run(self) -> None:
        await self._moderators()
        for uri in await self._ids(self.group.outbox, MOST_THREADS):
            await self._thread(uri)
        await self._pins()
        if self.unreached:
            raise Unreached(f"{self.unreached[0]} cannot be read now.")

    async def _moderators(self) -> None:
        for uri in await self._ids(self.group.moderators_uri, MOST_ANSWERS):
            await self._attempt(partial(_add_moderator, group=self.group, uri=uri))

    async def _pins(self) -> None:
        for uri in await self._ids(self.group.featured_uri, MOST_ANSWERS):
            post = await self._stored(uri)
            if post is not None and post.group_id == self.group.id:
                await self.context.run(partial(group_rows.pin, actor_id=self.group.id, post_id=post.id))

    async def _thread(self, uri: str) -> None:
        post = await self._stored(uri)
        if post is not None and await self.context.run(partial(_open_thread, post=post, group=self.group)):
            await self._answers(post)

    async def _answers(self, post: Post) -> None:
        """The opener's node keeps the context; where it has none, each post's `replies` lead on, level by level."""
        listed = _context_of(post)
        waiting, seen = [listed] if listed else _replies_of(post), 0
        while waiting and seen < MOST_ANSWERS:
            for uri in await self._ids(waiting.pop(0), MOST_ANSWERS - seen):
                seen += 1
                answer = await self._stored(uri)
                if answer is not None and answer.id != post.id:
                    await self.context.run(partial(_put_answer, answer=answer, opener=post, group=self.group))
                    waiting += [] if listed else _replies_of(answer)

    async def _stored(self, uri: str) -> Post | None:
        """The post at this id, fetched from its own node where it is not known."""
        async with self.context.database.reading(self.context.now()) as tx:
            known = await post_rows.by_uri(tx, uri)
        if known is not None or not self._may_ask(host_of(uri)):
            return known
        found = await self._attempt(partial(_known, uri=uri))
        if found is None:
            self.failed[host_of(uri)] += 1
        return found

    def _may_ask(self, host: str) -> bool:
        """Counts what is asked of each host."""
        most = MOST_FETCHED if host == host_of(self.group.uri) else MOST_ELSEWHERE
        within = self.asked[host] < most and self.asked.total() < MOST_FETCHED
        if not within or self.failed[host] >= MOST_FAILURES:
            return False
        self.asked[host] += 1
        return True

    async def _attempt(self, work: Callable[[Transaction], Awaitable[T]]) -> T | None:
        """None where a peer does not play along: the rest is fetched all the same."""
        try:
            return await self.context.run(work, Budget())
        except NodeError as error:
            log.info("backfill.skipped", reason=error.code)
            return None

    async def _ids(self, uri: str | None, most: int) -> list[str]:
        """Ids of posts (or actors) in a collection, page by page."""
        found: dict[str, None] = {}
        following: str | None = uri
        for _ in range(MOST_PAGES):
            if following is None or len(found) >= most:
                break
            page = await self._page(following)
            if page is None:
                break
            if isinstance(page.first, dict):
                page = parse_collection(page.first)
            found.update(dict.fromkeys(_objects(page)))
            following = page.next or (page.first if isinstance(page.first, str) else None)
        return list(found)[:most]

    async def _page(self, uri: str) -> CollectionPage | None:
        """None for what is not there now, or no collection."""
        try:
            fetched = await self.context.client.fetch(uri, signer=await self.context.node_signer())
            return parse_collection(fetched.document)
        except FederationError as error:
            if isinstance(error, Unreachable) and not isinstance(error, Gone | Forbidden):
                self.unreached.append(uri)
            log.info("backfill.skipped", reason=error.reason)
            return None


async def _known(tx: Transaction, uri: str) -> Post:
    post = await post_rows.by_uri(tx, uri)
    if post is None:
        raise Missing(uri)
    return post


async def _add_moderator(tx: Transaction, group: Actor, uri: str) -> None:
    moderator = await actor_rows.required(tx, uri)
    await group_rows.add_moderator(tx, group.id, moderator.id)


async def _open_thread(tx: Transaction, post: Post, group: Actor) -> bool:
    """Whether what the group's outbox names is a thread of the group: open to all, and written to it."""
    if post.group_id is not None:
        return post.group_id == group.id
    stands = post.visibility in OPEN and post.deleted_at is None and post.in_reply_to_uri is None
    if not stands or not groups.claims(post, group):
        return False
    await post_rows.change(tx, post, group_id=group.id)
    return True


async def _put_answer(tx: Transaction, answer: Post, opener: Post, group: Actor) -> None:
    """An answer in the opener's thread, by somebody whom the group has not closed itself to."""
    stands = answer.group_id is None and answer.visibility in OPEN and answer.deleted_at is None
    if stands and answer.root_id == opener.id and not await group_rows.banned(tx, group.id, answer.author_id):
        await post_rows.change(tx, answer, group_id=group.id)


def _context_of(post: Post) -> str | None:
    """A collection on the opener's host. Mastodon's contexts are names (`tag:`)."""
    uri = post.context_uri
    is_url = uri is not None and uri.startswith(("https://", "http://"))
    return uri if uri is not None and is_url and same_origin(uri, post.uri) else None


def _replies_of(post: Post) -> list[str]:
    document = parse_object(orjson.loads(post.document)) if post.document else None
    return [document.replies] if isinstance(document, PostDocument) and document.replies else []


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
