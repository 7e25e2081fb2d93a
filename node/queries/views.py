"""Frozen views for doors: a post with all that a page or an app shows of it, in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, post_facts, posts as post_rows
from node.queries.post_facts import Facts


@dataclass(frozen=True, slots=True)
class PostView:
    post: Post
    author: Actor
    group: Actor | None
    mentions: tuple[Actor, ...]
    favourites: int
    reblogs: int
    replies: int
    favourited: bool
    reblogged: bool
    reblog: "PostView | None" = None


async def of(tx: Transaction, rows: Sequence[Post], viewer: Actor | None) -> list[PostView]:
    """Views in the order of the rows. The rows are what `viewer` may see: this function does not ask again."""
    originals = await post_rows.by_ids(tx, (row.reblog_of_id for row in rows if row.reblog_of_id))
    shown = {row.id: row for row in rows} | originals
    facts = await post_facts.of(tx, shown.values(), viewer.id if viewer is not None else None)
    people = await actor_rows.by_ids(tx, people_of(shown.values(), facts))

    def whole(post: Post) -> PostView:
        original = originals.get(post.reblog_of_id) if post.reblog_of_id else None
        return view(post, facts[post.id], people, whole(original) if original is not None else None)

    return [whole(row) for row in rows]


def people_of(posts: Iterable[Post], facts: Mapping[int, Facts]) -> set[int]:
    """Ids of whom views of these posts name."""
    authors = {actor_id for post in posts for actor_id in (post.author_id, post.group_id) if actor_id}
    return authors.union(*(of_post.mentions for of_post in facts.values()))


def view(post: Post, facts: Facts, people: Mapping[int, Actor], reblog: PostView | None = None) -> PostView:
    return PostView(
        post=post,
        author=people[post.author_id],
        group=people.get(post.group_id) if post.group_id else None,
        mentions=tuple(people[actor_id] for actor_id in facts.mentions),
        favourites=facts.favourites,
        reblogs=facts.reblogs,
        replies=facts.replies,
        favourited=facts.favourited,
        reblogged=facts.reblogged,
        reblog=reblog,
    )
