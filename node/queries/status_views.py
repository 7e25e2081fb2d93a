"""What an app shows of a post beyond what a page does, in a fixed number of queries for a page of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, polls, post_facts, posts as post_rows, views
from node.queries.post_facts import Facts
from node.queries.views import PostView

People: TypeAlias = Callable[[Transaction, set[int]], Awaitable[Mapping[int, Actor]]]


@dataclass(frozen=True, slots=True)
class StatusView:
    """`parent_author_id`: who is answered. `votes`: her own choices in its poll. `muted`: the thread, or its author."""

    view: PostView
    tags: tuple[str, ...]
    parent_author_id: int | None
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False
    votes: tuple[int, ...] = ()
    poll_over: bool = False
    reblog: "StatusView | None" = None

    @property
    def post(self) -> Post:
        return self.view.post


async def of(
    tx: Transaction,
    rows: Sequence[Post],
    viewer: Actor | None,
    originals: Mapping[int, Post] | None = None,
    people: People = actor_rows.by_ids,
) -> list[StatusView]:
    """In the order of the rows, which are what `viewer` may see: this function does not ask again. `originals`: what
    the reblogs among them show, where the caller has that. `people`: finds accounts by their ids."""
    if originals is None:
        originals = await post_rows.by_ids(tx, (row.reblog_of_id for row in rows if row.reblog_of_id))
    shown = {post.id: post for post in (originals.get(row.reblog_of_id or row.id, row) for row in rows)}
    facts = await post_facts.of(tx, shown.values(), viewer.id if viewer is not None else None)
    known = await people(tx, views.people_of([*rows, *shown.values()], facts))
    found = {post.id: _view(tx, post, facts[post.id], known) for post in shown.values()}

    def whole(row: Post) -> StatusView:
        if row.reblog_of_id is None or row.reblog_of_id not in found:
            return found[row.id]
        return replace(_view(tx, row, Facts(), known), reblog=found[row.reblog_of_id])

    return [whole(row) for row in rows]


def _view(tx: Transaction, post: Post, facts: Facts, people: Mapping[int, Actor]) -> StatusView:
    return StatusView(
        view=views.view(post, facts, people),
        tags=tuple(facts.tags),
        parent_author_id=facts.parent_author_id,
        bookmarked=facts.bookmarked,
        muted=facts.muted,
        pinned=facts.pinned,
        votes=tuple(facts.votes),
        poll_over=polls.is_over(post, tx.now),
    )
