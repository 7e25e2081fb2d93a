"""Statements that go to the driver itself give what the session gives."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select

from node.database.tables import Post
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

WRITTEN_BETWEEN = (
    select(Post.id, Post.visibility, Post.deleted_at.is_(None), Post.in_reply_to_id)
    .where(Post.author_id == bindparam("author"), Post.visibility.in_(("public", "unlisted")))
    .where(Post.published >= bindparam("since", type_=Post.published.type), Post.author_id == bindparam("author"))
    .order_by(Post.id.desc())
    .limit(bindparam("most"))
)


async def test_it_asks_what_the_session_asks(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    await node.post(anna, "before")
    nodes.clock.at += timedelta(hours=1)
    since = nodes.clock.at
    written = [await node.post(anna, f"number {number}") for number in range(3)]
    for most in (2, 5):
        asked = {"author": anna.id, "since": since, "most": most}
        found = [tuple(row) for row in await node.context.database.ask(WRITTEN_BETWEEN, **asked)]
        told = [tuple(row) for row in await node.read(lambda tx, asked=asked: tx.rows(WRITTEN_BETWEEN, **asked))]
        assert found == told == [(post.id, "public", True, None) for post in written[::-1][:most]]


async def test_a_value_that_is_not_given_is_missed(node: Node) -> None:
    with pytest.raises(KeyError):
        await node.context.database.ask(WRITTEN_BETWEEN, author=1)
