"""Structured Fields (RFC 8941) read strictly: what the RFC resolves silently, such as duplicates, is refused."""

from typing import Any, Final, NoReturn, TypeAlias, cast

import http_sf

from federation.errors import Malformed

LONGEST: Final = 8192

Members: TypeAlias = dict[str, tuple[Any, dict[str, Any]]]
"""Label to (value, parameters). The value of an inner list is a list of such pairs."""


def parse_dictionary(name: str, text: str) -> Members:
    """Reads the dictionary in header `name`. Raises `Malformed`, also for a label or a parameter given twice."""

    def refuse(key: str, _context: str) -> NoReturn:
        raise Malformed("sig.duplicate_parameter", f"{name} has {key} twice")

    if len(text) > LONGEST:
        raise Malformed("sig.long", f"{name} is too long")
    try:
        parsed = http_sf.parse(text.encode(), tltype="dictionary", on_duplicate_key=refuse)
    except ValueError as error:
        raise Malformed("sig.structured_field", f"{name} is no dictionary of structured fields") from error
    return cast("Members", parsed)
