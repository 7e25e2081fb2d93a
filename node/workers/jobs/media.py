"""Works on files that were uploaded, and takes away those that nothing names any more."""

from collections.abc import Mapping
from typing import Any

from node.context import Context


async def process(context: Context, payload: Mapping[str, Any]) -> None:
    await context.media.process(int(payload["id"]))


async def remove(context: Context, payload: Mapping[str, Any]) -> None:
    """Raises what the storage does: the job comes back."""
    await context.media.storage.remove(payload["key"])
