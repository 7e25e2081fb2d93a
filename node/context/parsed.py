"""Activities that a door of this process has parsed already, kept for its worker. Only a saving."""

from collections import OrderedDict
from typing import Final

from federation.vocabulary import Activity

MOST: Final = 1000


class Parsed:
    def __init__(self) -> None:
        self._kept: OrderedDict[int, Activity] = OrderedDict()

    def keep(self, item_id: int, activity: Activity) -> None:
        self._kept[item_id] = activity
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def take(self, item_id: int) -> Activity | None:
        return self._kept.pop(item_id, None)
