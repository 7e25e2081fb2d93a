"""The keys that actors of this node sign requests with: read once and kept, since they are made with the actor and
never change. One look-up serves all who wait for it: a fan-out asks for the same key some hundred times at once."""

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from federation.client import Signer
from federation.identifiers import key_id
from node.queries import actors as actor_rows
from node.services import node_actor

if TYPE_CHECKING:
    from node.context import Context

KEPT: Final = 2000


class Signers:
    """By actor id; those asked for longest ago go first."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._kept: OrderedDict[int, asyncio.Task[Signer]] = OrderedDict()

    async def of(self, actor_id: int) -> Signer:
        found = self._kept.get(actor_id)
        if found is None or (found.done() and (found.cancelled() or found.exception() is not None)):
            found = self._kept[actor_id] = asyncio.create_task(self._read(actor_id))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(actor_id)
        return await asyncio.shield(found)

    async def _read(self, actor_id: int) -> Signer:
        async with self._context.database.reading(self._context.now()) as tx:
            actor = await actor_rows.known(tx, actor_id)
            secret = await actor_rows.secret(tx, actor_id)
            pem = tx.vault.open(secret.rsa)
        return Signer(key_id(f"{actor.uri}#main-key"), node_actor.signing_key(pem))
