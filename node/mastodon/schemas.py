"""The JSON Schemas of the client API: what a route takes and what it gives, each asked once it is loaded.

The files in `schemas/client_api/parameters` and `entities`, one for each family, hold them under their names, in
`$defs`. Names are one space over all files of a folder.
"""

import json
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, TypeAlias

from federation.schemas import Validator, fast_validator, reference_validator

Part: TypeAlias = Literal["parameters", "entities"]
Schema: TypeAlias = dict[str, Any]
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


@cache
def definitions(part: Part) -> dict[str, Schema]:
    """Name to schema; they refer to each other by `#/$defs/NAME`."""
    found: dict[str, Schema] = {}
    for file in resources.files("schemas").joinpath("client_api").joinpath(part).iterdir():
        if not file.name.endswith(".json"):
            continue
        named = json.loads(file.read_text(encoding="utf-8"))["$defs"]
        twice = found.keys() & named.keys()
        if twice:
            raise LookupError(f"{', '.join(sorted(twice))}: named twice in schemas/client_api/{part}")
        found |= named
    return found


@cache
def validator(part: Part, name: str) -> Validator:
    known = definitions(part)
    if name not in known:
        raise LookupError(f"schemas/client_api/{part} has no {name}")
    whole = {"$schema": DRAFT, "$ref": f"#/$defs/{name}", "$defs": known}
    try:
        return fast_validator(whole)
    except ImportError:
        return reference_validator(whole)
