"""What stands above and below a post in its thread, as one reader sees it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import timelines

MOST: Final = 1000
"""Above, and below: more of a thread is read on its page, part by part."""


@dataclass(frozen=True, slots=True)
class Around:
    """`above` from the beginning of the thread on; `below` each answer before the next one to the same post."""

    above: Sequence[Post]
    below: Sequence[Post]


async def around(tx: Transaction, post: Post, viewer: Actor | None) -> Around:
    """A post that she may not see is left out, and what stands above or below it is not."""
    links = await timelines.thread_links(tx, post.root_id or post.id)
    above, below = _above(links, post)[-MOST:], _below(links, post.id)[:MOST]
    shown = await timelines.of_thread(tx, [*above, *below], viewer)
    return Around(
        [shown[post_id] for post_id in above if post_id in shown],
        [shown[post_id] for post_id in below if post_id in shown],
    )


def _above(links: Mapping[int, int | None], post: Post) -> list[int]:
    """The oldest first. No post stands twice, whatever circle a database might hold."""
    found: dict[int, None] = {}
    parent = post.in_reply_to_id
    while parent is not None and parent not in found:
        found[parent] = None
        parent = links.get(parent)
    return list(found)[::-1]


def _below(links: Mapping[int, int | None], post_id: int) -> list[int]:
    """Depth first."""
    answers: dict[int, list[int]] = defaultdict(list)
    for answer, parent in links.items():
        if parent is not None:
            answers[parent].append(answer)
    found: dict[int, None] = {}
    waiting = answers.pop(post_id, [])[::-1]
    while waiting:
        answer = waiting.pop()
        found[answer] = None
        waiting += answers.pop(answer, [])[::-1]
    return list(found)
