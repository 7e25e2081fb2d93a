"""Media: what people upload for their posts."""

from typing import Any, Final

from node.database import Transaction
from node.database.tables import MediaFile
from node.errors import Invalid
from node.mastodon import uploads
from node.mastodon.answers import Answer
from node.mastodon.calls import Call
from node.mastodon.entities.media import upload
from node.mastodon.errors import Absent, validation
from node.mastodon.routing import Routes
from node.mastodon.uploads import Form
from node.services import media

routes = Routes()
SCOPES: Final = ("write", "write:media")
_STATUS: Final = {media.READY: 200, media.WITHDRAWN: 200, media.PROCESSING: 206, media.FAILED: 422}
_PARTS: Final = ("file", "thumbnail")


@routes.post("/api/v2/media", *SCOPES, takes="MediaUpload", returns="MediaAttachment")
async def create(call: Call) -> Any:
    """200 for a picture, which is ready; 202 for what takes longer."""
    async with uploads.form(call, "MediaUpload", _PARTS) as form:
        file = await _stored(call, form)
        if file.kind == "image":
            return _shown(call, await _finished(call, file))
        await call.context.media.process_later(file)
        return _shown(call, await _with_thumbnail(call, form, file), 202)


@routes.post("/api/v1/media", *SCOPES, takes="MediaUpload", returns="MediaAttachment")
async def create_finished(call: Call) -> Any:
    async with uploads.form(call, "MediaUpload", _PARTS) as form:
        file = await _finished(call, await _stored(call, form))
        return _shown(call, await _with_thumbnail(call, form, file))


@routes.get("/api/v1/media/{id:[0-9]+}", *SCOPES, returns="MediaAttachment")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        file = await media.own(tx, call.actor, call.id())
    if file.state == media.FAILED:
        raise Invalid(media.FAILURE, "media.decode")
    return _shown(call, file, _STATUS[file.state])


@routes.put("/api/v1/media/{id:[0-9]+}", *SCOPES, takes="MediaUpdate", returns="MediaAttachment")
async def update(call: Call) -> Any:
    async with uploads.form(call, "MediaUpdate", ("thumbnail",)) as form:
        given = form.parameters

        async def work(tx: Transaction) -> MediaFile:
            file = await media.own(tx, call.actor, call.id())
            return await media.describe(tx, file, given.get("description"), media.focus_of(given.get("focus")))

        return _shown(call, await _with_thumbnail(call, form, await call.run(work)))


@routes.delete("/api/v1/media/{id:[0-9]+}", *SCOPES)
async def delete(call: Call) -> Any:
    async def work(tx: Transaction) -> None:
        await media.remove(tx, [await media.own(tx, call.actor, call.id())])

    await call.run(work)
    return {}


async def _stored(call: Call, form: Form) -> MediaFile:
    if "file" not in form.files:
        raise validation("File can't be blank", "media.absent")
    description, focus = form.parameters.get("description", ""), media.focus_of(form.parameters.get("focus"))
    return await call.context.media.store(call.actor, form.files["file"], description, focus)


async def _finished(call: Call, file: MediaFile) -> MediaFile:
    done = await call.context.media.process_now(file)
    if done is None:
        raise Absent
    if done.state == media.FAILED:
        raise Invalid(media.FAILURE, "media.decode")
    return done


async def _with_thumbnail(call: Call, form: Form, file: MediaFile) -> MediaFile:
    """Of a picture the preview is the picture itself."""
    if "thumbnail" not in form.files or file.kind == "image":
        return file
    return await call.context.media.preview(call.actor, file.id, form.files["thumbnail"])


def _shown(call: Call, file: MediaFile, status: int = 200) -> Answer:
    return Answer(upload(file, call.context.settings.base_url), status)
