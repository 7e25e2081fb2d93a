"""StatusEdit: how a status read, each time."""

from collections.abc import Sequence
from typing import Any

from markupsafe import escape

from node.database.tables import Post, PostEdit
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.links import Links
from node.mastodon.entities.statuses import attachments
from node.mastodon.moments import moment


def history(post: Post, before: Sequence[PostEdit], current: Entity, links: Links) -> list[Entity]:
    """The oldest first, the last one as it reads now. Without a poll: Tusky refuses one that is not whole."""
    versions: list[Any] = [*before, post]
    times = [*(edit.created_at for edit in before), post.edited_at or post.published]
    return [
        {
            "content": _content(version),
            "spoiler_text": version.summary,
            "sensitive": version.sensitive or bool(version.summary),
            "created_at": moment(at),
            "account": current["account"],
            "media_attachments": attachments(version, links),
            "emojis": current["emojis"],
        }
        for version, at in zip(versions, times, strict=True)
    ]


def _content(version: Post | PostEdit) -> str:
    """The text, with the title where there is one."""
    title = f"<p><strong>{escape(version.name)}</strong></p>" if version.name else ""
    return f"{title}{version.content}"
