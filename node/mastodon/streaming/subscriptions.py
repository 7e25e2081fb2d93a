"""What an app may subscribe to: streams by the names that Mastodon has for them, with a hashtag or a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from federation.errors import Malformed
from node.mastodon.calls import id_of

LONGEST_TAG: Final = 200
_STATUSES: Final = ("read", "read:statuses")
_NOTIFICATIONS: Final = ("read", "read:notifications")
_LISTS: Final = ("read", "read:statuses", "read:lists")
SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "user": (*_STATUSES, "read:notifications"),
    "user:notification": _NOTIFICATIONS,
    "public": _STATUSES,
    "public:media": _STATUSES,
    "public:local": _STATUSES,
    "public:local:media": _STATUSES,
    "public:remote": _STATUSES,
    "public:remote:media": _STATUSES,
    "hashtag": _STATUSES,
    "hashtag:local": _STATUSES,
    "list": _LISTS,
    "direct": _STATUSES,
}
"""Each stream with what its token needs, one of them. Of `user` a token gets the part that its scopes cover."""


class Unknown(Malformed):
    """No such stream, or one that lacks its hashtag or list. Apps are told with status 400 and stay connected."""

    def __init__(self, message: str) -> None:
        super().__init__("stream.unknown", message)


@dataclass(frozen=True, slots=True)
class Stream:
    """`tag` is as it was sent: what is told repeats it. `list_id` of a list stream alone."""

    name: str
    tag: str | None = None
    list_id: int | None = None

    @property
    def label(self) -> list[str]:
        """What stands beside each event: apps find their subscription by it."""
        argument = self.tag if self.tag is not None else self.list_id
        return [self.name] if argument is None else [self.name, str(argument)]

    @property
    def family(self) -> str:
        """Its name without what narrows it."""
        return self.name if self.name == "user:notification" else self.name.partition(":")[0]

    @property
    def scopes(self) -> tuple[str, ...]:
        return SCOPES[self.name]

    def is_about(self, *, local: bool, media: bool) -> bool:
        """Whether a post from here or elsewhere, with pictures or without, is of the kind that it is narrowed to."""
        parts = self.name.split(":")
        place = ("local" not in parts or local) and ("remote" not in parts or not local)
        return place and ("media" not in parts or media)


def parse(sent: Mapping[str, Any]) -> Stream:
    """From the parameters of a request, or a frame. Raises `Unknown`."""
    name = sent.get("stream")
    if not isinstance(name, str) or name not in SCOPES:
        raise Unknown("Unknown stream type")
    if name.startswith("public") and sent.get("only_media") and not name.endswith(":media"):
        name = f"{name}:media"
    if name.startswith("hashtag"):
        return Stream(name, tag=_tag(sent.get("tag")))
    if name == "list":
        return Stream(name, list_id=_list_id(sent.get("list")))
    return Stream(name)


def _tag(value: Any) -> str:
    if not isinstance(value, str) or not value.strip("# ") or len(value) > LONGEST_TAG:
        raise Unknown("Missing tag name parameter")
    return value


def folded(tag: str) -> str:
    """As tags are kept."""
    return tag.strip().removeprefix("#").casefold()


def _list_id(value: Any) -> int:
    list_id = id_of(str(value))
    if list_id is None:
        raise Unknown("Missing list name parameter")
    return list_id
