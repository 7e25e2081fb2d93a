"""Create, Update and Delete of what people write, delivered by its author or relayed by a group."""

from federation.addressing import Visibility, is_public, recipients, visibility
from federation.identifiers import same_origin
from federation.vocabulary import POST_TYPES, Activity, PostDocument
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Forbidden, Ignored, Later, Refused
from node.handlers.authority import check_moderates
from node.handlers.refusals import NotTaken, tell
from node.handlers.table import Incoming, inbox
from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    groups as group_rows,
    notified,
    posts as post_rows,
)
from node.queries.visibility import OPEN
from node.services import addresses, groups, moderating, notifications, permissions, polls, posts, remote, tombstones


@inbox.on("Create", *sorted(POST_TYPES))
async def create(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    document = _by_its_author(activity)
    if document.is_vote:
        await _vote(tx, document, incoming)
        return
    if incoming.relayed_by is not None:
        await _create_relayed(tx, document, incoming, incoming.relayed_by)
        return
    parent = await post_rows.by_uri(tx, document.in_reply_to) if document.in_reply_to else None
    group = await _local_group(tx, document, parent)
    placed = group is None or await _placed(tx, group, document, parent)
    refusal = await _refusal(tx, group, incoming.sender, document, parent)
    if not placed and refusal is None:
        raise Later("what it answers is not here")
    if refusal is not None and group is not None and parent is not None and parent.group_id == group.id:
        raise NotTaken(refusal, group)
    if not await _concerns_us(tx, document, incoming, parent, group if refusal is None else None):
        raise NotTaken(refusal, group) if refusal is not None and group is not None else Ignored("unsolicited")
    post = await _stored(tx, document, incoming)
    if group is None or post.group_id is not None or post.deleted_at is not None:
        return
    if refusal is None:
        await _take_in(tx, group, incoming.sender, activity, post)
    else:
        await tell(tx, group, incoming.sender, activity)


async def _vote(tx: Transaction, document: PostDocument, incoming: Incoming) -> None:
    """In a poll of this node. It is her word to its author: what a group says that she chose counts for nothing."""
    if incoming.relayed_by is not None:
        raise Ignored("vote")
    await polls.receive(tx, incoming.sender, document)


async def _stored(tx: Transaction, document: PostDocument, incoming: Incoming) -> Post:
    """The post, new or known; one that is known as somebody else's stays hers."""
    post, _ = await remote.store_post(tx, document, delivered=True)
    if post.author_id != incoming.sender.id:
        raise Refused("authz.author")
    return post


def _by_its_author(activity: Activity) -> PostDocument:
    document = activity.object
    if not isinstance(document, PostDocument):
        raise Refused("object.missing")
    if document.author != activity.actor:
        raise Refused("origin.author")
    return document


async def _local_group(tx: Transaction, document: PostDocument, parent: Post | None) -> Actor | None:
    """The group of ours in whose thread it answers (Mastodon names only the people), or that is addressed.

    A direct answer in a thread is for whom it names: for the group's moderators only where it names the group.
    """
    inherited = await actor_rows.known(tx, parent.group_id) if parent is not None and parent.group_id else None
    takes = inherited is not None and inherited.is_local and is_public(document.to, document.cc)
    found = inherited if takes else await groups.addressed(tx, document)
    return found if found is not None and found.deleted_at is None else None


async def _placed(tx: Transaction, group: Actor, document: PostDocument, parent: Post | None) -> bool:
    """Whether the thread that it answers in is here up to its beginning: only then it is known which locks stand above
    it. What is missing is fetched first; while that cannot be had, a group of ours does not take the answer."""
    if document.in_reply_to is None or not is_public(document.to, document.cc):
        return True
    if parent is None:
        await remote.answered(tx, document.in_reply_to)
        return False
    if parent.group_id == group.id:
        return True
    root = await post_rows.by_id(tx, parent.root_id) if parent.root_id else None
    if root is None or root.in_reply_to_uri is None:
        return root is not None
    await remote.answered(tx, root.in_reply_to_uri)
    return False


async def _refusal(
    tx: Transaction, group: Actor | None, author: Actor, document: PostDocument, parent: Post | None
) -> Forbidden | None:
    """Why a group of ours does not take this post; None where it does, or where no group is asked.

    What is for the author's followers alone is not taken: the group would show it to more people.
    """
    if group is None:
        return None
    width = visibility(document.to, document.cc, author.followers_uri)
    try:
        if width == Visibility.DIRECT:
            await permissions.may_message(tx, author, group, await _readers(tx, group, document))
            return None
        if width not in OPEN:
            return Forbidden("A public group takes what everybody may read.", "group.not_public")
        if parent is not None:
            await permissions.may_answer(tx, parent, moderates=await permissions.moderates(tx, author, group))
        opens = not await groups.has_thread(tx, group, parent)
        await permissions.may_post_in(tx, author, group, opens_thread=opens)
    except Forbidden as refusal:
        return refusal
    return None


async def _readers(tx: Transaction, group: Actor, message: PostDocument) -> list[Actor]:
    """Moderators who get a message to the group: those of this node, and whom its author has sent it to herself."""
    named = recipients(message.to, message.cc, message.audience)
    return [one for one in await group_rows.moderators(tx, group.id) if one.is_local or one.uri in named]


async def _concerns_us(
    tx: Transaction, document: PostDocument, incoming: Incoming, parent: Post | None, group: Actor | None
) -> bool:
    """Somebody here follows the author, or is addressed, or was answered; else it is nobody's here.

    What comes from an actor that somebody here has asked to follow waits (bounded) for the answer.
    """
    if group is not None:
        return True
    if parent is not None and await actor_rows.blocks(tx, parent.author_id, incoming.sender.id):
        raise Refused("author.blocked")
    if parent is not None or await _names_somebody_here(tx, document, incoming.sender):
        return True
    if await follow_rows.any_local_follower(tx, incoming.sender.id):
        return True
    if await follow_rows.any_waiting(tx, incoming.sender.id):
        raise Later("our Follow has not been answered yet")
    return False


async def _names_somebody_here(tx: Transaction, document: PostDocument, author: Actor) -> bool:
    """It addresses or mentions a person of ours who has not blocked its author. Whose inbox it was is no matter."""
    uris = {*recipients(document.to, document.cc, document.audience), *(m.href for m in document.mentions)}
    known = await actor_rows.by_uris(tx, [uri for uri in uris if addresses.is_ours(tx, uri)])
    people = [actor for actor in known.values() if actor.type == "Person"]
    return any([not await actor_rows.blocks(tx, person.id, author.id) for person in people])


async def _take_in(tx: Transaction, group: Actor, author: Actor, activity: Activity, post: Post) -> None:
    """A post to a group of ours. What is open is relayed; `direct` is a message to its moderators of this node: what
    was written to few is not sent to further servers."""
    if post.visibility in OPEN:
        await post_rows.change(tx, post, group_id=group.id)
        await groups.adopt_above(tx, group, post)
        await groups.relay(tx, group, author, activity.document, post, brings=True)
    elif post.visibility == Visibility.DIRECT:
        here = [one for one in await group_rows.moderators(tx, group.id) if one.is_local]
        await post_rows.add_mentions(tx, post.id, ((moderator.id, False) for moderator in here))
        await notifications.posted(tx, author, post, (moderator.id for moderator in here))


async def _create_relayed(tx: Transaction, document: PostDocument, incoming: Incoming, group: Actor) -> None:
    """Part of a group elsewhere. A document that the relay did not prove was fetched, and is stored already."""
    if not incoming.fetched:
        await _put_into(tx, await _stored(tx, document, incoming), group)
        return
    fetched = await post_rows.by_uri(tx, document.id)
    if fetched is None:
        raise Refused("group.unconfirmed")
    if not (groups.claims(fetched, group) or await _answers_in(tx, fetched, group)):
        raise Refused("group.not_addressed")
    if fetched.group_id is None:
        await notifications.posted(tx, incoming.sender, fetched, await notified.named_in(tx, fetched))
    await _put_into(tx, fetched, group)


async def _answers_in(tx: Transaction, post: Post, group: Actor) -> bool:
    """Mastodon's answers name people only: what they answer tells the group."""
    parent = await post_rows.by_id(tx, post.in_reply_to_id) if post.in_reply_to_id else None
    return parent is not None and (parent.group_id == group.id or groups.claims(parent, group))


async def _put_into(tx: Transaction, post: Post, group: Actor) -> None:
    if post.visibility not in OPEN:
        raise Refused("group.not_public")
    if post.deleted_at is not None:
        raise Refused("post.deleted")
    if post.group_id is None:
        await post_rows.change(tx, post, group_id=group.id)
    await groups.adopt_above(tx, group, post)
    if post.in_reply_to_uri is None and await post_rows.reblog(tx, group.id, post.id) is None:
        row_id = tx.new_id()
        await groups.add_reblog_row(tx, group, post, f"{post.uri}#relayed-by/{group.id}", row_id=row_id)


@inbox.on("Update", *sorted(POST_TYPES))
async def update(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """An edit by the author. Of a post not known yet it is its Create."""
    document = _by_its_author(activity)
    if incoming.fetched:
        return
    post = await post_rows.by_uri(tx, document.id)
    if post is None:
        await create(tx, activity, incoming)
        return
    author = await actor_rows.known(tx, post.author_id)
    if author.id != incoming.sender.id:
        raise Refused("authz.author")
    if post.deleted_at is not None:
        raise Refused("post.deleted")
    if incoming.relayed_by is None or incoming.relayed_by.id != post.group_id:
        await permissions.may_edit(tx, author, post)
    await remote.update_post(tx, post, document)
    if incoming.relayed_by is None:
        await groups.pass_on(tx, post, incoming.sender, activity.document)


@inbox.on("Delete", *sorted(POST_TYPES), "Announce", "*")
async def delete(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """By the author, or by a moderator of the post's group, who takes it out of there. Unknown: remembered."""
    uri = activity.object_id or ""
    post = await post_rows.by_uri(tx, uri) or await post_rows.boost(tx, incoming.sender, uri)
    if post is None:
        await _delete_unknown(tx, uri, incoming)
    elif post.deleted_at is not None:
        return
    elif post.author_id == incoming.sender.id:
        await _delete_own(tx, post, activity, incoming)
    else:
        await _remove(tx, post, activity, incoming)


async def _delete_unknown(tx: Transaction, uri: str, incoming: Incoming) -> None:
    """It may come before its Create; only its author's Create is kept out by it."""
    if incoming.relayed_by is None and uri and same_origin(uri, incoming.sender.uri):
        await tombstones.remember_unseen(tx, uri, incoming.sender.uri)


async def _delete_own(tx: Transaction, post: Post, activity: Activity, incoming: Incoming) -> None:
    if incoming.relayed_by is None:
        await groups.pass_on(tx, post, incoming.sender, activity.document)
    if post.reblog_of_id is not None:
        await notifications.taken_back(tx, "reblog", post.author_id, await post_rows.original(tx, post))
        await post_rows.delete_row(tx, post)
    else:
        await posts.erase(tx, post, incoming.sender)


async def _remove(tx: Transaction, post: Post, activity: Activity, incoming: Incoming) -> None:
    """A removal by a moderator: announced by the group, or told to a group of ours by one of its moderators."""
    group = await actor_rows.by_id(tx, post.group_id) if post.group_id else None
    if group is None:
        raise Refused("authz.author")
    await check_moderates(tx, group, incoming)
    if group.is_local:
        await moderating.relay_about(tx, group, incoming.sender, activity.document, post)
    await moderating.hide(tx, group, post, activity.summary)


@inbox.on("Undo", "Delete")
async def undo_delete(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """A moderator restores what was removed (Lemmy). What its author deleted is gone."""
    inner = activity.object
    post = await post_rows.by_uri(tx, inner.object_id or "") if isinstance(inner, Activity) else None
    if post is None or post.removed_at is None or post.group_id is None:
        raise Ignored("restore.unknown")
    group = await actor_rows.known(tx, post.group_id)
    await check_moderates(tx, group, incoming)
    await moderating.show_again(tx, post)
    if group.is_local:
        await moderating.relay_about(tx, group, incoming.sender, activity.document, post)
