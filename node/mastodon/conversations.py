"""Conversations: threads of direct posts."""

from collections.abc import Sequence
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Conversation
from node.mastodon import rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import window
from node.mastodon.routing import Routes
from node.queries import conversations as conversation_rows
from node.queries.conversations import ConversationView
from node.services import conversations

WRITE: Final = ("write", "write:conversations")
ONE: Final = "/api/v1/conversations/{id:[0-9]+}"

routes = Routes()


async def rendered(tx: Transaction, call: Call, views: Sequence[ConversationView]) -> list[Entity]:
    people = {actor.id: actor for view in views for actor in view.people}
    accounts = dict(zip(people, await rendering.accounts(tx, call, list(people.values())), strict=True))
    posts = [view.last for view in views if view.last is not None]
    statuses = {entity["id"]: entity for entity in await rendering.statuses(tx, call, posts)}
    return [
        {
            "id": str(view.row.id),
            "unread": view.row.unread,
            "accounts": [accounts[actor.id] for actor in view.people],
            "last_status": statuses[str(view.last.id)] if view.last is not None else None,
        }
        for view in views
    ]


@routes.get("/api/v1/conversations", "read", "read:statuses", takes="window", returns="[Conversation]", pages=True)
async def every(call: Call) -> Any:
    asked = window(call)
    async with call.reading() as tx:
        found = await conversation_rows.page(tx, call.actor, asked)
        items = await rendered(tx, call, found)
        older = found[-1].row.last_post_id if len(found) == asked.size else None
        return Page(items, older, found[0].row.last_post_id if found else None)


@routes.post(f"{ONE}/read", *WRITE, returns="Conversation")
async def read(call: Call) -> Any:
    return await _marked(call, unread=False)


@routes.post(f"{ONE}/unread", *WRITE, returns="Conversation")
async def unread(call: Call) -> Any:
    return await _marked(call, unread=True)


async def _marked(call: Call, *, unread: bool) -> Entity:
    async def work(tx: Transaction) -> Entity:
        row: Conversation = await conversations.mark(tx, call.actor, call.id(), unread=unread)
        return (await rendered(tx, call, await conversation_rows.views(tx, call.actor, [row])))[0]

    return await call.run(work)


@routes.delete(ONE, *WRITE)
async def remove(call: Call) -> Any:
    await call.run(lambda tx: conversations.put_away(tx, call.actor, call.id()))
    return {}
