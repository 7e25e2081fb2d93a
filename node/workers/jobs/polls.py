"""Tells others how polls of this node stand, and ends polls when their time has come."""

from collections.abc import Mapping
from typing import Any

from node.context import Context
from node.services import polls


async def tell_figures(context: Context, payload: Mapping[str, Any]) -> None:
    """However many have voted since it was owed, once."""
    await context.run(lambda tx: polls.tell_figures(tx, payload["post"]))


async def end(context: Context, payload: Mapping[str, Any]) -> None:
    await context.run(lambda tx: polls.end(tx, payload["post"]))
