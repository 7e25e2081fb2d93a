"""The table of handlers, and what each is handed beside the activity."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from federation.dispatch import Table
from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor


@dataclass(frozen=True, slots=True)
class Incoming:
    """Who says it. In a relay `sender` is the actor of the inner activity: proved for Create and Update alone, for all
    else the word of the group, `relayed_by`, which lends no rights (`authority`, `confirmation`)."""

    sender: Actor
    relayed_by: Actor | None = None
    fetched: bool = False
    """The relayed object was not proved by the relay: only what was fetched from its origin counts."""


Handler: TypeAlias = Callable[[Transaction, Activity, Incoming], Awaitable[None]]

inbox: Final[Table[Handler]] = Table()
