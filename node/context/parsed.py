"""Activities that a door of this process has parsed already, kept for its worker. Only a saving."""

from collections import OrderedDict
from typing import Final

from federation.vocabulary import Activity

MOST: Final = 500
LARGEST: Final = 16_384
"""Bytes: what is larger is parsed again, so that a flood of large ones does not fill the memory."""


class Parsed:
    def __init__(self) -> None:
        self._kept: OrderedDict[int, Activity] = OrderedDict()

    def keep(self, item_id: int, activity: Activity, size: int) -> None:
        if size > LARGEST:
            return
        self._kept[item_id] = activity
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def take(self, item_id: int) -> Activity | None:
        return self._kept.pop(item_id, None)
