"""What an app sends, in whatever form: query, form, multipart, JSON, on any method; one nested mapping comes out.

Apps spell one thing in many ways: `media_ids[]`, `media_ids[0]`, `poll[options][]`, a plain `id` for `id[]`, `true`,
`1` or `on`. The names are taken apart here, and the values become what the route's schema says they are.
"""

import re
from collections.abc import Iterable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from itertools import pairwise
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from multidict import MultiMapping

from federation.errors import Malformed
from node.errors import Invalid
from node.mastodon.errors import MissingParameter, validation
from node.mastodon.schemas import Schema, definitions, validator
from node.middleware.bodies import read_body

Parameters: TypeAlias = dict[str, Any]

LARGEST_BODY: Final = 512 * 1024
MOST_FIELDS: Final = 500
DEEPEST: Final = 5
LONGEST_INTEGER: Final = 19
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "off", "OFF"})
_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_INTEGER: Final = re.compile(rf"-?[0-9]{{1,{LONGEST_INTEGER}}}\Z")


async def read(request: web.Request, name: str | None) -> Parameters:
    """What the schema of this name takes, of all that was sent; the rest is left out.

    Raises `Malformed`, `MissingParameter`, `Invalid`.
    """
    sent = _nested(_pairs(request.query))
    if request.can_read_body and not is_upload(request):
        _merge(sent, await _body(request))
    return conform(sent, name)


def is_upload(request: web.Request) -> bool:
    """A body that is read piece by piece, by a route that takes files."""
    return request.content_type == "multipart/form-data" and _UPLOADS.search(request.path) is not None


_UPLOADS: Final = re.compile(r"/(media(/[0-9]+)?|update_credentials|profile)/?\Z")


def conform(sent: Mapping[str, Any], name: str | None) -> Parameters:
    """As the schema of this name wants it. Raises `MissingParameter`, `Invalid`."""
    if name is None:
        return {}
    schema = definitions("parameters")[name]
    values: Parameters = _shaped(sent, schema)
    for required in schema.get("required", ()):
        if values.get(required) in (None, "", []):
            raise MissingParameter(required)
    fault = validator("parameters", name)(values)
    if fault is not None:
        place = ".".join(str(step) for step in fault.path) or name
        raise validation(f"{place} is not acceptable ({fault.keyword} {fault.expected})", "param.invalid")
    return values


def _pairs(values: MultiMapping[str]) -> Iterable[tuple[str, str]]:
    return [(key, value) for key, value in values.items() if isinstance(value, str)]


async def _body(request: web.Request) -> Parameters:
    kind = request.content_type
    body = await read_body(request, LARGEST_BODY, "parameters")
    if not body.strip():
        return {}
    if kind == "multipart/form-data":
        return _nested(_parts(request.headers["Content-Type"], body))
    if kind == "application/json" or (kind == "application/octet-stream" and body.lstrip()[:1] == b"{"):
        return _json(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Malformed("form", "The form in this request cannot be read.") from error
    return _nested(pairs)


def _parts(kind: str, body: bytes) -> list[tuple[str, str]]:
    """Those of a form that holds no files: bounded as every other body before it is taken apart."""
    head = f"Content-Type: {kind}\r\n\r\n".encode(errors="surrogateescape")
    form: Any = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = form.get_payload()
    if not isinstance(parts, list) or len(parts) > MOST_FIELDS:
        raise Malformed("form", "The form in this request cannot be read, or has too many parts.")
    return [_part(part) for part in parts if part.get_filename() is None]


def _part(part: Any) -> tuple[str, str]:
    name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(value, bytes):
        raise Malformed("form", "A part of this form has no name.")
    try:
        return name, value.decode()
    except UnicodeDecodeError as error:
        raise Malformed("form", "The form in this request cannot be read.") from error


def _json(body: bytes) -> Parameters:
    try:
        value = orjson.loads(body)
    except ValueError as error:
        raise Malformed("json", "The JSON in this request cannot be read.") from error
    if not isinstance(value, dict):
        raise Malformed("json", "The JSON in this request is no object.")
    found: Parameters = {}
    for key, item in value.items():
        if key.endswith("[]") or "[" in key:  # JSON clients that write the key of a form
            for single in item if isinstance(item, list) else [item]:
                _put(found, key, single)
        else:
            found[key] = item
    return found


def _nested(pairs: Iterable[tuple[str, Any]]) -> Parameters:
    found: Parameters = {}
    for key, value in pairs:
        _put(found, key, value)
    return found


def nested(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """`a[b][]` taken apart. Lists are mappings from their numbers until the schema says that they are lists."""
    return _nested(pairs)


def _put(found: Parameters, key: str, value: Any) -> None:
    name, bracket, _ = key.partition("[")
    steps = [name, *(_PART.findall(key[len(name) :]) if bracket else ())]
    if len(steps) > DEEPEST:
        raise Malformed("form", "The name of a parameter is nested too deep.")
    place = found
    for step, following in pairwise(steps):
        name = step or _item(place, following)
        inner = place.get(name)
        if not isinstance(inner, dict):
            inner = place[name] = {}
        place = inner
    place[steps[-1] if steps[-1] or len(steps) == 1 else str(len(place))] = value


def _item(place: Mapping[str, Any], following: str) -> str:
    """A list of objects, as Rails reads it: one goes on until a name of it comes again."""
    last = place.get(str(len(place) - 1))
    goes_on = following != "" and isinstance(last, dict) and following not in last
    return str(len(place) - 1 if goes_on else len(place))


def _merge(into: Parameters, other: Parameters) -> None:
    for key, value in other.items():
        known = into.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            into[key] = value


def _shaped(value: Any, schema: Schema) -> Any:
    """The value as its schema wants it, or as it is where it cannot be that: the validator says so then."""
    if "$ref" in schema:
        return _shaped(value, definitions("parameters")[schema["$ref"].rpartition("/")[2]])
    match schema.get("type"):
        case "object":
            return _object(value, schema)
        case "array":
            return _array(value, schema)
        case "boolean":
            return _boolean(value)
        case "integer":
            return int(value) if isinstance(value, str) and _INTEGER.match(value) else value
        case "number":
            return _number(value)
        case "string":
            return _string(value)
    return value


def _object(value: Any, schema: Schema) -> Any:
    if not isinstance(value, Mapping):
        return value
    known = schema.get("properties", {})
    found = {}
    for name, inner in known.items():
        if name not in value or _is_absent(value[name], inner):
            continue
        found[name] = _shaped(value[name], inner)
    return found


def _is_absent(value: Any, schema: Schema) -> bool:
    """Nothing was said: null, or an empty text for what is no text."""
    return value is None or (value == "" and schema.get("type") in {"boolean", "integer", "number", "array", "object"})


def _array(value: Any, schema: Schema) -> Any:
    items = schema.get("items", {})
    if isinstance(value, Mapping):
        numbered = all(key.isdecimal() for key in value)
        value = [value[key] for key in (sorted(value, key=int) if numbered else value)]
    elif not isinstance(value, list):
        value = [value]
    return [_shaped(item, items) for item in value if item is not None]


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        return value not in _FALSE
    return bool(value) if isinstance(value, int) else value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _string(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise Invalid("A text has a character that cannot be kept.", "param.nul")
        return value.replace("\r\n", "\n")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
