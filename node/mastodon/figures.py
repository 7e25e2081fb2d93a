"""Figures of accounts, kept for some minutes: counting the posts of everybody on a page would cost more than the page.

What is asked of one account is counted anew, so that whoever follows somebody sees herself counted.
"""

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from node.database import Transaction
from node.queries import figures as figure_rows
from node.queries.figures import Figures

LASTS: Final = timedelta(minutes=5)
KEPT: Final = 20_000


class KnownFigures:
    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[datetime, Figures]] = OrderedDict()

    async def of(self, tx: Transaction, actor_ids: Collection[int], *, anew: bool = False) -> dict[int, Figures]:
        found: dict[int, Figures] = {}
        if not anew:
            for actor_id in actor_ids:
                known = self._known.get(actor_id)
                if known is not None and tx.now - known[0] < LASTS:
                    found[actor_id] = known[1]
        missing = [actor_id for actor_id in actor_ids if actor_id not in found]
        for actor_id, figures in (await figure_rows.of(tx, missing)).items():
            found[actor_id] = figures
            self._known[actor_id] = (tx.now, figures)
            self._known.move_to_end(actor_id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found


FIGURES: Final = web.AppKey("api_figures", KnownFigures)
