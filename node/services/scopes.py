"""Scopes: which there are, and which cover which. What each route needs stands at the route."""

from collections.abc import Collection, Iterable
from typing import Final

_READ: Final = (
    "accounts blocks bookmarks collections favourites filters follows lists mutes notifications search statuses"
)
_WRITE: Final = (
    "accounts blocks bookmarks collections conversations favourites filters follows lists media mutes notifications "
    "reports statuses"
)
_ADMIN: Final = "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks"
_OLD_FOLLOW: Final = ("blocks", "follows", "mutes")


def _parts(parent: str, names: str) -> list[str]:
    return [f"{parent}:{name}" for name in names.split()]


_CHILDREN: Final[dict[str, frozenset[str]]] = {
    "read": frozenset(_parts("read", _READ)),
    "write": frozenset(_parts("write", _WRITE)),
    "admin:read": frozenset(_parts("admin:read", _ADMIN)),
    "admin:write": frozenset(_parts("admin:write", _ADMIN)),
    "follow": frozenset(f"{kind}:{name}" for kind in ("read", "write") for name in _OLD_FOLLOW),
}
ALL: Final[tuple[str, ...]] = (
    *("profile", "push", "read", "write", "follow", "admin:read", "admin:write"),
    *(scope for parent in ("read", "write", "admin:read", "admin:write") for scope in sorted(_CHILDREN[parent])),
)


def known(text: str) -> str:
    """Those of them that there are, each once: apps ask for scopes of other servers too."""
    return " ".join(dict.fromkeys(scope for scope in text.split() if scope in ALL))


def wanted(text: str | None) -> str:
    """What a request for scopes comes to: `read` where it names none. Empty where it names none that there are."""
    return known(text) if text and text.strip() else "read"


def outermost(text: str) -> list[str]:
    """Without those that another of them covers."""
    scopes = text.split()
    return [scope for scope in scopes if not any(scope in _CHILDREN.get(other, ()) for other in scopes)]


def covers(granted: Iterable[str], wanted: Collection[str]) -> bool:
    """Whether any of what a route takes has been granted, itself or by a parent."""
    held = set(granted)
    for scope in tuple(held):
        held |= _CHILDREN.get(scope, frozenset())
    return not held.isdisjoint(wanted)


def within(wanted: str, registered: str) -> bool:
    """Whether each scope that is asked for is among those that the app has registered."""
    return all(covers(registered.split(), (scope,)) for scope in wanted.split())
