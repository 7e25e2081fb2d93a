"""A person's page: what she says of herself, and what she wrote for all who may read it here."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from markupsafe import Markup

from node.database import Transaction
from node.database.tables import Actor
from node.queries import timelines, views
from node.queries.timelines import Page as Window
from node.services.markup import clean_html
from node.services.sessions import Session
from node.web.entries import PersonEntry, PostEntry, person_entry, post_entry, summary_html
from node.web.relations import Relation, relation_to
from node.web.rendering import Shell, cut


@dataclass(frozen=True, slots=True)
class ProfileField:
    name: str
    value: Markup


@dataclass(frozen=True, slots=True)
class PersonPage:
    template: ClassVar[str] = "pages/person.html"
    shell: Shell
    person: PersonEntry
    actor_id: int
    summary: Markup
    fields: tuple[ProfileField, ...]
    joined: datetime | None
    relation: Relation
    posts: tuple[PostEntry, ...]
    older: int | None


async def person_page(tx: Transaction, shell: Shell, actor: Actor, session: Session | None, part: Window) -> PersonPage:
    host, viewer = tx.settings.host, session.actor if session else None
    if viewer is None:
        found = await timelines.profile_for_visitors(tx, actor, part)
    else:
        found = await timelines.profile(tx, actor, viewer, part)
    rows, older = cut(found)
    shown = await views.of(tx, rows, viewer)
    return PersonPage(
        shell=shell,
        person=person_entry(actor, host, signed_in=session is not None),
        actor_id=actor.id,
        summary=summary_html(actor),
        fields=profile_fields(actor),
        joined=actor.published,
        relation=await relation_to(tx, actor, viewer),
        posts=tuple(post_entry(view, host, session) for view in shown),
        older=older,
    )


def profile_fields(actor: Actor) -> tuple[ProfileField, ...]:
    """Of a group elsewhere: its rules, among other things."""
    return tuple(
        ProfileField(str(field["name"]), Markup(clean_html(str(field["value"]))))  # noqa: S704  # cleaned in this line
        for field in actor.fields
    )
