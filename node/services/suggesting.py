"""Groups and people whom somebody may want to meet: of her languages, from what this node knows, most followed first.

Nothing is noted of what she reads or looks for, and nobody elsewhere is asked.
"""

from collections.abc import Sequence
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, User
from node.queries import accounts as account_rows, relationships as relationship_rows

LOOKED_AT: Final = 400
"""Of the most followed ones."""


async def suggestions(tx: Transaction, viewer: Actor, user: User, *, limit: int) -> list[Actor]:
    """Of each kind those that say that they have one of her languages before those that say nothing of it."""
    excluded = relationship_rows.put_away(viewer, tx.now)
    found = await account_rows.suggested(tx, viewer, excluded, limit=LOOKED_AT)
    hers = _languages(viewer, user)
    fitting = [actor for actor in found if not actor.languages or not hers or hers & _short(actor.languages)]
    fitting.sort(key=lambda actor: (not actor.is_group, not hers & _short(actor.languages)))
    return fitting[:limit]


def _languages(viewer: Actor, user: User) -> set[str]:
    own = (user.preferences or {}).get("language")
    return _short([*viewer.languages, *([own] if own else [])])


def _short(languages: Sequence[str]) -> set[str]:
    """Without their regions."""
    return {str(language).partition("-")[0].lower() for language in languages}
