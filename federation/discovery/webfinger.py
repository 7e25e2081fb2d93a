"""Handles to actors and back (RFC 7033, and how Mastodon 4.7 reads it).

A handle and an actor belong together when each names the other. The host in a handle may be another one than in the
actor's id (split domain); what a host says of a handle at another host counts once that host says the same.
"""

from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from federation.discovery.asking import Asker
from federation.errors import Malformed, Untrusted
from federation.identifiers import ActorId, Handle, actor_id, host_of, origin
from federation.vocabulary.values import Document

ActorType: TypeAlias = Literal["Person", "Group", "Application"]

JRD_TYPE: Final = "application/jrd+json"
ACTIVITY_TYPE: Final = "application/activity+json"

# NodeBB 4.11 serves its JRD as application/json.
_TYPES: Final = frozenset({JRD_TYPE, "application/json"})
_ACCEPT: Final = "application/jrd+json, application/json"
_SELF_TYPES: Final = frozenset({ACTIVITY_TYPE, 'application/ld+json;profile="https://www.w3.org/ns/activitystreams"'})
_TYPE_PROPERTY: Final = "https://www.w3.org/ns/activitystreams#type"
_PROFILE_PAGE: Final = "http://webfinger.net/rel/profile-page"
_SUBSCRIBE: Final = "http://ostatus.org/schema/1.0/subscribe"


@dataclass(frozen=True, slots=True)
class _Named:
    """An actor that a JRD names, with its type where it tells (Lemmy 1.0, PieFed 1.6)."""

    actor: ActorId
    type: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """A JRD: whom it is about, and the actors it names, in its order."""

    subject: Handle
    named: tuple[_Named, ...]

    def names(self, actor: ActorId) -> bool:
        return any(named.actor == actor for named in self.named)


async def resolve(
    client: Asker,
    handle: Handle,
    *,
    prefer: Literal["Person", "Group"] | None = None,
    own_hosts: AbstractSet[str] = frozenset(),
) -> ActorId:
    """The actor behind a handle. It still has to name the handle itself: see `confirm`.

    Where a person and a group share the name (Lemmy), `prefer` decides, else the last one, as Mastodon has it.
    Raises `Untrusted` where hosts contradict each other or speak for a handle of ours, beside what the client raises.
    """
    _check_foreign(handle, own_hosts)
    answer = await _ask(client, handle)
    actor = _choose(answer, prefer)
    await _check_subject(client, answer, handle, actor, own_hosts)
    return actor


async def confirm(client: Asker, actor: ActorId, username: str, *, own_hosts: AbstractSet[str] = frozenset()) -> Handle:
    """The handle under which `actor` may be shown: the circle from actor to handle and back closes.

    `username` is its preferredUsername. Raises `Untrusted` where the circle is open.
    """
    handle = Handle(username, host_of(actor))
    _check_foreign(handle, own_hosts)
    answer = await _ask(client, handle)
    if not answer.names(actor):
        raise Untrusted("webfinger.actor", "the host names another actor for this handle")
    if answer.subject.name.lower() != username.lower():
        raise Untrusted("webfinger.subject", "the host knows the actor under another name")
    await _check_subject(client, answer, handle, actor, own_hosts)
    return answer.subject


async def _check_subject(
    client: Asker, answer: _Answer, asked: Handle, actor: ActorId, own_hosts: AbstractSet[str]
) -> None:
    """A subject other than the handle asked for counts when its own host names it, and the same actor."""
    if _same(answer.subject, asked):
        return
    _check_foreign(answer.subject, own_hosts)
    second = await _ask(client, answer.subject)
    if not _same(second.subject, answer.subject) or not second.names(actor):
        raise Untrusted("webfinger.subject", "the host of the subject does not name the same actor")


async def _ask(client: Asker, handle: Handle) -> _Answer:
    path = f"/.well-known/webfinger?resource={quote(handle.acct, safe=':@')}"
    served = await client.get_well_known(handle.host, path, accept=_ACCEPT, types=_TYPES)
    return _Answer(_subject(served.document, handle), _named(served.document))


def _subject(document: Document, asked: Handle) -> Handle:
    """The subject, or the handle asked for where there is none or it is no `acct:` URI."""
    subject = document.get("subject")
    if not isinstance(subject, str) or not subject.startswith("acct:"):
        return asked
    try:
        return Handle.parse(subject)
    except Malformed as error:
        raise Untrusted("webfinger.subject", "the subject is no handle") from error


def _named(document: Document) -> tuple[_Named, ...]:
    links = document.get("links")
    found = (_named_by(link) for link in links if isinstance(link, dict)) if isinstance(links, list) else ()
    return tuple(named for named in found if named is not None)


def _named_by(link: Mapping[str, Any]) -> _Named | None:
    href, properties = link.get("href"), link.get("properties")
    served_as = str(link.get("type")).replace(" ", "").lower()
    if link.get("rel") != "self" or served_as not in _SELF_TYPES or not isinstance(href, str):
        return None
    try:
        actor = actor_id(href)
    except Malformed:
        return None
    kind = properties.get(_TYPE_PROPERTY) if isinstance(properties, dict) else None
    return _Named(actor, kind if isinstance(kind, str) else None)


def _choose(answer: _Answer, prefer: str | None) -> ActorId:
    if not answer.named:
        raise Untrusted("webfinger.self", "the host names no actor for this handle")
    liked = [named for named in answer.named if prefer is not None and named.type == prefer]
    return (liked or answer.named)[-1].actor


def _same(one: Handle, other: Handle) -> bool:
    return (one.name.lower(), one.host) == (other.name.lower(), other.host)


def _check_foreign(handle: Handle, own_hosts: AbstractSet[str]) -> None:
    """Nobody else says who is who at our own host."""
    if handle.host in own_hosts:
        raise Untrusted("webfinger.own", "a handle at our own host is ours to know")


def jrd(
    handle: Handle,
    actor: ActorId,
    actor_type: ActorType,
    *,
    page: str,
    aliases: Sequence[str] = (),
    subscribe: str | None = None,
) -> Document:
    """Our answer about an actor. `page` is its profile, `subscribe` a URL template that holds `{uri}`."""
    links: list[Document] = [
        {"rel": "self", "type": ACTIVITY_TYPE, "href": actor, "properties": {_TYPE_PROPERTY: actor_type}},
        {"rel": _PROFILE_PAGE, "type": "text/html", "href": page},
    ]
    if subscribe is not None:
        links.append({"rel": _SUBSCRIBE, "template": subscribe})
    return {"subject": handle.acct, "aliases": list(dict.fromkeys([actor, page, *aliases])), "links": links}


def host_meta_xml(base_url: str) -> str:
    """Where WebFinger is asked (RFC 6415), `application/xrd+xml`, for peers that look there first."""
    template = quoteattr(f"{origin(base_url)}/.well-known/webfinger?resource={{uri}}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template={template}/>\n'
        "</XRD>\n"
    )
