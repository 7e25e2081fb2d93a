"""How this node is found: WebFinger for people, groups and itself, host-meta, NodeInfo, security.txt, robots.txt."""

from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import Final, Literal

import orjson
from aiohttp import web

from federation.discovery import Usage, host_meta_xml, jrd, nodeinfo_document, nodeinfo_links
from federation.errors import Malformed
from federation.identifiers import ActorId, Handle, parse_url
from federation.vocabulary import Document
from node.activitypub.actors import standing
from node.activitypub.serving import ACTORS, answer, public
from node.context.rendered import Rendering
from node.database import Transaction
from node.database.tables import Actor
from node.errors import NotFound
from node.middleware.state import context_of
from node.queries import actors as actor_rows, posts as post_rows, users as user_rows
from node.services import addresses, node_actor
from node.settings import Settings

routes = web.RouteTableDef()

JRD: Final = "application/jrd+json"
TEXT: Final = "text/plain; charset=utf-8"
LONGEST_RESOURCE: Final = 2048
TRUST_FOR: Final = timedelta(days=180)
"""How far ahead security.txt says that it will be looked at again; RFC 9116 recommends less than a year."""
ROBOTS: Final = """\
User-agent: *
Disallow: /api/
Disallow: /oauth/
Disallow: /inbox
Disallow: /users/
Disallow: /activities/
Disallow: /contexts/
"""


@routes.get("/.well-known/webfinger")
async def webfinger(request: web.Request) -> web.Response:
    resource = request.query.get("resource", "").strip()
    if not resource or len(resource) > LONGEST_RESOURCE:
        raise Malformed("webfinger.resource", "Say whom you look for: ?resource=acct:name@host")
    work = partial(_jrd, resource=resource)
    return await public(request, f"webfinger {resource}", work, sources=ACTORS, content_type=JRD, cors=True)


async def _jrd(tx: Transaction, resource: str) -> Document:
    found = await _found(tx, resource)
    handle = addresses.handle(tx, found)
    kind: Literal["Person", "Group", "Application"] = found.type  # type: ignore[assignment]  # one of ours is one of these
    return jrd(handle, ActorId(found.uri), kind, page=found.url)


async def _found(tx: Transaction, resource: str) -> Actor:
    """Whom a resource names: by handle, by id, by page; the node itself by its host. Raises `NotFound`, `Malformed`."""
    if "://" in resource:
        return await _by_url(tx, parse_url(resource))
    host = tx.settings.host.lower()
    bare = resource.removeprefix("acct:")
    if bare.lower() in {f"{host}@{host}", f"@{host}@{host}"}:
        return await node_actor.required(tx)
    handle = Handle.parse(bare)
    if handle.host != host:
        raise NotFound("This node does not know that account.")
    return await standing(tx, handle.name)


async def _by_url(tx: Transaction, url: str) -> Actor:
    """Another address of somebody here leads to nobody: one spelling, no guessing."""
    if url == f"{tx.settings.base_url}/":
        return await node_actor.required(tx)
    page = url.removeprefix(f"{tx.settings.base_url}/@")
    found = await standing(tx, page) if page != url else await actor_rows.by_uri(tx, url)
    if found is None or not found.is_local:
        raise NotFound("This node does not know that account.")
    return await standing(tx, found.username)


@routes.get("/.well-known/host-meta")
async def host_meta(request: web.Request) -> web.Response:
    body = host_meta_xml(context_of(request).settings.base_url).encode()
    return answer(request, Rendering.of(body, "application/xrd+xml; charset=utf-8"), cors=True)


@routes.get("/.well-known/nodeinfo")
async def nodeinfo_places(request: web.Request) -> web.Response:
    base_url = context_of(request).settings.base_url
    links = nodeinfo_links(base_url, ActorId(f"{base_url}/actor"))
    return answer(request, Rendering.of(orjson.dumps(links), "application/json"), cors=True)


@routes.get("/nodeinfo/2.0")
async def nodeinfo_2_0(request: web.Request) -> web.Response:
    return await _nodeinfo(request, "2.0")


@routes.get("/nodeinfo/2.1")
async def nodeinfo_2_1(request: web.Request) -> web.Response:
    return await _nodeinfo(request, "2.1")


async def _nodeinfo(request: web.Request, schema: Literal["2.0", "2.1"]) -> web.Response:
    """Counted anew when something was written, and every day: who was active is a question of time."""
    kind = f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{schema}#"'
    key = f"nodeinfo {schema} {context_of(request).now():%Y-%m-%d}"
    return await public(request, key, partial(_usage, schema=schema), content_type=kind, cors=True)


async def _usage(tx: Transaction, schema: Literal["2.0", "2.1"]) -> Document:
    people = await user_rows.usage(tx)
    written, answers = await post_rows.count(tx)
    return nodeinfo_document(
        schema,
        software="ordito",
        version=version("ordito"),
        repository=None,
        usage=Usage(people["total"], people["activeMonth"], people["activeHalfyear"], written, answers),
        open_registrations=tx.settings.sign_up != "closed",
        name=tx.settings.node_name,
        description=tx.settings.node_description,
    )


@routes.get("/.well-known/security.txt")
async def security(request: web.Request) -> web.Response:
    """To whom a hole or an abuse is told (RFC 9116)."""
    context = context_of(request)
    expires = (context.now() + TRUST_FOR).strftime("%Y-%m-%dT00:00:00Z")
    lines = (
        f"Contact: {_contact(context.settings)}",
        f"Expires: {expires}",
        "Preferred-Languages: en",
        f"Canonical: {context.settings.base_url}/.well-known/security.txt",
    )
    return answer(request, Rendering.of("".join(f"{line}\n" for line in lines).encode(), TEXT), cors=True)


def _contact(settings: Settings) -> str:
    given = settings.contact or f"abuse@{_without_port(settings.host)}"
    return given if given.startswith(("mailto:", "https://", "tel:")) else f"mailto:{given}"


def _without_port(host: str) -> str:
    return host[: host.rindex(":")] if ":" in host and not host.endswith("]") else host


@routes.get("/robots.txt")
async def robots(request: web.Request) -> web.Response:
    return answer(request, Rendering.of(ROBOTS.encode(), TEXT))
