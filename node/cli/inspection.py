"""`ordito inspect`: what this node makes of something, here or elsewhere, without storing it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from node.cli.output import safe, show, show_json
from node.cli.running import run

if TYPE_CHECKING:
    from federation.vocabulary import ActorDocument, Document, PostDocument
    from node.context import Context


@click.command("inspect", short_help="Show what this node makes of a post, person or group.")
@click.argument("target", metavar="URL-or-HANDLE")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def inspect(target: str, as_json: bool) -> None:
    """Fetch a person, a group, a post or a thread, signed as this node, and show how it is understood.

    Nothing is stored.

    \b
    Examples:
      ordito inspect welcome@node.example
      ordito inspect https://mastodon.example/@anna/1 --json | jq -r .visibility
    """
    found = run(lambda context: _understood(context, target))
    if as_json:
        show_json(found)
        return
    text = str(found.pop("text", ""))
    for name, value in found.items():
        if value not in (None, "", []):
            listed = ", ".join(value) if isinstance(value, list) else value
            show(
                f"{name.replace('_', ' ') + ':':<22}{'yes' if listed is True else 'no' if listed is False else listed}"
            )
    if text:
        show()
        show(text)


async def _understood(context: "Context", target: str) -> dict[str, object]:
    from federation.errors import FederationError
    from federation.vocabulary import ActorDocument, PostDocument, kind_of, parse_object

    try:
        document = await _document(context, target)
        value = parse_object(document)
        if kind_of(document) == "collection":
            return _collection(document)
    except FederationError as error:
        raise click.ClickException(f"{safe(target) or 'Nothing'} cannot be read: {error}.") from error
    if isinstance(value, ActorDocument):
        return await _actor(context, value)
    if isinstance(value, PostDocument):
        return await _post(context, value)
    known = {"kind": type(value).__name__.removesuffix("Document").lower(), "id": value.id}
    return known | {"type": getattr(value, "type", getattr(value, "former_type", None))}


async def _document(context: "Context", target: str) -> "Document":
    """What its own host serves; of this node what everybody may see, without a server running."""
    from federation import discovery
    from federation.identifiers import Handle, host_of, parse_url, without_fragment

    if "://" in target:
        uri = parse_url(without_fragment(target.strip()))
    else:
        bare = target.strip().lstrip("@!")
        handle = Handle.parse(bare if "@" in bare else f"{bare}@{context.settings.host}")
        if handle.host == context.settings.host:
            return await _own(context, str(handle))
        uri = await discovery.resolve(context.client, handle)
    if host_of(uri) == context.settings.host:
        return await _own(context, uri)
    return await context.fetcher.document(uri)


async def _own(context: "Context", target: str) -> "Document":
    from node.errors import NotFound
    from node.queries import posts as post_rows
    from node.services import actors, addresses, documents

    async with context.database.reading(context.now()) as tx:
        post_id = addresses.post_id_of(tx, target)
        if post_id is not None:
            return await documents.post(tx, await post_rows.visible(tx, post_id, None))
        try:
            return await documents.actor(tx, await actors.find(tx, target))
        except NotFound as error:
            if "://" not in target:
                raise
            raise NotFound("Of this node itself only people, groups and posts can be inspected.") from error


def _collection(document: "Document") -> dict[str, object]:
    """Of a thread (FEP-7888), which is what the page of a forum stands for, its posts by their ids."""
    from federation.vocabulary import parse_collection

    found = parse_collection(document)
    named = (item if isinstance(item, str) else item.get("id") for item in found.items)
    return {
        "kind": "collection",
        "type": document["type"],
        "id": found.id,
        "title": document.get("name"),
        "total": found.total,
        "items": [item for item in named if isinstance(item, str)],
        "first_page": found.first if isinstance(found.first, str) else None,
    }


async def _actor(context: "Context", value: "ActorDocument") -> dict[str, object]:
    from node.services.markup import clean_html, plain

    handle = await _handle(context, value)
    return {
        "kind": "actor",
        "type": value.type,
        "id": value.id,
        "handle": handle,
        "handle_confirmed": handle is not None,
        "name": value.name,
        "url": value.url,
        "inbox": value.inbox,
        "shared_inbox": value.shared_inbox,
        "followers": value.followers,
        "moderators": value.moderators,
        "approves_followers": value.locked,
        "only_moderators_post": value.posting_restricted,
        "languages": list(value.languages),
        "keys": [key.id for key in value.keys],
        "moved_to": value.moved_to,
        "text": plain(clean_html(value.summary)),
    }


async def _handle(context: "Context", value: "ActorDocument") -> str | None:
    """What WebFinger confirms, None where it does not."""
    from federation import discovery
    from federation.errors import FederationError
    from federation.identifiers import host_of

    if host_of(value.id) == context.settings.host:
        return f"{value.username}@{context.settings.host}"
    own = frozenset({context.settings.host})
    try:
        return str(await discovery.confirm(context.client, value.id, value.username, own_hosts=own))
    except FederationError:
        return None


async def _post(context: "Context", value: "PostDocument") -> dict[str, object]:
    from node.services.markup import clean_html, plain

    author = await _author(context, value)
    visibility, group = await _audience(context, value, author)
    return {
        "kind": "post",
        "type": value.type,
        "id": value.id,
        "url": value.url,
        "author": value.author,
        "author_handle": await _handle(context, author) if author else None,
        "group": group,
        "visibility": visibility,
        "language": value.language,
        "languages": list(value.content_map),
        "title": value.name,
        "warning": plain(value.warning),
        "in_reply_to": value.in_reply_to,
        "published": value.published.isoformat() if value.published else None,
        "mentions": [mention.href for mention in value.mentions],
        "hashtags": list(value.hashtags),
        "attachments": [attachment.url for attachment in value.attachments],
        "text": plain(clean_html(value.content)),
    }


async def _author(context: "Context", value: "PostDocument") -> "ActorDocument | None":
    from federation.errors import FederationError
    from federation.vocabulary import parse_actor
    from node.errors import NodeError

    try:
        return parse_actor(await _document(context, value.author))
    except (FederationError, NodeError):
        return None


async def _audience(
    context: "Context", value: "PostDocument", author: "ActorDocument | None"
) -> tuple[str, str | None]:
    """Who may read it, and the group it belongs to. Without its author, followers and direct look the same."""
    from federation.addressing import Visibility, group_candidates, visibility
    from node.queries import actors as actor_rows

    named = group_candidates(value.to, value.cc, value.audience)
    async with context.database.reading(context.now()) as tx:
        known = await actor_rows.by_uris(tx, named)
    groups: Mapping[str, str | None] = {
        uri: known[uri].followers_uri for uri in named if uri in known and known[uri].is_group
    }
    members = {uri for uri in groups.values() if uri}
    group = next(iter((*value.audience, *groups)), None)
    found = visibility(value.to, value.cc, author.followers if author else None, members)
    unclear = author is None and found == Visibility.DIRECT
    return ("followers or direct" if unclear else found.value), group
