"""`ordito timeline`: what people read, in a terminal."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from node.cli.output import minute, show, show_json
from node.cli.running import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from node.context import Context
    from node.database import Transaction
    from node.database.tables import Actor, Post
    from node.queries.views import PostView


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as scripts read it; of a boost, what it shows and who boosts. `id` is what `--before` takes."""

    id: str
    uri: str
    url: str
    author: str
    author_name: str
    group: str | None
    boosted_by: str | None
    in_reply_to: str | None
    published: datetime
    visibility: str
    removed: bool
    removal_reason: str | None
    refused: bool
    language: str | None
    title: str
    warning: str
    text: str
    attachments: tuple[str, ...]
    replies: int
    favourites: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which list, and through whose eyes."""

    name: str | None
    group: str | None
    thread: str | None
    limit: int
    before: int | None

    async def entries(self, tx: "Transaction") -> list[Entry]:
        from node.queries import views
        from node.services import users

        viewer = (await users.standing(tx, self.name))[1] if self.name else None
        rows = await self._rows(tx, viewer)
        return [_entry(tx, view) for view in await views.of(tx, rows, viewer)]

    async def _rows(self, tx: "Transaction", viewer: "Actor | None") -> "Sequence[Post]":
        from node.queries import timelines
        from node.services import lookups

        page = timelines.Page(self.limit, before=self.before)
        if self.thread is not None:
            post = await lookups.post(tx, self.thread, viewer)
            return await timelines.thread(tx, post.root_id or post.id, viewer, self.limit)
        if self.group is not None:
            return await timelines.group(tx, await lookups.group(tx, self.group), viewer, page)
        if viewer is not None:
            return await timelines.home_and_addressed(tx, viewer, page)
        return await timelines.local(tx, None, page)


@click.command(short_help="Read a home, a group, a thread, or this node's posts.")
@click.option("--as", "name", metavar="NAME", help="Whose eyes; alone: her home, and what others wrote to her.")
@click.option("--group", metavar="HANDLE[@HOST]", help="The threads of a group, here or elsewhere.")
@click.option("--thread", metavar="URL", help="A post and all its answers, by the address of any of them.")
@click.option("--local", is_flag=True, help="What this node's people wrote in public (also without any option).")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 80), help="So many at most.")
@click.option("--before", metavar="ID", type=int, help="Older than this: the `id` that --json shows.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def timeline(
    name: str | None,
    group: str | None,
    thread: str | None,
    local: bool,
    limit: int,
    before: int | None,
    as_json: bool,
) -> None:
    """Read: a home with what others wrote to her, a group, a thread, or what this node's people wrote.

    Newest first; a thread in its order.

    \b
    Examples:
      ordito timeline --as anna
      ordito timeline --group welcome@node.example
      ordito timeline --thread https://node.example/posts/1
      ordito timeline --local --json | jq -r '.[].text'
    """
    if sum((local, group is not None, thread is not None)) > 1:
        raise click.UsageError("One of --group, --thread and --local.")
    wanted = _Wanted(None if local else name, group, thread, limit, before)

    async def work(context: "Context") -> list[Entry]:
        return await context.read(wanted.entries)

    entries = run(work)
    if as_json:
        show_json(entries)
        return
    for entry in entries:
        _show(entry)
    if not entries:
        show("Nothing here yet.")


def _entry(tx: "Transaction", view: "PostView") -> Entry:
    from node.services import addresses
    from node.services.markup import plain

    shown = view.reblog or view
    post = shown.post
    return Entry(
        id=str(view.post.id),
        uri=post.uri,
        url=post.url,
        author=str(addresses.handle(tx, shown.author)),
        author_name=shown.author.name,
        group=str(addresses.handle(tx, shown.group)) if shown.group else None,
        boosted_by=str(addresses.handle(tx, view.author)) if view.reblog else None,
        in_reply_to=post.in_reply_to_uri,
        published=post.published,
        visibility=post.visibility,
        removed=post.removed_at is not None,
        removal_reason=post.removal_reason,
        refused=post.refused_at is not None,
        language=post.language,
        title=post.name,
        warning=post.summary,
        text=plain(post.content),
        attachments=tuple(attachment["url"] for attachment in post.attachments),
        replies=shown.replies,
        favourites=shown.favourites,
    )


def _show(entry: Entry) -> None:
    where = f" in {entry.group}" if entry.group else ""
    show(f"{entry.author_name} ({entry.author}){where}", bold=True)
    facts = [minute(entry.published), entry.visibility]
    why = f": {entry.removal_reason}" if entry.removal_reason else ""
    facts += [f"removed from the group{why}"] if entry.removed else []
    facts += ["not taken by the group"] if entry.refused else []
    facts += [entry.language] if entry.language else []
    facts += [f"boosted by {entry.boosted_by}"] if entry.boosted_by not in {None, entry.group} else []
    facts += [f"answers: {entry.replies}"] if entry.replies else []
    show(" · ".join(facts))
    if entry.in_reply_to:
        show(f"answers {entry.in_reply_to}")
    if entry.title:
        show(entry.title)
    if entry.warning:
        show(f"[{entry.warning}]")
    for line in entry.text.splitlines():
        show(f"  {line}".rstrip())
    for url in entry.attachments:
        show(f"  + {url}")
    show(entry.uri)
    show()
