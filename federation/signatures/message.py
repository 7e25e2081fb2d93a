"""A request as it came, and what its signature claims: the two values that all signature code speaks of."""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from federation.errors import Malformed
from federation.identifiers import KeyId

BODILESS: Final = frozenset({"GET", "HEAD"})


class Scheme(StrEnum):
    """The two ways to sign a request."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A request. `origin` is our configured public one, so a proxy's Host header cannot change what was signed for."""

    method: str
    """In upper case."""
    target: str
    """Path and query as received, never decoded or tidied."""
    headers: tuple[tuple[str, str], ...]
    """(name in lower case, value), in order, duplicates kept."""
    body: bytes | None = field(repr=False)
    """The raw bytes; None where the request has none."""
    origin: str
    """scheme://host[:port]"""
    _by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[str, list[str]] = {}
        for name, value in self.headers:
            named.setdefault(name, []).append(value.strip(" \t"))
        object.__setattr__(self, "_by_name", named)

    @property
    def has_body(self) -> bool:
        """An empty body of a POST is one, that of a GET is not."""
        return bool(self.body) or (self.body is not None and self.method not in BODILESS)

    @property
    def url(self) -> str:
        return self.origin + self.target

    @property
    def names(self) -> AbstractSet[str]:
        """Of the headers, in lower case."""
        return self._by_name.keys()

    def values(self, name: str) -> Sequence[str]:
        """The values of all headers of this name, in order; `name` is in lower case."""
        return self._by_name.get(name, ())

    def single(self, name: str) -> str | None:
        """The only value, None without one. Raises `Malformed` for two, which two readers would choose from."""
        values = self.values(name)
        if len(values) > 1:
            raise Malformed("sig.duplicate_header", f"there are {len(values)} headers {name}")
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of its signature, within our rules; nothing of it is proved before `verify`.

    The key to verify with is looked up under `key_id`, and `key_id` is also what the sender is judged by.
    """

    scheme: Scheme
    key_id: KeyId
    algorithm: str | None
    """As the request names it; `verify` refuses a key of another type."""
    covered: tuple[str, ...]
    """Names of what is signed, in order: headers and derived components, in the words of the scheme."""
    created: int | None
    expires: int | None
    """Seconds since 1970, as signed or sent."""
    sent_key_id: str
    """The key id letter by letter, before it was brought into canonical form."""
    signature: bytes = field(repr=False)
    message: SignedMessage = field(repr=False)
