"""A post with its whole thread: answers below what they answer, in one order for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from aiohttp import web

from node.database import Transaction
from node.database.tables import Post
from node.errors import Forbidden, NotFound
from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import posts as post_rows, timelines, views
from node.queries.views import PostView
from node.services import permissions
from node.services.markup import title_of
from node.services.sessions import Session
from node.web.composing import Composer, composer
from node.web.entries import PersonEntry, PostEntry, person_entry, post_entry
from node.web.rendering import Shell, open_page, shell_of

MOST: Final = 200
"""Posts of a thread on one page; the rest is on the next ones."""
DEEPEST: Final = 3
"""Steps of indentation: on a phone there is room for no more."""


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """`titled`: the title is one that was given, not the first line of the text. `current` is the post whose address
    this is; `further` the one that begins the next part of a long thread."""

    template: ClassVar[str] = "pages/thread.html"
    shell: Shell
    group: PersonEntry | None
    title: str
    titled: bool
    language: str
    indexed: bool
    posts: tuple[PostEntry, ...]
    current: int
    beginning: str | None
    further: str | None
    composer: Composer | None
    moderates: bool


@open_page
async def thread(request: web.Request, session: Session | None) -> ThreadPage:
    context, shell = context_of(request), shell_of(request, session)
    async with context.database.reading(context.now()) as tx:
        post = await post_rows.visible(tx, row_id(request.match_info["id"]), session.actor if session else None)
        if post.reblog_of_id is not None:
            raise NotFound("There is nothing at this address.")
        return await _page(tx, shell, post, session)


async def _page(tx: Transaction, shell: Shell, post: Post, session: Session | None) -> ThreadPage:
    viewer = session.actor if session else None
    root_id = post.root_id or post.id
    rows, start = await _rows(tx, root_id, post, session)
    shown = await views.of(tx, rows[:MOST], viewer)
    opener, group = rows[0], shown[0].group
    moderates = viewer is not None and group is not None and await permissions.moderates(tx, viewer, group)
    return ThreadPage(
        shell=shell,
        group=person_entry(group, tx.settings.host, signed_in=session is not None) if group else None,
        titled=bool(opener.name),
        title=opener.name or opener.summary or title_of(opener.content),
        language=opener.language or "",
        indexed=_indexed(shown, opener),
        posts=tuple(post_entry(view, tx.settings.host, session, depth=depth) for view, depth in in_order(shown)),
        current=post.id,
        beginning=f"/posts/{opener.id}" if start is not None else None,
        further=f"/posts/{rows[MOST].id}" if len(rows) > MOST else None,
        composer=await composer(tx, session, answers=post)
        if session and await _answerable(tx, post, moderates=moderates)
        else None,
        moderates=moderates,
    )


async def _answerable(tx: Transaction, post: Post, *, moderates: bool) -> bool:
    try:
        await permissions.may_answer(tx, post, moderates=moderates)
    except Forbidden:
        return False
    return True


async def _rows(tx: Transaction, root_id: int, post: Post, session: Session | None) -> tuple[list[Post], Post | None]:
    """From the beginning, where this post is in the first part; else from it on, below what opened the thread."""
    viewer = session.actor if session else None
    rows = list(await timelines.thread(tx, root_id, viewer, MOST + 1))
    if any(row.id == post.id for row in rows[:MOST]):
        return rows, None
    rest = await timelines.thread(tx, root_id, viewer, MOST, post)
    return [*rows[:1], *(row for row in rest if row.id != rows[0].id)], post


def _indexed(shown: Sequence[PostView], opener: Post) -> bool:
    """Search engines get what its author of this node has opened to them (FEP-5feb)."""
    author = next(view.author for view in shown if view.post.id == opener.id)
    return author.is_local and author.indexable and opener.visibility == "public"


def in_order(shown: Sequence[PostView]) -> list[tuple[PostView, int]]:
    """Each post below what it answers, with its depth. What answers something that is not shown stands at the first."""
    known = {view.post.id for view in shown}
    below: dict[int | None, list[PostView]] = {}
    for view in shown:
        parent = view.post.in_reply_to_id
        below.setdefault(parent if parent in known else None, []).append(view)
    ordered: list[tuple[PostView, int]] = []
    waiting = [(view, 0 if index == 0 else 1) for index, view in enumerate(below.get(None, []))][::-1]
    while waiting:
        view, depth = waiting.pop()
        ordered.append((view, depth))
        waiting += [(answer, min(depth + 1, DEEPEST)) for answer in reversed(below.get(view.post.id, []))]
    return ordered
