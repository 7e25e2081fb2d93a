"""Publishes posts whose time has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from node.context import Context
from node.errors import Forbidden, Invalid, NotFound, Unreached
from node.services import actors, scheduling


async def run(context: Context, payload: Mapping[str, Any]) -> datetime | None:
    """When it is due again, where its group takes no more for now. Raises what another try may mend."""
    scheduled_id = payload["scheduled"]
    wanted = await context.read(lambda tx: scheduling.due(tx, scheduled_id))
    if wanted is None:
        return None
    handles = wanted.handles(context.settings.host)
    mentioned = await context.read(lambda tx: actors.resolve_all(tx, handles))
    try:
        await context.run(lambda tx: scheduling.publish(tx, scheduled_id, mentioned))
    except Unreached:
        raise
    except (Forbidden, Invalid, NotFound) as error:
        refusal = error
        return await context.run(lambda tx: scheduling.failed(tx, scheduled_id, refusal))
    return None
