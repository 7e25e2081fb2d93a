"""Who may do what: the only place where a role is compared. Each function raises `Forbidden` with a plain reason."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Group, Post, User
from node.errors import Forbidden, Invalid, TooOften
from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    groups as group_rows,
    posts as post_rows,
    users as user_rows,
)
from node.queries.visibility import OPEN
from node.settings import Settings

ROLES: Final = ("member", "facilitator", "moderator", "operator")
_CLOSED_TO_HER: Final = "The moderators of this group have closed it to you."


def has_role(user: User, role: str) -> bool:
    """Each role includes those before it."""
    return user.disabled_at is None and ROLES.index(user.role) >= ROLES.index(role)


def creates_groups(settings: Settings, user: User) -> bool:
    """By the setting `ORDITO_WHO_CREATES_GROUPS`."""
    return has_role(user, settings.who_creates_groups)


def may_create_group(tx: Transaction, user: User) -> None:
    if not creates_groups(tx.settings, user):
        raise Forbidden(f"On this node groups are created by a {tx.settings.who_creates_groups} or above.")


async def may_post_in(tx: Transaction, author: Actor, group_actor: Actor, *, opens_thread: bool) -> None:
    """The rule of a group of this node for anybody, here or elsewhere."""
    group = await group_rows.required(tx, group_actor)
    moderates = await group_rows.moderates(tx, author.id, group.id)
    if group_actor.deleted_at is not None:
        raise Forbidden("This group was deleted.", "group.deleted")
    await may_write_to_moderators(tx, author, group_actor)
    if group.archived_at is not None:
        raise Forbidden("This group is archived: it can be read, not written to.", "group.archived")
    if group.closed_at is not None and opens_thread and not moderates:
        raise Forbidden("This group takes no new threads.", "group.closed")
    if group.joining != "open" and not moderates and not await follow_rows.accepted(tx, author.id, group.id):
        raise Forbidden("Only members may post in this group.", "group.not_member")
    await _not_too_often(tx, author, group_actor)


async def _not_too_often(tx: Transaction, author: Actor, group: Actor) -> None:
    """A group sends every post to all its followers: nobody makes it a loudspeaker."""
    minute, hour = tx.settings.posts_per_minute, tx.settings.posts_per_hour
    times = await group_rows.relayed_since(tx, group.id, author.id, tx.now - timedelta(hours=1), hour, brings=True)
    within_a_minute = sum(at > tx.now - timedelta(minutes=1) for at in times)
    if within_a_minute >= minute or len(times) >= hour:
        wait = "a minute" if len(times) < hour else "an hour"
        raise TooOften(f"You have posted a lot in this group just now. Wait {wait} and try again.", "group.too_often")


async def may_write_to(
    tx: Transaction, author: Actor, group: Actor, visibility: Visibility, *, opens_thread: bool
) -> None:
    """For people of this node, before anything is stored. Groups elsewhere decide for themselves."""
    if visibility == Visibility.FOLLOWERS:
        raise Invalid(
            "A post for your followers alone cannot go into a public group, which would show it to more people. "
            "Choose public or unlisted.",
            "group.widens",
        )
    if group.is_local:
        await may_post_in(tx, author, group, opens_thread=opens_thread)
        return
    if group.deleted_at is not None:
        raise Forbidden("This group was deleted.", "group.deleted")
    if await group_rows.banned(tx, group.id, author.id):
        raise Forbidden(_CLOSED_TO_HER, "group.banned")
    restricted = group.posting_restricted and opens_thread
    if restricted and not await group_rows.moderates(tx, author.id, group.id):
        raise Forbidden("Only moderators may open threads in this group.", "group.restricted")


async def may_write_to_moderators(tx: Transaction, author: Actor, group: Actor) -> None:
    """A direct message to a group: from anybody whom it has not closed itself to."""
    if await group_rows.banned(tx, group.id, author.id) or await actor_rows.blocks(tx, group.id, author.id):
        raise Forbidden(_CLOSED_TO_HER, "group.banned")


async def may_message(tx: Transaction, author: Actor, group: Actor, readers: Sequence[Actor]) -> None:
    """The same where `readers` are the moderators who would get it: what nobody of a group of ours would read is not
    taken, so that nobody waits for an answer to it."""
    await may_write_to_moderators(tx, author, group)
    if group.is_local and not readers:
        raise Forbidden("No moderator of this group would get this message.", "group.no_reader")


async def may_answer(tx: Transaction, post: Post, *, moderates: bool = False) -> None:
    """A lock ends the answers to a post and to all below it."""
    if not moderates and await post_rows.locked_above(tx, post):
        raise Forbidden("This thread is locked.", "thread.locked")


def may_reblog(actor: Actor, post: Post) -> None:
    """A boost shows a post to more people: what is open to all may be boosted, or one's own to those who had it."""
    if post.reblog_of_id is not None:
        raise Invalid("A boost cannot be boosted, only the post that it shows.", "reblog.boost")
    own = post.visibility == Visibility.FOLLOWERS and post.author_id == actor.id
    if post.visibility not in OPEN and not own:
        raise Invalid("This post was not written for everybody, so it cannot be boosted.", "reblog.private")


def may_change(actor: Actor, post: Post) -> None:
    """To change or delete, the author herself is needed; the same host is not enough."""
    if post.author_id != actor.id:
        raise Forbidden("Only its author can change a post.", "authz.author")


async def may_edit(tx: Transaction, actor: Actor, post: Post) -> None:
    """Its author; what stands in a group, as long as the group is not closed to her."""
    may_change(actor, post)
    if post.group_id is not None and await group_rows.banned(tx, post.group_id, actor.id):
        raise Forbidden(_CLOSED_TO_HER, "group.banned")


async def moderates(tx: Transaction, actor: Actor, group: Actor) -> bool:
    """Whether this actor's word counts as a moderator's: rows of ours, the owner among them; the group itself does."""
    return actor.id == group.id or await group_rows.moderates(tx, actor.id, group.id)


async def may_moderate(tx: Transaction, actor: Actor, group: Actor) -> None:
    if not await moderates(tx, actor, group):
        raise Forbidden("Only moderators of this group can do that.", "authz.moderator")


async def may_name_first_moderator(tx: Transaction, actor: Actor, group: Actor) -> None:
    """An operator of the node, for a group of it that nobody moderates."""
    user = await user_rows.by_actor(tx, actor.id)
    operates = user is not None and has_role(user, "operator")
    if not (operates and group.is_local and not await group_rows.moderators(tx, group.id)):
        raise Forbidden("Only moderators of this group can do that.", "authz.moderator")


def may_own(group: Group, actor: Actor, user: User | None) -> None:
    """Closing, handing over and deleting: the owner, or an operator of the node."""
    if group.owner_id != actor.id and not (user is not None and has_role(user, "operator")):
        raise Forbidden("Only the owner of this group can do that.", "authz.owner")


def may_moderate_node(user: User) -> None:
    """Reports and accounts of the node, by an app for moderators."""
    if not has_role(user, "moderator"):
        raise Forbidden("This action is not allowed", "authz.node_moderator")


def may_operate(user: User) -> None:
    """What cannot be taken back, and which servers are heard."""
    if not has_role(user, "operator"):
        raise Forbidden("This action is not allowed", "authz.operator")


def may_act_on(user: User, target: User | None) -> None:
    """On those of lower roles, never on herself; operators on other operators too."""
    may_moderate_node(user)
    if target is None:
        return
    below = ROLES.index(target.role) < ROLES.index(user.role)
    if target.id == user.id or not (below or user.role == "operator"):
        raise Forbidden("This action is not allowed", "authz.rank")
