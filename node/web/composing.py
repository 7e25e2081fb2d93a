"""The form in which somebody writes: what it offers her, and what she sent with it."""

from dataclasses import dataclass
from typing import Final

from federation.addressing import Visibility
from node.database import Transaction, ids
from node.database.tables import Actor, Post
from node.errors import Invalid
from node.queries import follows as follow_rows
from node.services.languages import NAMES
from node.services.sessions import Session
from node.web.entries import PersonEntry, person_entry
from node.web.forms import Form

VISIBILITIES: Final = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)


@dataclass(frozen=True, slots=True)
class GroupChoice:
    id: int
    group: PersonEntry


@dataclass(frozen=True, slots=True)
class Composer:
    """`chosen` is the group that is preselected; `answers` the post that is answered, whose group is hers too."""

    groups: tuple[GroupChoice, ...]
    languages: tuple[str, ...]
    chosen: int | None = None
    answers: int | None = None
    text: str = ""
    visibility: str = Visibility.PUBLIC
    language: str = ""
    error: str = ""


async def groups_of(tx: Transaction, viewer: Actor) -> list[Actor]:
    """The groups she is a member of, here and elsewhere."""
    return [actor for actor in await follow_rows.following(tx, viewer.id) if actor.is_group]


async def composer(
    tx: Transaction, session: Session, *, group: Actor | None = None, answers: Post | None = None
) -> Composer:
    """An empty form. An answer is offered to as many people as what it answers."""
    spoken = tuple(session.actor.languages)
    return Composer(
        groups=() if answers else await _choices(tx, session),
        languages=languages_for(session.actor),
        chosen=group.id if group else None,
        answers=answers.id if answers else None,
        visibility=answers.visibility if answers else Visibility.PUBLIC,
        language=spoken[0] if spoken else "",
    )


async def refilled(tx: Transaction, session: Session, form: Form, error: str) -> Composer:
    """The form as she sent it, with what is wrong: nothing typed is lost."""
    answers, chosen = form.line("answers"), form.line("group")
    return Composer(
        groups=() if answers else await _choices(tx, session),
        languages=languages_for(session.actor),
        chosen=ids.of_text(chosen),
        answers=ids.of_text(answers),
        text=form.text("text"),
        visibility=form.line("visibility"),
        language=form.line("language"),
        error=error,
    )


async def _choices(tx: Transaction, session: Session) -> tuple[GroupChoice, ...]:
    found = await groups_of(tx, session.actor)
    return tuple(GroupChoice(group.id, person_entry(group, tx.settings.host, signed_in=True)) for group in found)


def languages_for(person: Actor) -> tuple[str, ...]:
    """What she can choose from, hers first."""
    return (*person.languages, *(code for code in NAMES if code not in person.languages))


def visibility_in(form: Form) -> Visibility:
    chosen = form.line("visibility") or Visibility.PUBLIC
    if chosen not in {*VISIBILITIES, Visibility.MEMBERS}:
        raise Invalid("Choose who may read this.", "post.visibility")
    return Visibility(chosen)


def language_in(form: Form) -> str | None:
    code = form.line("language")
    if code and code not in NAMES:
        raise Invalid("Choose the language from the list.", "post.language")
    return code or None
