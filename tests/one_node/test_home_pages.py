"""Pages of the home timeline: however far apart posts are, each is met once, newest first."""

from datetime import timedelta
from typing import Any

import pytest

from node.database import Transaction, id_at
from node.database.tables import Actor, Post
from node.queries import follows as follow_rows, timelines
from tests.nodes import Node

pytestmark = pytest.mark.both_databases
DAYS = (0.1, 0.2, 1, 3, 10, 20, 100, 130, 300, 4000)


async def written(node: Node, author: Actor) -> list[int]:
    """Posts so many days ago; their ids, newest first."""

    async def work(tx: Transaction) -> list[int]:
        rows: list[dict[str, Any]] = []
        for days in DAYS:
            at = tx.now - timedelta(days=days)
            row_id = id_at(at)
            uri = f"{author.uri}/{days}"
            named = {"id": row_id, "root_id": row_id, "uri": uri, "url": uri, "type": "Note", "author_id": author.id}
            texts = {"name": "", "content": str(days), "summary": "", "sensitive": False, "visibility": "public"}
            rows.append(named | texts | {"attachments": [], "emojis": [], "published": at, "created_at": at})
        tx.insert(Post, rows)
        return [row["id"] for row in rows]

    ids: list[int] = await node.do(work)
    return ids


async def follow(node: Node, reader: Actor, author: Actor) -> None:
    async def work(tx: Transaction) -> None:
        wish = await follow_rows.add(tx, reader, author, f"{reader.uri}#follow/{author.id}")
        await follow_rows.change(tx, wish, accepted_at=tx.now)

    await node.do(work)


@pytest.mark.parametrize("size", [1, 3, 4, 40])
async def test_pages_meet_each_post_once(node: Node, size: int) -> None:
    reader, author, other = await node.person("reader"), await node.person("author"), await node.person("other")
    ids = await written(node, author)
    await written(node, other)
    await follow(node, reader, author)
    seen: list[int] = []
    before = None
    while page := await node.read(
        lambda tx, before=before: timelines.home(tx, reader, timelines.Page(size, before=before))
    ):
        seen += [post.id for post in page]
        before = seen[-1]
    assert seen == ids


async def test_newer_than_a_post(node: Node) -> None:
    reader, author = await node.person("reader"), await node.person("author")
    ids = await written(node, author)
    await follow(node, reader, author)
    for place in (0, 1, 5, 9):
        page = await node.read(lambda tx, place=place: timelines.home(tx, reader, timelines.Page(40, after=ids[place])))
        assert [post.id for post in page] == ids[:place]
