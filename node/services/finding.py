"""What somebody looks for: an account or a post by its address, which may have to be fetched, or by what it is called.

An address that is known here is found without asking anybody. With `resolve` one that is not raises `Missing`, once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.errors import FederationError
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid, Missing, NotFound
from node.queries import accounts as account_rows, search as search_rows
from node.services import actors, lookups, words

LONGEST: Final = 200
"""Characters of a question; what is behind them is not looked at."""
_HANDLE: Final = re.compile(r"[@!]?[\w.-]+@[\w.:-]+\Z")
_HASHTAG: Final = re.compile(r"#?(\w+)\Z")


@dataclass(frozen=True, slots=True)
class Question:
    """`following`: of accounts only those that she follows. `author_id`: of posts only hers."""

    text: str
    resolve: bool = False
    limit: int = 20
    offset: int = 0
    following: bool = False
    author_id: int | None = None

    @property
    def words(self) -> str:
        return self.text.strip()[:LONGEST]

    @property
    def is_url(self) -> bool:
        return self.text.strip().startswith(("https://", "http://"))

    @property
    def is_handle(self) -> bool:
        return _HANDLE.match(self.text.strip()) is not None


async def accounts(tx: Transaction, viewer: Actor | None, question: Question) -> Sequence[Actor]:
    """Who has this address, then who has such a name."""
    addressed = await _at_address(tx, viewer, question) if question.offset == 0 else None
    if question.is_url:
        return [addressed] if addressed is not None else []
    how = {"limit": question.limit, "offset": question.offset}
    named = await account_rows.search(tx, viewer, question.words, following=question.following, **how)
    if addressed is None:
        return named
    return [addressed, *(actor for actor in named if actor.id != addressed.id)][: question.limit]


async def _at_address(tx: Transaction, viewer: Actor | None, question: Question) -> Actor | None:
    if not question.is_url and not question.is_handle:
        return None
    try:
        found = await actors.find(tx, question.text)
        return await account_rows.known_to(tx, viewer, found.id)
    except Missing:
        if question.resolve:
            raise
    except (NotFound, Invalid, FederationError):
        pass
    return None


async def posts(tx: Transaction, viewer: Actor | None, question: Question) -> Sequence[Post]:
    """The one at this address, else those with these words. Who is not signed in finds none by their words."""
    if question.is_url:
        return await _post_at(tx, viewer, question)
    if viewer is None:
        return []
    how = {"limit": question.limit, "offset": question.offset}
    return await search_rows.posts(tx, viewer, words.asked(question.words), author_id=question.author_id, **how)


async def _post_at(tx: Transaction, viewer: Actor | None, question: Question) -> Sequence[Post]:
    if question.offset:
        return []
    try:
        return [await lookups.post(tx, question.text, viewer)]
    except Missing:
        if question.resolve:
            raise
    except (NotFound, Invalid, FederationError):
        pass
    return []


async def hashtags(tx: Transaction, question: Question) -> Sequence[str]:
    match = _HASHTAG.match(question.words)
    if match is None:
        return []
    return await search_rows.hashtags(tx, match[1], limit=question.limit, offset=question.offset)
