"""What runs at a host and how much it is used: NodeInfo 2.0 and 2.1 (FEP-f1d5), and its instance actor (FEP-2677)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from federation.discovery.asking import Asker
from federation.errors import Malformed, Untrusted
from federation.identifiers import ActorId, actor_id, host_of, origin, parse_url
from federation.vocabulary.values import Document

_PATH: Final = "/.well-known/nodeinfo"
_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
_VERSIONS: Final = ("2.1", "2.0", "1.1", "1.0")
_APPLICATION: Final = "https://www.w3.org/ns/activitystreams#Application"
_ACCEPT: Final = "application/json"
_TYPES: Final = frozenset({"application/json", "application/jrd+json"})
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a host says of itself; None or empty where it says nothing that can be read."""

    software: str
    """In lower case, as the schema wants it; NodeBB 4.11 writes capitals."""
    version: str
    protocols: tuple[str, ...]
    open_registrations: bool | None
    users: int | None
    posts: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    """True figures of our own: people in all and seen in the last 30 and 180 days; local posts and answers."""

    users: int
    active_month: int
    active_half_year: int
    posts: int
    comments: int


async def nodeinfo(client: Asker, host: str) -> NodeInfo:
    """Raises `Untrusted` where the host points nowhere or to another host, beside what the client raises."""
    served = await client.get_well_known(host, _PATH, accept=_ACCEPT, types=_TYPES)
    links = _links(served.document)
    href = next((links[_SCHEMA + version] for version in _VERSIONS if _SCHEMA + version in links), None)
    if href is None:
        raise Untrusted("nodeinfo.link", "the host names no NodeInfo document")
    # Some hosts redirect the well-known address to where they live (split domain).
    if host_of(href) not in {host, host_of(served.url)}:
        raise Untrusted("nodeinfo.host", "the host names a NodeInfo document of another host")
    document = (await client.get_json(href, accept=_ACCEPT, types=_TYPES)).document
    return _parsed(document)


async def application_actor(client: Asker, host: str) -> ActorId | None:
    """The actor that stands for the whole host (FEP-2677), None where it names none or one of another host."""
    served = await client.get_well_known(host, _PATH, accept=_ACCEPT, types=_TYPES)
    href = _links(served.document).get(_APPLICATION)
    if href is None or host_of(href) not in {host, host_of(served.url)}:
        return None
    try:
        return actor_id(href)
    except Malformed:
        return None


def _links(document: Document) -> dict[str, str]:
    """Relation to canonical URL; links that cannot be read are left out."""
    links = document.get("links")
    found: dict[str, str] = {}
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and isinstance(link.get("rel"), str) and isinstance(link.get("href"), str):
            try:
                found[link["rel"]] = parse_url(link["href"], fragment=True)
            except Malformed:
                continue
    return found


def _parsed(document: Document) -> NodeInfo:
    software, usage = _object(document, "software"), _object(document, "usage")
    protocols, registrations = document.get("protocols"), document.get("openRegistrations")
    listed = protocols if isinstance(protocols, list) else ()
    return NodeInfo(
        software=_text(software.get("name")).lower(),
        version=_text(software.get("version")),
        protocols=tuple(_text(protocol) for protocol in listed[:20] if isinstance(protocol, str)),
        open_registrations=registrations if isinstance(registrations, bool) else None,
        users=_count(_object(usage, "users").get("total")),
        posts=_count(usage.get("localPosts")),
    )


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    """A number, or a string of one: NodeBB 4.11 counts in strings."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 18:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18 else None


def nodeinfo_links(base_url: str, application: ActorId) -> Document:
    """Our `/.well-known/nodeinfo`: where both versions are, and the actor of the node."""
    here = origin(base_url)
    links = [{"rel": f"{_SCHEMA}{version}", "href": f"{here}/nodeinfo/{version}"} for version in ("2.0", "2.1")]
    return {"links": [*links, {"rel": _APPLICATION, "href": application}]}


def nodeinfo_document(
    schema: Literal["2.0", "2.1"],
    *,
    software: str,
    version: str,
    repository: str | None,
    usage: Usage,
    open_registrations: bool,
    name: str,
    description: str,
) -> Document:
    """Our own NodeInfo. `software` has lower-case letters, digits and hyphens; only 2.1 names a `repository`.

    `upstream` says whose client API it is: megalodon 10 takes no software that it does not know without that.
    """
    program = {"name": software, "version": version}
    if schema == "2.1" and repository is not None:
        program["repository"] = repository
    people = {"total": usage.users, "activeMonth": usage.active_month, "activeHalfyear": usage.active_half_year}
    return {
        "version": schema,
        "software": program,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": {"users": people, "localPosts": usage.posts, "localComments": usage.comments},
        "metadata": {"nodeName": name, "nodeDescription": description, "upstream": {"name": "mastodon"}},
    }
