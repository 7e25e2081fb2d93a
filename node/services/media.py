"""Files that people of this node upload: from their first row to the job that takes the last byte away.

A row goes in the transaction that makes it go, and its address with it; the bytes go by a job that this transaction
owes, so that neither is left without the other. What belongs to no post after a day goes as if it had been deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from node.database import Transaction
from node.database.tables import Actor, MediaFile, Post
from node.errors import Invalid, NotFound
from node.queries import jobs, media as media_rows
from node.services import actors
from node.services.markup import plain

PROCESSING: Final = "processing"
READY: Final = media_rows.READY
WITHDRAWN: Final = media_rows.WITHDRAWN
"""Of a post that was deleted: nobody gets it, and it may stand in another."""
USABLE: Final = frozenset({READY, WITHDRAWN})
FAILED: Final = "failed"
MOST_ATTACHED: Final = 4
LONGEST_DESCRIPTION: Final = 1500
PROCESS: Final = "media"
REMOVE: Final = "media_removal"
"""Kinds of jobs."""
UNFINISHED: Final = "Cannot attach files that have not finished processing. Try again in a moment!"
FAILURE: Final = "Error processing thumbnail for uploaded media"
"""Both as Mastodon has them."""
Part: TypeAlias = Literal["avatar", "header"]
_COLUMNS: Final[Mapping[Part, str]] = {"avatar": "icon", "header": "image"}
_ALONE: Final = frozenset({"video", "gifv", "audio"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is being stored. `key` names its folder in the storage; `focus` is (x, y), each from -1 to 1."""

    kind: str
    key: str
    bytes: int
    description: str = ""
    focus: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What the bounded process made of a file: names in its folder, and what an app is told of it."""

    kind: str
    file: str
    preview: str | None
    media_type: str
    bytes: int
    blurhash: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


async def begin(tx: Transaction, actor: Actor, arrived: Arrived) -> MediaFile:
    """A row for a file that is on its way: if it never arrives, it goes after a day as others do."""
    _check_description(arrived.description)
    return await media_rows.add(tx, _row(tx, actor, arrived) | {"state": PROCESSING})


def _row(tx: Transaction, actor: Actor, arrived: Arrived) -> dict[str, Any]:
    return {
        "id": tx.new_id(),
        "actor_id": actor.id,
        "post_id": None,
        "scheduled_id": None,
        "kind": arrived.kind,
        "key": arrived.key,
        "file": None,
        "preview": None,
        "media_type": "application/octet-stream",
        "bytes": arrived.bytes,
        "description": plain(arrived.description).strip(),
        "focus": list(arrived.focus) if arrived.focus else None,
        "blurhash": None,
        "meta": {},
        "created_at": tx.now,
    }


def _check_description(text: str) -> None:
    if len(text) > LONGEST_DESCRIPTION:
        raise Invalid(
            f"Validation failed: Description is too long (maximum is {LONGEST_DESCRIPTION} characters)", "media.text"
        )


async def owe_processing(tx: Transaction, file: MediaFile, due_at: datetime | None = None) -> None:
    """Somebody works on it, from `due_at` on, whatever becomes of this process."""
    await jobs.add(tx, PROCESS, str(file.id), {"id": str(file.id)}, due_at)


async def waiting(tx: Transaction, media_id: int) -> MediaFile | None:
    """A file that is still to be worked on."""
    file = await media_rows.by_id(tx, media_id)
    return file if file is not None and file.state == PROCESSING else None


async def finish(tx: Transaction, media_id: int, made: Made | None) -> MediaFile | None:
    """What was made of it, or that nothing could be. None where it was deleted meanwhile: then all of it goes."""
    file = await media_rows.by_id(tx, media_id)
    if file is None:
        return None
    if made is None:
        await media_rows.change(tx, file, state=FAILED)
    else:
        await media_rows.change(tx, file, state=READY, **_but_own_preview(file, made))
    return file


def _but_own_preview(file: MediaFile, made: Made) -> dict[str, Any]:
    """A preview that she has chosen meanwhile stays."""
    values = _values(made)
    if file.preview is not None:
        small = {"small": file.meta["small"]} if "small" in file.meta else {}
        values |= {"preview": file.preview, "blurhash": file.blurhash, "meta": {**made.meta, **small}}
    return values


async def set_preview(tx: Transaction, file: MediaFile, name: str, made: Made) -> None:
    """A picture that she has chosen for a sound or a film."""
    meta = {**file.meta, "small": made.meta.get("small", {})}
    await media_rows.change(tx, file, preview=name, blurhash=made.blurhash, meta=meta)


def _values(made: Made) -> dict[str, Any]:
    return {
        "kind": made.kind,
        "file": made.file,
        "preview": made.preview,
        "media_type": made.media_type,
        "bytes": made.bytes,
        "blurhash": made.blurhash,
        "meta": dict(made.meta),
    }


async def own(tx: Transaction, actor: Actor, media_id: int) -> MediaFile:
    """Hers, and in no post yet. Raises `NotFound` for any other."""
    file = (await media_rows.loose(tx, actor.id, [media_id])).get(media_id)
    if file is None or file.post_id is not None:
        raise NotFound("Record not found")
    return file


async def describe(
    tx: Transaction,
    file: MediaFile,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
) -> MediaFile:
    """What is shown to those who do not see it, and what of it is not cut off; None stays. Of a file that is in a post
    already the post has to be edited as well: what stands in it was made by `attach`."""
    values: dict[str, Any] = {}
    if description is not None:
        _check_description(description)
        values["description"] = plain(description).strip()
    if focus is not None:
        values["focus"] = list(focus)
    if values:
        await media_rows.change(tx, file, **values)
    return file


def focus_of(text: str | None) -> tuple[float, float] | None:
    """`x,y`, as apps write it. Raises `Invalid`."""
    if not text:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise Invalid("Validation failed: Focus reads x,y, each from -1.0 to 1.0", "media.focus") from error
    if not (abs(x) <= 1 and abs(y) <= 1):  # NaN is neither
        raise Invalid("Validation failed: Focus reads x,y, each from -1.0 to 1.0", "media.focus")
    return x, y


def attachment(file: MediaFile, base_url: str) -> dict[str, Any]:
    """A file as it stands in a post (`Draft.attachments`), from where `documents` put it on the wire."""
    original = file.meta.get("original", {})
    return {
        "media_id": str(file.id),
        "type": file.kind,
        "url": _address(base_url, file.key, file.file),
        "preview": _address(base_url, file.key, file.preview),
        "media_type": file.media_type,
        "alt": file.description,
        "blurhash": file.blurhash,
        "focal_point": file.focus,
        "width": original.get("width"),
        "height": original.get("height"),
        "meta": file.meta,
    }


def _address(base_url: str, key: str, name: str | None) -> str | None:
    return f"{base_url}/media/{key}/{name}" if name else None


async def attach(
    tx: Transaction,
    actor: Actor,
    media_ids: Sequence[int],
    *,
    post: Post | None = None,
    scheduled_id: int | None = None,
) -> list[dict[str, Any]]:
    """For `Draft.attachments`, in this order. `post`: the one that is edited, whose own files may stay; `scheduled_id`:
    what they were kept for. Raises `Invalid`, in Mastodon's words.

    Whoever publishes or edits with these ties the files to the post (`keep`), and what was taken out of it goes.
    """
    if len(media_ids) > MOST_ATTACHED:
        raise Invalid(f"Cannot attach more than {MOST_ATTACHED} files", "media.many")
    found = await media_rows.loose(tx, actor.id, media_ids, locks=True)
    files = [found[media_id] for media_id in media_ids if media_id in found]
    free = [file for file in files if _may_use(file, post, scheduled_id)]
    if len(free) < len(media_ids) or any(file.state not in USABLE for file in free):
        raise Invalid(UNFINISHED, "media.unfinished")
    if len(free) > 1 and any(file.kind in _ALONE for file in free):
        raise Invalid("Cannot attach a video to a post that already contains images", "media.mixed")
    return [attachment(file, tx.settings.base_url) for file in free]


def _may_use(file: MediaFile, post: Post | None, scheduled_id: int | None) -> bool:
    in_post = file.post_id is not None and (post is None or file.post_id != post.id)
    return not in_post and file.scheduled_id in {None, scheduled_id}


async def reserve(tx: Transaction, actor: Actor, media_ids: Sequence[int], scheduled_id: int) -> None:
    """Keeps files for a post that comes later; when its row goes they are as if nobody had used them."""
    await media_rows.reserve(tx, media_ids, actor.id, scheduled_id)


async def keep(tx: Transaction, author: Actor, post: Post) -> None:
    """After a post was written or edited: the files that stand in it are its own, those that stood in it go."""
    named = {str(item["media_id"]) for item in post.attachments if "media_id" in item}
    gone = [file for file in await media_rows.of_post(tx, post.id) if str(file.id) not in named]
    if gone:
        await media_rows.drop_from_edits(tx, post.id, {str(file.id) for file in gone})
        await remove(tx, gone)
    if named:
        await media_rows.tie(tx, [int(media_id) for media_id in named], author.id, post.id)


async def withdraw(tx: Transaction, post: Post) -> None:
    """With a post that is deleted to be written anew: its files are served to nobody from now on. Until they go, as
    uploads that nobody has used, she may put them into another."""
    await media_rows.withdraw(tx, post.id)


async def forget_post(tx: Transaction, post: Post) -> None:
    """With a post that is deleted."""
    await remove(tx, await media_rows.of_post(tx, post.id))


async def forget_actor(tx: Transaction, actor: Actor) -> None:
    """With an account that goes: all that it ever uploaded."""
    await remove(tx, await media_rows.of_actor(tx, actor.id))


async def forget_unattached(tx: Transaction, before: datetime) -> int:
    """Some of what came before then and is in no post; how many."""
    gone = await media_rows.unattached(tx, before)
    await remove(tx, gone)
    return len(gone)


async def remove(tx: Transaction, files: Sequence[MediaFile]) -> None:
    """The rows, and with them the addresses, now; the bytes by a job."""
    if files:
        await media_rows.remove(tx, [file.id for file in files])
    for file in files:
        await owe_removal(tx, file.key)


async def owe_removal(tx: Transaction, key: str, due_at: datetime | None = None) -> None:
    """With `due_at` for what is being stored: unless a row comes to name it before (`set_picture`), it goes then."""
    await jobs.add(tx, REMOVE, key, {"key": key}, due_at)


@dataclass(frozen=True, slots=True)
class Picture:
    """An avatar or a header that is stored (`context.media.picture`), and that nothing names yet."""

    key: str
    made: Made


async def set_picture(tx: Transaction, actor: Actor, part: Part, picture: Picture | None) -> None:
    """Gives a person or a group of this node an avatar or a header, or takes it away (None), and tells its followers.

    Who may do that for a group is the caller's to ask. Where more of a profile changes, `picture_column` goes together
    with it into one `actors.change_profile`.
    """
    await actors.change_profile(tx, actor, await picture_column(tx, actor, part, picture))


async def picture_column(tx: Transaction, actor: Actor, part: Part, picture: Picture | None) -> dict[str, str | None]:
    """What `set_picture` writes into the account: the column and its value. The picture before goes."""
    await remove(tx, await media_rows.of_actor(tx, actor.id, [part]))
    if picture is None:
        return {_COLUMNS[part]: None}
    await jobs.forget(tx, REMOVE, picture.key)
    arrived, made = Arrived(part, picture.key, picture.made.bytes), _values(picture.made)
    await media_rows.add(tx, _row(tx, actor, arrived) | made | {"state": READY, "kind": part})
    return {_COLUMNS[part]: _address(tx.settings.base_url, picture.key, picture.made.file)}
