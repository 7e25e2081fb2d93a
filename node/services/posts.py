"""Writing, answering, editing and deleting posts of this node's people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from federation.addressing import Visibility, narrower
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid, NotFound
from node.queries import actors as actor_rows, deliveries, groups as group_rows, posts as post_rows
from node.services import (
    activities,
    addresses,
    audiences,
    conversations,
    edits,
    groups,
    media,
    notifications,
    outbox,
    permissions,
    polls,
    tombstones,
)
from node.services.documents import published_now
from node.services.markup import Mentioned, key_of, plain, render
from node.services.polls import PollDraft
from node.services.profiles import checked_language

LONGEST: Final = 20_000
"""Characters of a post's source."""
LONGEST_TITLE: Final = 200
LONGEST_WARNING: Final = 500
"""As much of one as is read of what peers send."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say. `mentioned`: the accounts behind the handles in the source, by lower-case handle."""

    source: str
    visibility: Visibility = Visibility.PUBLIC
    title: str = ""
    warning: str = ""
    language: str | None = None
    sensitive: bool = False
    group: Actor | None = None
    in_reply_to: Post | None = None
    mentioned: Mapping[str, Actor] | None = None
    attachments: Sequence[dict[str, Any]] = ()
    poll: PollDraft | None = None

    def check(self) -> None:
        if not self.source.strip() and not self.attachments:
            raise Invalid("A post needs some text.", "post.empty")
        if len(self.source) > LONGEST:
            raise Invalid(f"A post has at most {LONGEST} characters.", "post.long")
        if len(self.title) > LONGEST_TITLE:
            raise Invalid(f"A title has at most {LONGEST_TITLE} characters.", "post.title")
        if len(self.warning) > LONGEST_WARNING:
            raise Invalid(f"A warning has at most {LONGEST_WARNING} characters.", "post.warning")
        if self.language:
            checked_language(self.language)


async def publish(tx: Transaction, author: Actor, draft: Draft) -> Post:
    """Stores the post, owes its Create to whom it addresses, and lets a group of this node relay it."""
    draft.check()
    if draft.poll is not None:
        draft.poll.check(tx.now)
    group = draft.group or await _group_of(tx, draft)
    visibility = _visibility(draft, group)
    if visibility == Visibility.DIRECT and group is not None and not _addresses(draft, group):
        group = None
    if draft.in_reply_to is not None:
        await permissions.may_answer(tx, draft.in_reply_to, moderates=await _moderates(tx, author, group))
    if group is not None and visibility == Visibility.DIRECT:
        await permissions.may_message(tx, author, group, await group_rows.moderators(tx, group.id))
    elif group is not None:
        opens = not await groups.has_thread(tx, group, draft.in_reply_to)
        await permissions.may_write_to(tx, author, group, visibility, opens_thread=opens)
    addressees = await _addressees(tx, author, draft, group, visibility)
    if visibility == Visibility.DIRECT and group is None and not addressees:
        raise Invalid("A direct post goes to whom it names: name somebody in it, as @name@host.", "post.nobody")
    post = await _store(tx, author, draft, group if visibility != Visibility.DIRECT else None, visibility)
    await post_rows.add_mentions(tx, post.id, addressees)
    await notifications.posted(tx, author, post, (actor_id for actor_id, _ in addressees))
    await conversations.carry_on(tx, author, post, (actor_id for actor_id, _ in addressees))
    activity = await activities.create(tx, author, post)
    audience = await audiences.of(tx, post)
    sealed = await outbox.owe(tx, author, activity, audience.inboxes, about=post.uri)
    await groups.pass_on(tx, post, author, sealed)
    return post


async def _group_of(tx: Transaction, draft: Draft) -> Actor | None:
    """The group whose thread is answered, else the first that is mentioned."""
    if draft.in_reply_to is not None and draft.in_reply_to.group_id is not None:
        return await actor_rows.known(tx, draft.in_reply_to.group_id)
    return next((actor for actor in (draft.mentioned or {}).values() if actor.is_group), None)


def _visibility(draft: Draft, group: Actor | None) -> Visibility:
    """An answer is read by no more people than what it answers; in a public group what is asked for is kept, so that
    the refusal can say why."""
    parent = draft.in_reply_to
    if parent is None or (group is not None and parent.group_id == group.id):
        return draft.visibility
    return narrower(draft.visibility, Visibility(parent.visibility))


def _addresses(draft: Draft, group: Actor) -> bool:
    """A direct answer in a thread of the group is for whom it answers; the moderators read what is written to them."""
    named = (draft.group, *(draft.mentioned or {}).values())
    return any(actor is not None and actor.id == group.id for actor in named)


async def _moderates(tx: Transaction, author: Actor, group: Actor | None) -> bool:
    return group is not None and await permissions.moderates(tx, author, group)


