"""MediaAttachment: of what was uploaded here, and of what posts from elsewhere bring."""

from collections.abc import Mapping
from typing import Any, Final

from node.database.tables import MediaFile
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.links import Links
from node.services import media
from node.services.remote_files import Variant

_KINDS: Final = frozenset({"image", "gifv", "video", "audio"})
_VARIANTS: Final = {"image": Variant.PICTURE, "gifv": Variant.FILM, "video": Variant.FILM, "audio": Variant.SOUND}


def attachment(item: Mapping[str, Any], entity_id: str, links: Links) -> Entity:
    """As it stands in a post. A file of elsewhere is loaded through this node; only of a kind that no app shows the
    address stays as it is, for her to follow or not."""
    remote_url, kind = str(item["url"]), str(item.get("type") or "unknown")
    kind = kind if kind in _KINDS else "unknown"
    if "media_id" in item:
        return _entity(str(item["media_id"]), kind, remote_url, item.get("preview"), item)
    url = links.file(remote_url, _VARIANTS[kind]) if kind in _KINDS else remote_url
    preview = links.file(remote_url, Variant.PREVIEW) if kind == "image" else None
    return _entity(entity_id, kind, url, preview, item) | {"remote_url": remote_url}


def upload(file: MediaFile, base_url: str) -> Entity:
    """Before it is in a post; without its address while it is worked on."""
    item = media.attachment(file, base_url)
    return _entity(str(file.id), file.kind, item["url"] if file.state in media.USABLE else None, item["preview"], item)


def _entity(entity_id: str, kind: str, url: str | None, preview: str | None, item: Mapping[str, Any]) -> Entity:
    return {
        "id": entity_id,
        "type": kind,
        "url": url,
        "preview_url": preview,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": _meta(item),
        "description": str(item["alt"]) if item.get("alt") else None,
        "blurhash": item.get("blurhash"),
    }


def _meta(item: Mapping[str, Any]) -> Entity:
    meta: Entity = {name: _size(size) for name, size in (item.get("meta") or {}).items()}
    width, height = item.get("width"), item.get("height")
    if width and height and "original" not in meta:
        meta["original"] = _size({"width": width, "height": height})
    focus = item.get("focal_point")
    if focus:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return meta


def _size(stored: Mapping[str, Any]) -> Entity:
    width, height = stored.get("width"), stored.get("height")
    known = {name: value for name, value in stored.items() if value is not None}
    if not width or not height:
        return known
    return {**known, "size": f"{width}x{height}", "aspect": width / height}
