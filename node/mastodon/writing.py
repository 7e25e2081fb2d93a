"""Writing statuses, editing them and taking them away."""

from typing import Any

from node.database import Transaction
from node.database.tables import Actor, Post
from node.mastodon import rendering
from node.mastodon.calls import Call
from node.mastodon.routing import Routes
from node.mastodon.scheduled import scheduled_status
from node.mastodon.statuses import ONE, own
from node.queries import posts as post_rows, scheduled as scheduled_rows
from node.services import actors, composing, posts, reactions, scheduling, sent_twice
from node.services.composing import Composition

WRITE = ("write", "write:statuses")

routes = Routes()


@routes.post("/api/v1/statuses", *WRITE, takes="NewStatus", returns="StatusOrScheduled")
async def create(call: Call) -> Any:
    """Answered before anybody elsewhere has it: what is owed to them is a row of the same transaction."""
    wanted = Composition.of(call.parameters)
    mentioned = await _mentioned(call, wanted)

    async def work(tx: Transaction) -> Any:
        async def make() -> int:
            return await _make(tx, call, wanted, mentioned)

        made = await sent_twice.once(tx, call.user, call.request.headers.get("Idempotency-Key"), make)
        return await _made(tx, call, made)

    return await call.run(work)


async def _mentioned(call: Call, wanted: Composition) -> dict[str, Actor]:
    """Whom it names: looked up, where nobody here knows them, before anything is stored."""
    handles = wanted.handles(call.context.settings.host)
    return await call.context.read(lambda tx: actors.resolve_all(tx, handles))


async def _make(tx: Transaction, call: Call, wanted: Composition, mentioned: dict[str, Actor]) -> int:
    """A post, or one for later; its id."""
    if call.get("scheduled_at"):
        app = call.viewer.app
        sent = call.parameters | {"application_id": app.id if app else 0}
        return (await scheduling.schedule(tx, call.actor, call.user, sent, mentioned)).id
    draft = await composing.draft(tx, call.actor, call.user, wanted, mentioned)
    return (await posts.publish(tx, call.actor, draft)).id


async def _made(tx: Transaction, call: Call, made: int) -> Any:
    row = await scheduled_rows.own(tx, call.actor.id, made) if call.get("scheduled_at") else None
    if row is not None:
        return await scheduled_status(tx, row)
    return await rendering.status(tx, call, await post_rows.visible(tx, made, call.actor))


@routes.put(ONE, *WRITE, takes="ChangedStatus", returns="Status")
async def change(call: Call) -> Any:
    wanted = Composition.of(call.parameters)
    mentioned = await _mentioned(call, wanted)

    async def work(tx: Transaction) -> Any:
        post = await own(tx, call)
        draft = await composing.changed(tx, call.actor, post, wanted, mentioned)
        await posts.edit(tx, call.actor, post, draft)
        return await rendering.status(tx, call, post)

    return await call.run(work)


@routes.delete(ONE, *WRITE, takes="Deleting", returns="DeletedStatus")
async def delete(call: Call) -> Any:
    """As it was, with what she had typed: to be written anew from that, and with its files."""

    async def work(tx: Transaction) -> Any:
        post = await own(tx, call)
        entity = await rendering.status(tx, call, post) | {"text": post.source or ""}
        await _take_away(tx, call.actor, post, keeps_files=not call.get("delete_media", False))
        return entity

    return await call.run(work)


async def _take_away(tx: Transaction, actor: Actor, post: Post, *, keeps_files: bool) -> None:
    """Of a boost, that alone: not what it shows."""
    if post.reblog_of_id is None:
        await posts.delete(tx, actor, post, keeps_files=keeps_files)
    else:
        await reactions.unreblog(tx, actor, await post_rows.visible(tx, post.reblog_of_id, actor))