async def _addressees(
    tx: Transaction, author: Actor, draft: Draft, group: Actor | None, visibility: Visibility
) -> list[tuple[int, bool]]:
    """Who is named, who is answered, and of a direct message to a group its moderators."""
    named = [actor.id for actor in (draft.mentioned or {}).values() if group is None or actor.id != group.id]
    if draft.in_reply_to is not None:
        named.append(draft.in_reply_to.author_id)
    if group is not None and visibility == Visibility.DIRECT:
        named += [actor.id for actor in await group_rows.moderators(tx, group.id)]
        named += [] if group.is_local else [group.id]
    return [(actor_id, False) for actor_id in dict.fromkeys(named) if actor_id != author.id]


async def _store(tx: Transaction, author: Actor, draft: Draft, group: Actor | None, visibility: Visibility) -> Post:
    post_id = tx.new_id()
    uri = addresses.post(tx, post_id)
    parent = draft.in_reply_to
    texts, hashtags = _texts(tx, draft)
    values = {
        "id": post_id,
        "uri": uri,
        "url": uri,
        "type": "Note" if draft.poll is None else "Question",
        "author_id": author.id,
        "visibility": visibility.value,
        "group_id": group.id if group else None,
        "in_reply_to_id": parent.id if parent else None,
        "in_reply_to_uri": parent.uri if parent else None,
        "root_id": (parent.root_id or parent.id) if parent else post_id,
        "poll": draft.poll.stored() if draft.poll else None,
        "published": published_now(tx.now),
        "created_at": tx.now,
        **texts,
    }
    post = await post_rows.add(tx, values)
    await post_rows.set_tags(tx, post.id, hashtags)
    if post.attachments:
        await media.keep(tx, author, post)
    await polls.opened(tx, post)
    return post


def _texts(tx: Transaction, draft: Draft) -> tuple[dict[str, Any], tuple[str, ...]]:
    known = {}
    for actor in (draft.mentioned or {}).values():
        handle = addresses.handle(tx, actor)
        known[key_of(handle)] = Mentioned(handle, actor.url)
    rendered = render(
        draft.source, host=tx.settings.host, mentions=known, hashtag_url=lambda name: addresses.hashtag(tx, name)
    )
    values = {
        "name": plain(draft.title).strip(),
        "content": rendered.html,
        "source": draft.source,
        "summary": draft.warning,
        "language": draft.language,
        "sensitive": draft.sensitive or bool(draft.warning),
        "attachments": list(draft.attachments),
        "emojis": [],
    }
    return values, rendered.hashtags


def draft_of(
    post: Post, source: str, *, title: str | None, language: str | None, mentioned: Mapping[str, Actor]
) -> Draft:
    """An edit: another text, and what else of the post is to change; None stays, an empty text takes it away."""
    return Draft(
        source,
        Visibility(post.visibility),
        title=post.name if title is None else title,
        warning=post.summary,
        language=post.language if language is None else language or None,
        sensitive=post.sensitive,
        mentioned=mentioned,
        attachments=post.attachments,
        poll=polls.draft_of(post),
    )


async def edit(tx: Transaction, author: Actor, post: Post, draft: Draft) -> Post:
    """Changes the text of a post, keeps how it read before, and tells everybody who got it."""
    await permissions.may_edit(tx, author, post)
    draft.check()
    asked = await polls.changed(tx, post, draft.poll)
    await post_rows.keep_edit(tx, post)
    texts, hashtags = _texts(tx, draft)
    await post_rows.change(tx, post, edited_at=tx.now, **texts, **asked)
    await post_rows.set_tags(tx, post.id, hashtags, replaces=True)
    await media.keep(tx, author, post)
    newly = [
        (actor.id, False) for actor in (draft.mentioned or {}).values() if actor.id not in {author.id, post.group_id}
    ]
    await notifications.edited(tx, author, post, (actor_id for actor_id, _ in newly))
    await post_rows.add_mentions(tx, post.id, newly)
    await edits.tell(tx, author, post)
    return post


async def delete(tx: Transaction, author: Actor, post: Post, *, keeps_files: bool = False) -> None:
    """Takes the post away here at once, and owes its Delete to everybody who got it. `keeps_files`: for another post
    that its author is about to write in its place."""
    permissions.may_change(author, post)
    if post.deleted_at is not None or post.reblog_of_id is not None:
        raise NotFound("This post does not exist, or you may not see it.")
    group = await actor_rows.by_id(tx, post.group_id) if post.group_id else None
    inboxes = (await audiences.of(tx, post)).inboxes | await post_rows.inboxes_reached(tx, post, author.id)
    await deliveries.withdraw(tx, post.uri, author.id, ("Update",))
    activity = activities.delete(tx, author, post, group=group)
    sealed = await outbox.owe(tx, author, activity, inboxes, about=post.uri)
    await groups.pass_on(tx, post, author, sealed)
    if keeps_files:
        await media.withdraw(tx, post)
    await erase(tx, post, author)


async def erase(tx: Transaction, post: Post, author: Actor) -> None:
    """Empties the row and remembers that its author deleted it."""
    await tombstones.remember(tx, post.uri, author.uri, post.type)
    if author.is_local:
        await media.forget_post(tx, post)
    await post_rows.empty(tx, post)
