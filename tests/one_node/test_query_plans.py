"""The queries that run all the time use their indexes: what they cost must not grow with what is stored.

The plan of the very statement that runs is read from the database, over enough rows that a planner would choose well.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy

from node.database import Transaction, id_at
from node.database.tables import Actor, Bookmark, Delivery, InboxItem, Job, Mention, OwnActivity, Post, Reaction
from node.queries import (
    actors as actor_rows,
    collected,
    deliveries,
    feeds,
    follows as follow_rows,
    inbox_items,
    jobs,
    post_facts,
    posts as post_rows,
    timelines,
)
from tests.nodes import Node

POSTS, DONE, AUTHORS = 6000, 6000, 40
START = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.both_databases
Work = Callable[[Transaction], Awaitable[Any]]


@contextmanager
def statements(node: Node) -> Iterator[list[tuple[str, Any]]]:
    """What is asked, with its parameters."""
    engine = node.context.database.writer.sync_engine
    seen: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sqlalchemy.event.remove(engine, "before_cursor_execute", note)


async def plan(node: Node, work: Work, about: str) -> str:
    """How the database goes about the first query of `work` that reads from this table."""
    with statements(node) as seen:
        await node.do(work)
    statement, parameters = next(entry for entry in seen if f"FROM {about}" in entry[0])
    prefix = "EXPLAIN QUERY PLAN" if node.context.settings.sqlite else "EXPLAIN"
    async with node.context.database.writer.connect() as connection:
        found = await connection.exec_driver_sql(f"{prefix} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in found)


def scans(explained: str, table: str) -> list[str]:
    """Lines of a plan in which the whole of a table is read."""
    lines = [line.strip() for line in explained.splitlines()]
    sqlite = [line for line in lines if line.startswith((f"SCAN {table}", f"SEARCH {table}")) and "USING" not in line]
    return sqlite + [line for line in lines if f"Seq Scan on {table}" in line]


def post(number: int, author_id: int, group_id: int) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    row_id = id_at(at)
    uri = f"http://c.test/posts/{number}"
    named = {"id": row_id, "root_id": row_id, "uri": uri, "url": uri, "type": "Note", "author_id": author_id}
    placed = {"visibility": "public", "group_id": group_id if number % 10 == 0 else None}
    texts = {"name": "", "content": "<p>as it was</p>", "summary": "", "sensitive": False}
    return named | placed | texts | {"attachments": [], "emojis": [], "published": at, "created_at": at}


def mention(post_id: int, actor_id: int, **values: Any) -> dict[str, Any]:
    return {"id": post_id, "post_id": post_id, "actor_id": actor_id, **values}


async def fill(tx: Transaction, reader: Actor, group: Actor) -> None:
    """Many posts of many authors, two of whom she follows; a long past in the queues, and a little that is due."""
    authors = [await actor_rows.upsert(tx, remote(number)) for number in range(AUTHORS)]
    for author in authors[:2]:
        follow = await follow_rows.add(tx, reader, author, f"{reader.uri}#follow/{author.id}")
        await follow_rows.change(tx, follow, accepted_at=tx.now)
    rows = [post(number, authors[number % AUTHORS].id, group.id) for number in range(POSTS)]
    tx.insert(Post, rows)
    named = [reader, *authors]
    tx.insert(Mention, [mention(row["id"], named[n % len(named)].id, silent=False) for n, row in enumerate(rows)])
    liking = {"emoji": "", "uri": None, "created_at": tx.now}
    tx.insert(Reaction, [mention(row["id"], authors[n % AUTHORS].id, **liking) for n, row in enumerate(rows)])
    tx.insert(Bookmark, [mention(row["id"], named[n % len(named)].id) for n, row in enumerate(rows)])
    values: dict[str, Any] = {"uri": f"{group.uri}#x", "actor_id": group.id, "type": "Announce", "public": True}
    tx.insert(OwnActivity, [{"id": n, **values, "object_uri": group.uri, "document": "{}"} for n in range(1, DONE + 1)])
    rest = {"claimed": False, "attempts": 0}
    for n in range(1, DONE + 1):
        due = {"due_at": tx.now if n > DONE - 50 else None, **rest}
        item = {"actor_uri": authors[n % AUTHORS].uri, "activity_id": f"http://c.test/a/{n}", "kind": "Create"}
        tx.insert(InboxItem, [{"id": n, **item, "document": "{}", "arrived_at": tx.now, **due}])
        inbox = {"activity_id": n, "sender_id": group.id, "inbox": f"http://h{n}.test/inbox", "host": f"h{n}.test"}
        tx.insert(Delivery, [{"id": n, **inbox, **due}])
        tx.insert(Job, [{"id": n, "kind": "backfill", "key": str(n), "payload": {}, **due}])


def remote(number: int) -> dict[str, Any]:
    uri = f"http://c.test/users/u{number}"
    named = {"uri": uri, "url": uri, "username": f"u{number}", "host": "c.test", "handle": f"u{number}@c.test"}
    flags = dict.fromkeys(("locked", "discoverable", "indexable", "posting_restricted", "shows_follows"), False)
    lists: dict[str, Any] = {name: [] for name in ("fields", "languages", "emojis", "also_known_as")}
    return named | {"inbox": f"{uri}/inbox", "type": "Person", "name": "", "summary": ""} | flags | lists


async def test_hot_queries_use_their_indexes(node: Node) -> None:
    reader, writer = await node.person("reader"), await node.person("writer")
    group = await node.group("garden", writer)
    await node.do(lambda tx: fill(tx, reader, group))
    start = await node.post(writer, "one")
    if not node.context.settings.sqlite:
        await node.do(lambda tx: tx.execute(sqlalchemy.text("ANALYZE")))
    page, up = timelines.Page(), timelines.Page(above=1)
    hot: dict[str, tuple[Work, str, str]] = {
        "home": (lambda tx: timelines.home(tx, reader, page), "posts", "posts_author_id_id"),
        "home upwards": (lambda tx: timelines.home(tx, reader, up), "posts", "posts_author_id_id"),
        "of one account": (lambda tx: feeds.of_account(tx, writer, reader, up), "posts", "posts_author_id_id"),
        "public": (lambda tx: feeds.public(tx, reader, page), "posts", "PRIMARY KEY"),
        "public upwards": (lambda tx: feeds.public(tx, None, up), "posts", "PRIMARY KEY"),
        "tagged": (lambda tx: feeds.tagged(tx, reader, page, ["seeds"]), "posts", "post_tags_1"),
        "favourites": (lambda tx: collected.favourites(tx, reader, page), "reactions", "reactions_actor_id"),
        "bookmarks": (lambda tx: collected.bookmarks(tx, reader, up), "bookmarks", "bookmarks_actor_id_id"),
        "facts": (lambda tx: post_facts.of(tx, [start], reader.id), "reactions", "reactions"),
        "addressed": (lambda tx: timelines.addressed(tx, reader, page), "mentions", "mentions_actor_id"),
        "group": (lambda tx: timelines.group(tx, group, reader, page), "posts", "posts_group_id_id"),
        "profile": (lambda tx: timelines.profile(tx, writer, None, page), "posts", "posts_author_id_id"),
        "thread": (lambda tx: timelines.thread(tx, 1, reader), "posts", "posts_root_id_id"),
        "orphans": (lambda tx: post_rows.orphaned(tx, ["http://c.test/posts/1"]), "posts", "posts_in_reply_to_uri"),
        "take": (lambda tx: inbox_items.take(tx, 50), "inbox_items", "inbox_items_due_at"),
        "claim": (lambda tx: deliveries.claim(tx, 200, {}, 4, 50), "deliveries", "deliveries_due_at"),
        "claim of jobs": (lambda tx: jobs.claim(tx, 10), "jobs", "jobs_due_at"),
        "next item": (inbox_items.next_due, "inbox_items", "inbox_items_due_at"),
        "next delivery": (deliveries.next_due, "deliveries", "deliveries_due_at"),
        "next job": (jobs.next_due, "jobs", "jobs_due_at"),
    }
    for name, (work, table, index) in hot.items():
        explained = await plan(node, work, table)
        assert not scans(explained, table), f"{name} reads all of it:\n{explained}"
        if node.context.settings.sqlite:  # PostgreSQL knows how the rows lie, and may rightly choose another
            assert index in explained, f"{name} uses another index:\n{explained}"


async def test_a_query_without_an_index_is_seen(node: Node) -> None:
    """What the test above would say, were an index forgotten."""
    explained = await plan(node, lambda tx: tx.all(sqlalchemy.select(Post).where(Post.content == "x")), "posts")
    assert scans(explained, "posts")
