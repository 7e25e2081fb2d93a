"""What a node holds before a payload comes: who is named, the posts it is about, what it answers or takes back.

Nothing of it decides what becomes of the payload: whatever that refers to is here as a real node would have it, and
Anna follows whoever sends.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import orjson

from federation.errors import Malformed
from federation.identifiers import PUBLIC, PUBLIC_FORMS, Handle, host_of, origin, same_origin
from federation.vocabulary import (
    Activity,
    ActorDocument,
    Document,
    PostDocument,
    Reference,
    kind_of,
    parse_actor,
    parse_object,
)
from federation.vocabulary.kinds import NOT_POSTS, type_of
from federation.vocabulary.properties import items
from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows, posts as post_rows
from node.services import follows, remote
from tests.one_node.corpus.world import OURS, World, objects_in

GROUPS: Final = re.compile(r"/(c|m|community|communities|category|groups|video-channels)/[^/]+\Z|/@?(my)?group\b")
"""Ids of groups, as Lemmy, Mbin, lotide, NodeBB, Mobilizon, PeerTube and others make them."""
NO_ACTORS: Final = re.compile(
    r"#|/(followers|following|members|moderators|featured|pinned|outbox|subscribers|replies)\b|/(topic|objects?|post)/"
)
ABOUT_POSTS: Final = frozenset(
    {"Announce", "Like", "Dislike", "EmojiReact", "Flag", "Add", "Remove", "Lock", "Delete", "Update"}
)
BY_THE_AUTHOR: Final = frozenset({"Update", "Delete", "Lock"})
LONG_AGO: Final = "2016-01-01T00:00:00Z"


def moved_here(document: Document, given: list[str]) -> Document:
    """The payload, with those whom these places name replaced by ours: `object=anna`, `object.to.0=garden`.

    Its own proof goes: there is no key to it, and it is no proof of what was replaced.
    """
    text = orjson.dumps(document)
    found = [(_at(document, place), who) for place, _, who in (w.partition("=") for w in given) if _is_ours(who)]
    for theirs, who in sorted(found, key=lambda pair: -len(pair[0])):
        name, _, rest = who.partition("/")
        ours = f'"{OURS[name]}' + (f"/{rest}" if rest else "")
        text = re.sub(re.escape(orjson.dumps(theirs)[:-1]) + rb'(?=["/#?])', ours.encode(), text)
    moved: Document = orjson.loads(text)
    moved.pop("proof", None)
    return moved


def _is_ours(who: str) -> bool:
    return who.partition("/")[0] in OURS


def _at(document: Any, place: str) -> str:
    for name in place.split("."):
        document = document[int(name)] if isinstance(document, list) else document[name]
    assert isinstance(document, str), place
    return document


async def prepare(world: World, document: Document, activity: Activity, given: list[str]) -> None:
    """All that came before this activity."""
    world.origins.serve(document)
    relayed_by = activity.actor if isinstance(activity.object, Activity) and activity.type == "Announce" else None
    if activity.type == "Move" and activity.target is not None:
        world.origins.serve(_actor(activity.target, document) | {"alsoKnownAs": [activity.actor]})
    await world.context.run(lambda tx: _acquaint(tx, document, activity, given))
    await _what_it_is_about(world, activity, given, relayed_by)


async def _acquaint(tx: Transaction, document: Document, activity: Activity, given: list[str]) -> None:
    await store_named(tx, document, activity.actor)
    anna, garden = [await actor_rows.required(tx, OURS[name]) for name in ("anna", "garden")]
    inner = activity.object
    for uri in {activity.actor, inner.actor if isinstance(inner, Activity) else activity.actor}:
        sender = await actor_rows.required(tx, uri)
        if sender.is_local:
            continue
        await _follow(tx, anna, sender)
        await _follow(tx, sender, garden)
        if "moderates" in given:
            await group_rows.add_moderator(tx, garden.id, sender.id)


async def store_named(tx: Transaction, document: Document, *also: str) -> None:
    """Every actor that the payload names, as its own host would show it."""
    for uri in dict.fromkeys([*also, *_named(document)]):
        if await actor_rows.by_uri(tx, uri) is None and not uri.startswith("http://a.test/"):
            value = _shown(uri, document)
            await remote.store_actor(tx, value, Handle(value.username, host_of(value.id)))


def _shown(uri: str, document: Document) -> ActorDocument:
    """As the payload shows it, where it does; but for one whose hosts were half replaced when it was collected."""
    for part in objects_in(document):
        if part.get("id") == uri and "inbox" in part:
            with suppress(Malformed):
                return parse_actor(part)
    return parse_actor(_actor(uri, document))


def _actor(uri: str, document: Document) -> Document:
    """A group where it announces an activity or is called like one; with the collections that the payload names."""
    name = uri.rstrip("/").rpartition("/")[2]
    inner = document.get("object")
    relays = document.get("type") == "Announce" and isinstance(inner, dict) and "actor" in inner
    is_group = bool(GROUPS.search(uri)) or (relays and document.get("actor") == uri)
    return {
        "id": uri,
        "type": "Group" if is_group else "Person",
        "preferredUsername": re.sub(r"\W", "", name) or "somebody",
        **{word: f"{uri}/{word}" for word in ("inbox", "outbox", "following")},
        "followers": _collection(
            document, uri, rf"{re.escape(origin(uri))}/followers/{re.escape(name)}", "followers/?"
        ),
        "featured": _collection(document, uri, "featured", "pinned"),
        **({"attributedTo": f"{uri}/moderators"} if is_group else {}),
    }


def _collection(document: Document, uri: str, *forms: str) -> str:
    """Its address, as the payload names it: below the actor, or where Friendica has it."""
    forms = tuple(form if form.startswith("http") else f"{re.escape(uri.rstrip('/'))}/{form}" for form in forms)
    texts = (text for part in objects_in(document) for value in part.values() for text in items(value))
    found = next((text for text in texts if isinstance(text, str) and re.fullmatch("|".join(forms), text)), None)
    return found or f"{uri}/{'followers' if 'followers' in forms[0] else 'featured'}"


def _named(document: Document) -> Iterator[str]:
    for part in objects_in(document):
        found = [part.get(name) for name in ("actor", "attributedTo", "audience", "to", "cc")]
        if type_of(part) in {"Block", "Follow", "Move", "Add", "Remove", "Invite", "Update"}:
            found += [part.get("target"), part.get("object")]
        for value in found:
            for one in value if isinstance(value, list) else [value]:
                uri = one.get("id") if isinstance(one, dict) and kind_of(one) == "actor" else one
                if isinstance(uri, str) and _may_be_an_actor(uri):
                    yield uri


def _may_be_an_actor(uri: str) -> bool:
    return uri.startswith("http") and uri not in PUBLIC_FORMS and not NO_ACTORS.search(uri)


async def _follow(tx: Transaction, follower: Actor, target: Actor) -> None:
    if await follow_rows.between(tx, follower.id, target.id) is None:
        follow = await follow_rows.add(tx, follower, target, f"{follower.uri}#follow/{target.id}")
        await follow_rows.change(tx, follow, accepted_at=tx.now)


async def _what_it_is_about(world: World, activity: Activity, given: list[str], relayed_by: str | None) -> None:
    inner = activity.object
    match activity.type:
        case "Announce" | "Undo" if isinstance(inner, Activity):
            await _what_it_is_about(world, inner, given, relayed_by)
            if activity.type == "Undo":
                await world.receive(inner, relayed_by)
        case "Accept" | "Reject" if isinstance(inner, Activity) and inner.type == "Follow":
            await world.context.run(lambda tx: _ask(tx, activity.actor))
        case "Follow":
            await world.context.run(lambda tx: _forget(tx, activity.actor))
        case "Create":
            if isinstance(inner, PostDocument) and inner.in_reply_to:
                await hold(world, inner.in_reply_to, None, _group_of(activity, relayed_by))
        case kind if kind in ABOUT_POSTS:
            for uri in activity.objects:
                if not _is_no_post(inner) and (kind != "Announce" or uri not in world.origins.served):
                    mine = kind in BY_THE_AUTHOR and "others" not in given and same_origin(uri, activity.actor)
                    await hold(world, uri, activity.actor if mine else None, _group_of(activity, relayed_by))


def _is_no_post(value: object) -> bool:
    return isinstance(value, Reference) and value.type in NOT_POSTS


async def _ask(tx: Transaction, target_uri: str) -> None:
    anna, target = await actor_rows.required(tx, OURS["anna"]), await actor_rows.required(tx, target_uri)
    await follow_rows.remove(tx, anna.id, target.id)
    await follows.request(tx, anna, target)


async def _forget(tx: Transaction, follower_uri: str) -> None:
    follower, garden = await actor_rows.required(tx, follower_uri), await actor_rows.required(tx, OURS["garden"])
    await follow_rows.remove(tx, follower.id, garden.id)


def _group_of(activity: Activity, relayed_by: str | None) -> str | None:
    named = [*activity.audience, *activity.to, *activity.cc, activity.target or ""]
    return relayed_by or next((uri for uri in named if GROUPS.search(uri)), None)


async def hold(world: World, uri: str, author: str | None = None, group: str | None = None) -> None:
    """A public post at this id: hers who acts on it, or somebody's on its host."""
    author = author or f"{origin(uri)}/users/somebody"

    async def work(tx: Transaction) -> None:
        if uri.startswith("http://a.test/") or any([await kind.by_uri(tx, uri) for kind in (post_rows, actor_rows)]):
            return
        await store_named(tx, {"actor": author, "audience": group})
        addressed = {"to": [PUBLIC], "cc": [group] if group else [], "published": LONG_AGO}
        document = {"id": uri, "type": "Note", "attributedTo": author, "content": "<p>Before</p>"} | addressed
        parsed = parse_object(document)
        assert isinstance(parsed, PostDocument)
        post, _ = await remote.store_post(tx, parsed, delivered=False)
        if group is not None:
            await post_rows.change(tx, post, group_id=(await actor_rows.required(tx, group)).id)

    await world.context.run(work)
