"""What somebody changes of her own account: her profile with its pictures, and what her apps begin a post with."""

from collections.abc import Mapping
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor, User
from node.errors import Invalid, NotFound
from node.queries import actors as actor_rows, users as user_rows
from node.services import actors, media
from node.services.languages import NAMES
from node.services.media import Part, Picture
from node.services.profiles import Profile

PREFERENCES: Final = frozenset({"privacy", "sensitive", "language", "quote_policy"})
Pictures = Mapping[Part, Picture | None]
"""Those that are to change; None takes one away."""


async def change(
    tx: Transaction,
    person: Actor,
    profile: Profile,
    pictures: Pictures | None = None,
    preferences: Mapping[str, Any] | None = None,
) -> tuple[Actor, User]:
    """Her followers are told of what they can see, and of nothing else. Raises `Invalid`."""
    actor, user = await actor_rows.known(tx, person.id), await user_rows.by_actor(tx, person.id)
    if user is None:
        raise NotFound("This account is no more.")
    values: dict[str, Any] = profile.values(tx, actor)
    for part, picture in (pictures or {}).items():
        values |= await media.picture_column(tx, actor, part, picture)
    changed = {name: value for name, value in values.items() if getattr(actor, name) != value}
    if changed:
        await actors.change_profile(tx, actor, changed)
    if preferences:
        await user_rows.change(tx, user, preferences={**(user.preferences or {}), **_checked(preferences)})
    return actor, user


def _checked(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """An empty language is that of her profile again."""
    found = {name: value for name, value in preferences.items() if name in PREFERENCES}
    language = found.get("language")
    if language and language.replace("_", "-").partition("-")[0] not in NAMES:
        raise Invalid("Validation failed: Language is not known here", "language")
    return found | ({"language": language or None} if "language" in found else {})
