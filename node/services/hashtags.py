"""Hashtags that somebody follows, and those that she shows on her page."""

import re
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, FeaturedTag
from node.errors import Invalid, NotFound
from node.queries import hashtags as hashtag_rows

MOST_FOLLOWED: Final = 500
MOST_FEATURED: Final = 10
_NAME: Final = re.compile(r"[^\s#]{1,200}\Z")


def named(text: str) -> str:
    """The name as it is kept. Raises `NotFound` for what can be none."""
    name = text.removeprefix("#").casefold()
    if not _NAME.match(name):
        raise NotFound("That is no hashtag.")
    return name


async def follow(tx: Transaction, actor: Actor, name: str) -> None:
    """From now on what is written with it, for everybody, stands in her home."""
    if await hashtag_rows.count_followed(tx, actor.id) >= MOST_FOLLOWED:
        raise Invalid(f"Validation failed: you follow {MOST_FOLLOWED} hashtags already", "tag.many")
    await hashtag_rows.follow(tx, actor.id, name)


async def unfollow(tx: Transaction, actor: Actor, name: str) -> None:
    await hashtag_rows.unfollow(tx, actor.id, name)


async def feature(tx: Transaction, actor: Actor, text: str) -> FeaturedTag:
    name = named(text)
    shown = await hashtag_rows.featured(tx, actor.id)
    if len(shown) >= MOST_FEATURED and name not in {tag.name for tag in shown}:
        raise Invalid("Validation failed: You have already featured the maximum number of hashtags", "tag.many")
    return await hashtag_rows.feature(tx, actor.id, name, text.removeprefix("#"))


async def unfeature(tx: Transaction, actor: Actor, name: str) -> None:
    await hashtag_rows.unfeature(tx, actor.id, name)


async def unfeature_one(tx: Transaction, actor: Actor, tag_id: int) -> None:
    tag = await hashtag_rows.featured_one(tx, actor.id, tag_id)
    if tag is None:
        raise NotFound("You do not show that hashtag.")
    await hashtag_rows.unfeature(tx, actor.id, tag.name)
