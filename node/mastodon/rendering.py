"""From rows to entities: the figures and the views that they need, for a whole page at once."""

from collections.abc import Iterable, Mapping, Sequence

from node.database import Transaction
from node.database.tables import Actor, Post
from node.mastodon import filtering
from node.mastodon.calls import Call
from node.mastodon.entities import accounts as account_entities, statuses as status_entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.links import Links
from node.mastodon.figures import FIGURES
from node.mastodon.filtering import FILTERS
from node.mastodon.kept import KEPT
from node.queries import status_views
from node.queries.figures import Figures
from node.queries.status_views import StatusView


async def accounts(tx: Transaction, call: Call, actors: Sequence[Actor], *, anew: bool = False) -> list[Entity]:
    """In the order given."""
    known = await call.request.app[FIGURES].of(tx, {actor.id for actor in actors}, anew=anew)
    return [account_entities.account(actor, known[actor.id], Links.of(tx)) for actor in actors]


async def account(tx: Transaction, call: Call, actor: Actor) -> Entity:
    """Counted anew."""
    return (await accounts(tx, call, [actor], anew=True))[0]


async def figures(tx: Transaction, call: Call, actor: Actor) -> Figures:
    return (await call.request.app[FIGURES].of(tx, [actor.id], anew=True))[actor.id]


async def statuses(
    tx: Transaction, call: Call, rows: Sequence[Post], originals: Mapping[int, Post] | None = None
) -> list[Entity]:
    """Of rows that the viewer may see; `originals`: what the reblogs among them show, where that is at hand."""
    kept, links = call.request.app[KEPT], Links.of(tx)
    views = await status_views.of(tx, rows, call.viewer.actor, originals, kept.actors)
    known = await call.request.app[FIGURES].of(tx, {actor.id for actor in _authors(views)})

    def account_of(actor: Actor) -> Entity:
        return kept.account(actor, known[actor.id], links)

    signed_in = call.viewer.actor is not None
    rendered = [
        status_entities.status(view, account_of, links, signed_in=signed_in, same=kept.status) for view in views
    ]
    await _mark_filtered(tx, call, views, rendered)
    return rendered


async def _mark_filtered(tx: Transaction, call: Call, views: Sequence[StatusView], rendered: Sequence[Entity]) -> None:
    """What her filters say of others' posts; of a reblog what they say of the post that it shows."""
    viewer = call.viewer.actor
    filters = await call.request.app[FILTERS].of(tx, viewer.id) if viewer is not None else ()
    if viewer is None or not filters:
        return
    for view, entity in zip(views, rendered, strict=True):
        post = (view.reblog or view).post
        found = filtering.results(filters, post) if post.author_id != viewer.id else []
        for shown in (entity, entity["reblog"]):
            if shown is not None:
                shown["filtered"] = found


async def status(tx: Transaction, call: Call, row: Post) -> Entity:
    return (await statuses(tx, call, [row]))[0]


def _authors(views: Iterable[StatusView]) -> list[Actor]:
    found = []
    for view in views:
        found.append(view.view.author)
        if view.reblog is not None:
            found.append(view.reblog.view.author)
    return found
