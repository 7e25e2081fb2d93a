"""How rows of this node read on the wire: actors, posts, collections and tombstones.

Contexts name the ActivityStreams and security URLs, everything else is inline: nobody has to fetch anything to
understand a node.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from mimetypes import guess_type
from typing import Any, Final

from federation import keys
from federation.vocabulary import RFC_9421, Document
from node.database import Transaction
from node.database.tables import Actor, Group, Post
from node.queries import actors as actor_rows, groups as group_rows, posts as post_rows
from node.services import addresses, audiences, languages

ACTIVITY_STREAMS: Final = "https://www.w3.org/ns/activitystreams"
_TERMS: Final = {
    "toot": "http://joinmastodon.org/ns#",
    "lemmy": "https://join-lemmy.org/ns#",
    "pt": "https://joinpeertube.org/ns#",
    "schema": "http://schema.org#",
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "Emoji": "toot:Emoji",
    "blurhash": "toot:blurhash",
    "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
    "votersCount": "toot:votersCount",
    "commentsEnabled": "pt:commentsEnabled",
    "removeData": "lemmy:removeData",
    "language": "schema:inLanguage",
    "identifier": "schema:identifier",
}
_ACTOR_TERMS: Final = {
    "toot": "http://joinmastodon.org/ns#",
    "lemmy": "https://join-lemmy.org/ns#",
    "schema": "http://schema.org#",
    "Hashtag": "as:Hashtag",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "language": "schema:inLanguage",
    "identifier": "schema:identifier",
    "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id", "@container": "@list"},
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    # FEP-521a names a context of its own for this one word; without it Fedify 2.3 sees no key of our proofs.
    "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"},
}
POST_CONTEXT: Final[list[Any]] = [ACTIVITY_STREAMS, "https://w3id.org/security/data-integrity/v1", _TERMS]
ACTOR_CONTEXT: Final[list[Any]] = [
    ACTIVITY_STREAMS,
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/multikey/v1",
    _ACTOR_TERMS,
]


SOFTWARE: Final[Document] = {
    "type": "Application",
    "name": "Ordito",
    "implements": [{"type": "Link", "name": "RFC-9421: HTTP Message Signatures", "href": RFC_9421}],
}
"""What peers may rely on (FEP-844e)."""


def stamp(at: datetime) -> str:
    """To the millisecond, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def published_now(at: datetime) -> datetime:
    """What `stamp` can say whole: every node then sorts a thread alike."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


async def actor(tx: Transaction, row: Actor) -> Document:
    """A Person, Group or Application of this node."""
    document: Document = {
        "@context": ACTOR_CONTEXT,
        "id": row.uri,
        "type": row.type,
        "preferredUsername": row.username,
        "name": row.name,
        "summary": row.summary,
        "url": row.url,
        "inbox": row.inbox,
        "outbox": row.outbox,
        "followers": row.followers_uri,
        "following": row.following_uri,
        "featured": row.featured_uri,
        "endpoints": {"sharedInbox": row.shared_inbox},
        "manuallyApprovesFollowers": row.locked,
        "discoverable": row.discoverable,
        "indexable": row.indexable,
        "published": stamp(row.published or row.created_at),
        "attachment": [{"type": "PropertyValue", **field} for field in row.fields],
        "tag": [],
        **await _keys(tx, row),
    }
    document.update(_optional(row))
    if row.type == "Application":
        document["implements"] = SOFTWARE["implements"]
    else:
        document["generator"] = SOFTWARE
    if row.is_group:
        group = await group_rows.required(tx, row)
        document.update(_group(row, group))
        document["attachment"] += _rules(group)
        document["tag"] = [_hashtag(tx, topic) for topic in group.topics]
    if row.type == "Application":
        for name in ("followers", "following", "featured"):
            del document[name]
    return document


def _optional(row: Actor) -> Document:
    found: Document = {}
    if row.name_map:
        found["nameMap"] = dict(row.name_map)
    if row.summary_map:
        found["summaryMap"] = dict(row.summary_map)
    if row.icon:
        found["icon"] = _picture(row.icon)
    if row.image:
        found["image"] = _picture(row.image)
    if row.also_known_as:
        found["alsoKnownAs"] = row.also_known_as
    if row.moved_to:
        found["movedTo"] = row.moved_to
    return found


def _picture(url: str) -> Document:
    """Mastodon takes no picture whose type it is not told before."""
    media_type, _ = guess_type(url)
    return {"type": "Image", "url": url} | ({"mediaType": media_type} if media_type else {})


def _group(row: Actor, group: Group) -> Document:
    """What threadiverse servers read of a group (FEP-1b12, Lemmy 1.0)."""
    return {
        "attributedTo": row.moderators_uri,
        "moderators": row.moderators_uri,
        "postingRestrictedToMods": bool(row.posting_restricted or group.closed_at or group.archived_at),
        "language": [{"identifier": code, "name": languages.name_of(code)} for code in row.languages],
        "sensitive": False,
    }


def _rules(group: Group) -> list[Document]:
    """One field for each language: no server has a word for rules, and Mastodon shows these on the profile."""
    return [
        {"type": "PropertyValue", "name": f"Rules ({languages.name_of(code)})", "value": _lines(str(text))}
        for code, text in group.rules.items()
    ]


def _lines(text: str) -> str:
    return "<br>".join(escape(line, quote=False) for line in text.strip().splitlines())


def _hashtag(tx: Transaction, name: str) -> Document:
    return {"type": "Hashtag", "name": f"#{name}", "href": addresses.hashtag(tx, name)}


async def _keys(tx: Transaction, row: Actor) -> Document:
    found = {key.assertion: key for key in await actor_rows.keys_of(tx, row)}
    rsa, ed25519 = found[False], found[True]
    return {
        "publicKey": {"id": rsa.id, "owner": row.uri, "publicKeyPem": rsa.material},
        "assertionMethod": [
            {"id": ed25519.id, "type": "Multikey", "controller": row.uri, "publicKeyMultibase": ed25519.material}
        ],
    }


async def post(tx: Transaction, row: Post, *, context: bool = True) -> Document:
    """A post of this node as an object."""
    author = await actor_rows.known(tx, row.author_id)
    audience = await audiences.of(tx, row)
    document: Document = {"@context": POST_CONTEXT} if context else {}
    document |= {
        "id": row.uri,
        "type": row.type,
        "attributedTo": author.uri,
        "to": list(audience.to),
        "cc": list(audience.cc),
        "content": row.content,
        "published": stamp(row.published),
        "url": row.url,
        "sensitive": row.sensitive,
        "attachment": [_attachment(item) for item in row.attachments],
        "tag": await _tags(tx, row),
        "replies": f"{row.uri}/replies",
        "mediaType": "text/html",
    }
    if audience.audience:
        document["audience"] = audience.audience
    document |= await _thread(tx, row)
    document |= _texts(row)
    document |= _poll(row)
    if row.edited_at:
        document["updated"] = stamp(row.edited_at)
    if row.locked_at:
        document["commentsEnabled"] = False
    return document


def _texts(row: Post) -> Document:
    found: Document = {}
    if row.name:
        found["name"] = row.name
    if row.summary:
        found["summary"] = row.summary
    if row.language:
        found["contentMap"] = {row.language: row.content} | {
            code: text for code, text in (row.content_map or {}).items() if code != row.language
        }
        found["language"] = {"identifier": row.language, "name": languages.name_of(row.language)}
    if row.source:
        found["source"] = {"content": row.source, "mediaType": "text/markdown"}
    return found


def _poll(row: Post) -> Document:
    """What a Question asks, and how it stands (FEP-9967). Figures that are hidden until the end are hidden here too."""
    if not row.poll:
        return {}
    poll = row.poll
    hidden = poll.get("hide_totals") and not poll.get("closed_at")
    options = [
        {
            "type": "Note",
            "name": one["name"],
            "replies": {"type": "Collection"} | ({} if hidden else {"totalItems": one["votes"]}),
        }
        for one in poll["options"]
    ]
    found: Document = {"anyOf" if poll["multiple"] else "oneOf": options, "votersCount": poll["voters"]}
    times = {"endTime": poll["ends_at"], "closed": poll["closed_at"]}
    return found | {name: stamp(datetime.fromisoformat(at)) for name, at in times.items() if at}


async def _thread(tx: Transaction, row: Post) -> Document:
    found: Document = {}
    if row.in_reply_to_uri:
        found["inReplyTo"] = row.in_reply_to_uri
    root = await post_rows.by_id(tx, row.root_id) if row.root_id else None
    if root is not None and addresses.is_ours(tx, root.uri):
        found["context"] = addresses.context(tx, root.id)
    elif root is not None and root.context_uri:
        found["context"] = root.context_uri
    return found


async def _tags(tx: Transaction, row: Post) -> list[Document]:
    found: list[Document] = [
        {"type": "Mention", "href": actor.uri, "name": f"@{actor.handle or actor.username}"}
        for actor in await post_rows.mentioned(tx, row.id)
    ]
    return found + [_hashtag(tx, name) for name in await post_rows.tags(tx, row.id)]


def _attachment(item: dict[str, Any]) -> Document:
    found = {
        "type": "Document",
        "mediaType": item.get("media_type"),
        "url": item["url"],
        "name": item.get("alt") or None,
    }
    if item.get("focal_point"):
        found["focalPoint"] = list(item["focal_point"])
    return found | {name: item[name] for name in ("blurhash", "width", "height") if item.get(name)}


def tombstone(uri: str, former_type: str | None, deleted: datetime | None) -> Document:
    """What is served with 410 at the id of something deleted."""
    document: Document = {"@context": ACTIVITY_STREAMS, "id": uri, "type": "Tombstone"}
    if former_type:
        document["formerType"] = former_type
    if deleted:
        document["deleted"] = stamp(deleted)
    return document


def collection(uri: str, total: int, *, first: str | None = None, items: Sequence[Any] | None = None) -> Document:
    """An OrderedCollection: with its items, with the address of its first page, or with the total alone."""
    document: Document = {"@context": POST_CONTEXT, "id": uri, "type": "OrderedCollection", "totalItems": total}
    if items is not None:
        document["orderedItems"] = list(items)
    if first is not None:
        document["first"] = first
    return document


def collection_page(uri: str, part_of: str, items: Sequence[Any], following: str | None) -> Document:
    document: Document = {
        "@context": POST_CONTEXT,
        "id": uri,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": list(items),
    }
    if following is not None:
        document["next"] = following
    return document


def public_keys(uri: str, rsa_private_pem: str, ed25519_private_pem: str) -> list[dict[str, Any]]:
    """Rows of an actor's keys: RSA for HTTP signatures, Ed25519 for proofs (FEP-521a)."""
    rsa, ed25519 = keys.load_private_key(rsa_private_pem), keys.load_private_key(ed25519_private_pem)
    return [
        {"id": f"{uri}#main-key", "material": rsa.public.pem(), "assertion": False},
        {"id": f"{uri}#ed25519-key", "material": ed25519.public.multibase(), "assertion": True},
    ]
