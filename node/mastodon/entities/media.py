"""MediaAttachment: of what was uploaded here, and of what posts from elsewhere bring."""

from collections.abc import Mapping
from typing import Any, Final

from node.mastodon.entities.accounts import Entity

_KINDS: Final = frozenset({"image", "gifv", "video", "audio"})


def attachment(item: Mapping[str, Any], entity_id: str) -> Entity:
    """As it stands in a post."""
    url = str(item["url"])
    kind = str(item.get("type") or "unknown")
    meta: Entity = {}
    width, height = item.get("width"), item.get("height")
    if width and height:
        meta["original"] = {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}
    focus = item.get("focal_point")
    if focus:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    return {
        "id": entity_id,
        "type": kind if kind in _KINDS else "unknown",
        "url": url,
        "preview_url": url,
        "remote_url": url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": str(item["alt"]) if item.get("alt") else None,
        "blurhash": item.get("blurhash"),
    }
