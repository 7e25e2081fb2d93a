"""What an activity does: the table (activity, object) -> function, one module per concept."""

from node.handlers import actors, announces, blocks, follows, groups, posts, reactions, refusals
from node.handlers.processing import Outcome, process
from node.handlers.recalling import recall
from node.handlers.table import Incoming, inbox

__all__ = [
    "Incoming",
    "Outcome",
    "actors",
    "announces",
    "blocks",
    "follows",
    "groups",
    "inbox",
    "posts",
    "process",
    "reactions",
    "recall",
    "refusals",
]
