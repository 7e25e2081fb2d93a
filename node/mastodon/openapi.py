"""The client API as an OpenAPI document (3.1), made from what its routes say of themselves and from their schemas."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final, Literal

import orjson
from aiohttp import web

from node.mastodon.answers import Answer
from node.mastodon.calls import Call
from node.mastodon.routing import Access, Route, Routes
from node.mastodon.schemas import Part, Schema, definitions
from node.services import scopes

TABLE: Final = web.AppKey("api_table", list[Route])
routes = Routes()
_PLACE: Final = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_PREFIX: Final[Mapping[Part, str]] = {"entities": "", "parameters": "takes-"}
"""Entities and parameters are two spaces of names, and one here."""
_ERROR: Final[Schema] = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}, "details": {"type": "object"}},
}


@routes.get("/api/openapi.json", access=Access.ANYBODY)
async def show(call: Call) -> Any:
    table: list[Route] = call.request.app[TABLE]
    return Answer(_encoded(tuple(table), call.context.settings.base_url))


@lru_cache(maxsize=8)
def _encoded(table: tuple[Route, ...], base_url: str) -> bytes:
    return orjson.dumps(document(table, base_url))


def document(table: Iterable[Route], base_url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(_PLACE.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ordito: the client API", "version": version("ordito")},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR, **_schemas("entities"), **_schemas("parameters")},
            "securitySchemes": {"oauth": _oauth(base_url)},
        },
    }


def _schemas(part: Part) -> dict[str, Schema]:
    return {_PREFIX[part] + name: _moved(schema, part) for name, schema in definitions(part).items()}


def _moved(value: Any, part: Part) -> Any:
    """References of the schemas' own files, as they stand in one document."""
    if isinstance(value, dict):
        return {key: _moved(inner, part) for key, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, part) for inner in value]
    if isinstance(value, str) and value.startswith("#/$defs/"):
        return _reference(value.removeprefix("#/$defs/"), part)["$ref"]
    return value


def _reference(name: str, part: Part) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{_PREFIX[part]}{name}"}


def _oauth(base_url: str) -> dict[str, Any]:
    token, named = f"{base_url}/oauth/token", {scope: scope for scope in scopes.ALL}
    person = {"authorizationUrl": f"{base_url}/oauth/authorize", "tokenUrl": token, "scopes": named}
    return {
        "type": "oauth2",
        "flows": {"authorizationCode": person, "clientCredentials": {"tokenUrl": token, "scopes": named}},
    }


def _operation(route: Route) -> dict[str, Any]:
    family = route.handler.__module__.rpartition(".")[2]
    place = _PLACE.sub(r"\1", route.path).strip("/").replace("/", "_").replace(".", "_")
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{place}",
        "tags": [family],
        "description": route.handler.__doc__ or "",
        "security": _security(route),
        "parameters": [*_in_path(route.path), *(_in_query(route) if route.method == "GET" else ())],
        "responses": {"2XX": _answer(route), "default": _json(_reference("Error", "entities"), "A refusal.")},
    }
    if route.takes is not None and route.method != "GET":
        taken = {"schema": _reference(route.takes, "parameters")}
        kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
        operation["requestBody"] = {"content": dict.fromkeys(kinds, taken)}
    return operation


def _security(route: Route) -> list[dict[str, Sequence[str]]]:
    """The scopes of a route are alternatives: one of them is enough."""
    if route.access is Access.CLIENT:
        return []
    needed: list[dict[str, Sequence[str]]] = [{"oauth": [scope]} for scope in route.scopes] or [{"oauth": []}]
    return [{}, *needed] if route.access is Access.ANYBODY else needed


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{pattern or '[^/]+'}$"},
        }
        for name, pattern in _PLACE.findall(path)
    ]


def _in_query(route: Route) -> list[dict[str, Any]]:
    """Lists under a name with brackets, as Rails has them; parts of an object each under its own."""
    if route.takes is None:
        return []
    schema = definitions("parameters")[route.takes]
    required = schema.get("required", ())
    return [
        _query_parameter(name, inner, required=name in required) for name, inner in schema.get("properties", {}).items()
    ]


def _query_parameter(name: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    kind = _resolved(schema).get("type")
    style: Literal["form", "deepObject"] = "deepObject" if kind == "object" else "form"
    shown = f"{name}[]" if kind == "array" else name
    parameter = {"name": shown, "in": "query", "required": required, "style": style, "explode": True}
    return parameter | {"schema": _moved(schema, "parameters")}


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = definitions("parameters")[schema["$ref"].rpartition("/")[2]]
    return schema


def _answer(route: Route) -> dict[str, Any]:
    if route.endless:
        return {"description": "A stream, without an end.", "content": {"text/event-stream": {}}}
    if route.returns is None:
        return {"description": "What the handler says."}
    name = route.returns.strip("[]")
    entity: dict[str, Any] = dict(_reference(name, "entities"))
    found = _json({"type": "array", "items": entity} if route.returns.startswith("[") else entity, route.returns)
    if route.pages:
        found["headers"] = {"Link": {"schema": {"type": "string"}}}
    return found


def _json(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
