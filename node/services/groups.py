"""Groups of this node: making them, and passing on what was posted to them (FEP-1b12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import orjson
import structlog

from federation.addressing import Visibility
from federation.identifiers import valid_name
from federation.vocabulary import Document, PostDocument
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid
from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows, posts as post_rows
from node.queries.visibility import OPEN
from node.services import activities, addresses, audiences, notifications, outbox
from node.services.naming import name_of
from node.services.newcomers import KeyPair, add_local, require_free
from node.services.profiles import checked_name

log = structlog.get_logger()
_BRINGS: Final = frozenset({"Create", "Update"})
"""An Update that overtook its Create brings the post as well."""
_TAKES_BACK: Final = frozenset({"Delete", "Undo"})
REACTIONS_PER_POST: Final = 10
"""How much of everything else that somebody does a group passes on, for each new post that it would."""
MOST_BETWEEN: Final = 100
"""Posts between an answer in a group and what it answers there: whoever writes a longer way down is not followed."""
PARTICIPANTS: Final = 50
"""People elsewhere who wrote in a thread and get its answers though they do not follow the group, at most."""


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """What a group starts with. Texts by language, the first is the main one."""

    handle: str
    name: str
    summary: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    languages: Sequence[str] = ()
    topics: Sequence[str] = ()
    joining: str = "open"
    visibility: str = "public"


async def create(tx: Transaction, owner: Actor | None, draft: GroupDraft, keys: KeyPair) -> Actor:
    """A new group. Its owner, where there is one, moderates it and is its first member."""
    _check(draft)
    await require_free(tx, draft.handle)
    group = await add_local(
        tx,
        "Group",
        draft.handle,
        keys,
        name=checked_name(draft.name),
        name_map=dict(draft.names) or None,
        summary=draft.summary,
        summary_map=dict(draft.summaries) or None,
        languages=list(draft.languages),
        locked=draft.joining != "open",
        discoverable=True,
    )
    values = {"joining": draft.joining, "visibility": draft.visibility, "topics": list(draft.topics)}
    await group_rows.add(
        tx, {"id": group.id, "owner_id": owner.id if owner else None, "rules": dict(draft.rules), **values}
    )
    if owner is not None:
        await group_rows.add_moderator(tx, group.id, owner.id)
        follow = await follow_rows.add(tx, owner, group, addresses.activity(tx, tx.new_id()))
        await follow_rows.change(tx, follow, accepted_at=tx.now)
    return group


def _check(draft: GroupDraft) -> None:
    if not valid_name(draft.handle):
        raise Invalid("A handle has letters a to z, digits, and - _ . between them; at most 64.", "handle")
    if not draft.name.strip():
        raise Invalid("A group needs a name.", "name")
    if draft.joining not in {"open", "approval", "invite"}:
        raise Invalid("A group is joined open, on approval or by invite.", "join")
    if draft.visibility not in {"public", "members", "hidden"}:
        raise Invalid("A group is public, for members, or hidden.", "visibility")
    if draft.visibility != "public" and draft.joining == "open":
        raise Invalid("A group that only its members read cannot be open to everybody who asks.", "visibility.open")
    if draft.visibility != "public":
        raise Invalid(
            "Members-only and hidden groups are not ready yet: their posts could be read by others. "
            "Create the group as public, or wait for a release that says it can.",
            "visibility.unready",
        )


async def addressed(tx: Transaction, document: PostDocument) -> Actor | None:
    """The first group of this node that a post names, by audience, to or cc."""
    named = [uri for uri in (*document.audience, *document.to, *document.cc) if addresses.is_ours(tx, uri)]
    known = await actor_rows.by_uris(tx, named)
    return next((known[uri] for uri in named if uri in known and known[uri].is_group), None)


def names(group: Actor, document: Document) -> bool:
    """Whether an activity, or the object in it, names the group in audience, to or cc."""
    wanted = {group.uri, group.followers_uri}
    found: set[str] = set()
    for part in (document, document.get("object")):
        if isinstance(part, dict):
            for place in ("audience", "to", "cc"):
                value = part.get(place)
                found |= {value} if isinstance(value, str) else {v for v in value or () if isinstance(v, str)}
    return not wanted.isdisjoint(found)


def claims(post: Post, group: Actor) -> bool:
    """Whether a stored post was written to this group: its own document says so."""
    return post.document is not None and names(group, orjson.loads(post.document))


async def has_thread(tx: Transaction, group: Actor, parent: Post | None) -> bool:
    """Whether an answer to this goes on in a thread of the group; else it opens one there."""
    if parent is None or parent.group_id == group.id:
        return parent is not None
    root = await post_rows.by_id(tx, parent.root_id) if parent.root_id else None
    return root is not None and root.group_id == group.id


async def adopt_above(tx: Transaction, group: Actor, post: Post) -> None:
    """What lies between a post of the group and the thread that it belongs to, and was fetched for that, is part of it:
    up to a post of the group, or one that was written to it."""
    between: list[Post] = []
    above = await post_rows.by_id(tx, post.in_reply_to_id) if post.in_reply_to_id else None
    while above is not None and above.group_id is None and above.visibility in OPEN and len(between) < MOST_BETWEEN:
        if await group_rows.banned(tx, group.id, above.author_id):
            break
        between.append(above)
        above = await post_rows.by_id(tx, above.in_reply_to_id) if above.in_reply_to_id else None
    belongs = above is not None and above.group_id == group.id
    for one in reversed(between):
        belongs = belongs or claims(one, group)
        if belongs:
            await post_rows.change(tx, one, group_id=group.id)


async def relay(
    tx: Transaction, group: Actor, actor: Actor, activity: Document, post: Post, *, brings: bool = False
) -> None:
    """Passes on an activity about a post of this group, unchanged, to every follower whatever its software; once.

    People elsewhere who take part in the thread get it too. A new thread is also announced by its bare id, for
    followers on microblog servers, and has a row for the home of those here. `brings`: the post is a new one.
    """
    name = name_of(activity.get("id"), activity)
    if not await group_rows.note_relay(tx, group.id, name, actor.id, brings=brings):
        return
    inboxes = await audiences.followers_inboxes(tx, group)
    if post.root_id is not None and post.in_reply_to_uri is not None:
        inboxes |= {a.delivery_inbox for a in await post_rows.participants(tx, post.root_id, PARTICIPANTS)}
    if activity["type"] == "Delete":
        inboxes |= await post_rows.inboxes_reached(tx, post, group.id)
    await outbox.owe(tx, group, activities.relay(tx, group, activity), inboxes, about=post.uri)
    if activity["type"] in _BRINGS and post.in_reply_to_uri is None:
        await _announce_thread(tx, group, post, inboxes)


async def _announce_thread(tx: Transaction, group: Actor, post: Post, inboxes: set[str]) -> None:
    if post.visibility not in OPEN or await post_rows.reblog(tx, group.id, post.id) is not None:
        return
    author = await actor_rows.known(tx, post.author_id)
    announce_id = tx.new_id()
    uri = addresses.activity(tx, announce_id)
    row = await add_reblog_row(tx, group, post, uri, row_id=announce_id)
    await outbox.owe(tx, group, activities.reblog(tx, group, row, post, author), inboxes, about=post.uri)


async def add_reblog_row(
    tx: Transaction, actor: Actor, post: Post, uri: str, *, row_id: int, width: Visibility = Visibility.PUBLIC
) -> Post:
    """The row that shows a post in the home of those who follow `actor`, and the notice of it. `uri` is the id of the
    Announce, `width` who may see it where everybody may see the post."""
    values = {
        "id": row_id,
        "uri": post_rows.boost_uri(actor, uri),
        "url": post.url,
        "type": "Announce",
        "author_id": actor.id,
        "visibility": width.value if post.visibility in OPEN else post.visibility,
        "reblog_of_id": post.id,
        "name": "",
        "content": "",
        "summary": "",
        "sensitive": False,
        "attachments": [],
        "emojis": [],
        "published": tx.now,
        "created_at": tx.now,
    }
    row = await post_rows.add(tx, values)
    await notifications.passed_on(tx, actor, post, row)
    return row


async def pass_on(tx: Transaction, post: Post, actor: Actor, activity: Document) -> None:
    """Relays what somebody did to a post, where it is one of a group of this node.

    Of a post that a moderator removed, or that its author has closed to others since, and of somebody whom the group is
    closed to, only what takes back is passed on.
    """
    if post.group_id is None:
        return
    group = await actor_rows.known(tx, post.group_id)
    if not group.is_local or group.deleted_at is not None:
        return
    shown = post.removed_at is None and post.visibility in OPEN
    closed = not shown or await group_rows.banned(tx, group.id, actor.id)
    brings = activity["type"] == "Create"
    if not brings and await too_often(tx, group, actor, activity):
        return
    if not closed or activity["type"] in _TAKES_BACK:
        await relay(tx, group, actor, activity, post, brings=brings)


async def too_often(tx: Transaction, group: Actor, actor: Actor, activity: Document) -> bool:
    """Edits, likes, locks of one's own posts, and the taking back of them; what is deleted goes out however much it is,
    and new posts have their own limit (`permissions`)."""
    if activity["type"] == "Delete":
        return False
    most = REACTIONS_PER_POST * tx.settings.posts_per_hour
    times = await group_rows.relayed_since(tx, group.id, actor.id, tx.now - timedelta(hours=1), most, brings=False)
    if len(times) >= most:
        log.info("group.too_often", host=actor.host, activity=activity["type"])
    return len(times) >= most
