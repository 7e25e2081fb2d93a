"""A group's page: what it is, how to join it from anywhere, and its threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup

from node.database import Transaction
from node.database.tables import Actor, Group, Post
from node.queries import follows as follow_rows, groups as group_rows, timelines, views
from node.queries.timelines import Page as Window
from node.services import permissions
from node.services.sessions import Session
from node.web.composing import Composer, composer
from node.web.entries import PersonEntry, ThreadEntry, person_entry, summary_html, thread_entry
from node.web.people import ProfileField, profile_fields
from node.web.relations import Relation, relation_to
from node.web.rendering import Shell, cut


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one of the languages that it was written in."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """`members` is None, and `joining` empty, for a group of another node, which alone knows."""

    template: ClassVar[str] = "pages/group.html"
    shell: Shell
    group: PersonEntry
    actor_id: int
    summary: Markup
    rules: tuple[Text, ...]
    fields: tuple[ProfileField, ...]
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    joining: str
    closed: bool
    archived: bool
    members: int | None
    moderators: tuple[PersonEntry, ...]
    moderates: bool
    relation: Relation
    composer: Composer | None
    pinned: tuple[ThreadEntry, ...]
    threads: tuple[ThreadEntry, ...]
    older: int | None


async def group_page(tx: Transaction, shell: Shell, actor: Actor, session: Session | None, part: Window) -> GroupPage:
    viewer = session.actor if session else None
    settings = await group_rows.visible(tx, actor, viewer)
    rows, older = cut(await timelines.group(tx, actor, viewer, part))
    pinned = await group_rows.pinned_for(tx, actor, viewer) if part.before is None else ()
    relation = await relation_to(tx, actor, viewer)
    members = relation.state == "accepted"
    return GroupPage(
        shell=shell,
        group=person_entry(actor, tx.settings.host, signed_in=session is not None),
        actor_id=actor.id,
        summary=summary_html(actor),
        languages=tuple(actor.languages),
        relation=relation,
        composer=await composer(tx, session, group=actor) if session and members else None,
        moderators=await _moderators(tx, actor, session),
        moderates=viewer is not None and await permissions.moderates(tx, viewer, actor),
        pinned=await _threads(tx, pinned, session, pinned=True),
        threads=await _threads(tx, [row for row in rows if row.id not in {post.id for post in pinned}], session),
        older=older,
        **await _settings(tx, actor, settings),
    )


async def _settings(tx: Transaction, actor: Actor, group: Group | None) -> dict[str, Any]:
    if group is None:
        shown = {"fields": profile_fields(actor), "topics": (), "rules": ()}
        return {**shown, "joining": "", "closed": actor.posting_restricted, "archived": False, "members": None}
    totals = await follow_rows.totals(tx, [actor.id])
    return {
        "rules": tuple(Text(code, str(text)) for code, text in group.rules.items()),
        "fields": (),
        "topics": tuple(group.topics),
        "joining": group.joining,
        "closed": group.closed_at is not None,
        "archived": group.archived_at is not None,
        "members": totals.get(actor.id, 0),
    }


async def _moderators(tx: Transaction, actor: Actor, session: Session | None) -> tuple[PersonEntry, ...]:
    found = await group_rows.moderators(tx, actor.id)
    return tuple(person_entry(person, tx.settings.host, signed_in=session is not None) for person in found)


async def _threads(
    tx: Transaction, rows: Sequence[Post], session: Session | None, *, pinned: bool = False
) -> tuple[ThreadEntry, ...]:
    viewer = session.actor if session else None
    shown = await views.of(tx, rows, viewer)
    answers = await timelines.thread_sizes(tx, [row.id for row in rows], viewer)
    return tuple(
        thread_entry(
            view,
            tx.settings.host,
            signed_in=session is not None,
            answers=answers.get(view.post.id, 0),
            pinned=pinned,
        )
        for view in shown
    )
