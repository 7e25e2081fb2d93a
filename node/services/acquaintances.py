"""What somebody decides about one account: how she follows it, whether it follows her, what she notes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Invalid, NotFound
from node.queries import (
    account_lists,
    actors as actor_rows,
    follows as follow_rows,
    groups as group_rows,
    relationships as relationship_rows,
)
from node.services import follows, moderating

LONGEST_NOTE: Final = 2000
"""Characters, as in Mastodon."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How she wants to read whom she follows. None leaves it as it is."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: Sequence[str] | None = None

    def columns(self) -> dict[str, object]:
        wanted = {"shows_reblogs": self.reblogs, "notifies": self.notify}
        found: dict[str, object] = {name: value for name, value in wanted.items() if value is not None}
        if self.languages is not None:
            found["languages"] = list(dict.fromkeys(self.languages)) or None
        return found


async def follow(tx: Transaction, follower: Actor, target: Actor, wishes: Wishes) -> None:
    """Asks to follow or join once; what follows already, or waits for its answer, is only read in another way."""
    known = await follow_rows.between(tx, follower.id, target.id)
    if known is None or known.rejected_at is not None:
        known = await follows.request(tx, follower, target)
    changed = wishes.columns()
    if changed:
        await follow_rows.change(tx, known, **changed)


async def remove_follower(tx: Transaction, actor: Actor, follower: Actor) -> None:
    """She does not want to be followed by this one any more. No error where that is so already."""
    if await follow_rows.between(tx, follower.id, actor.id) is not None:
        await follows.reject(tx, actor, follower)


async def note(tx: Transaction, actor: Actor, target: Actor, text: str) -> None:
    """For her alone; an empty one takes it away."""
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters.", "note.long")
    await relationship_rows.set_note(tx, actor.id, target.id, text.strip())


async def endorse(tx: Transaction, actor: Actor, target: Actor) -> None:
    """Shows it on her profile."""
    if not await follow_rows.accepted(tx, actor.id, target.id):
        raise Invalid("You must be already following the person you want to endorse.", "endorse.stranger")
    if target.is_group and target.is_local and (await group_rows.required(tx, target)).visibility != "public":
        raise Invalid("This group is not shown to others.", "endorse.private")
    await relationship_rows.endorse(tx, actor.id, target.id)


async def decides_for(tx: Transaction, actor: Actor) -> list[int]:
    """Of whom or what the requests are hers to answer: she herself, and the groups of this node that she moderates."""
    return [actor.id, *(group.id for group in await group_rows.moderated_by(tx, actor.id))]


async def answer(tx: Transaction, actor: Actor, follower: Actor, *, accepts: bool) -> None:
    """What this account has asked first: to follow her, or to join one of her groups. One answer for one request."""
    asked = await account_lists.first_request(tx, follower.id, await decides_for(tx, actor))
    if asked is None:
        raise NotFound("There is no such request.")
    if asked.target_id == actor.id:
        await (follows.accept if accepts else follows.reject)(tx, actor, follower)
        return
    group = await actor_rows.known(tx, asked.target_id)
    await (moderating.approve if accepts else moderating.remove_member)(tx, actor, group, follower)
