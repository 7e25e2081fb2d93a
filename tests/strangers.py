"""A scripted peer: real HTTP, keys of its own, documents as a test says; it keeps what it is sent, and answers as told.

For what a well-behaved node never sends. What real software does is tested with real software.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from federation import proofs
from federation.identifiers import key_id
from federation.keys import PrivateKey, generate_ed25519_key
from federation.signatures import Scheme, sign
from node.services.documents import ACTIVITY_STREAMS
from tests.nodes import Network, Node

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class Person:
    """An actor of a stranger's host, of any type."""

    uri: str
    rsa: PrivateKey
    ed25519: PrivateKey
    type: str = "Person"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.uri.rsplit("/", 1)[1]

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"

    def document(self) -> dict[str, Any]:
        return {
            "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": self.type,
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.rsa.public.pem()},
            "assertionMethod": [
                {
                    "id": f"{self.uri}#ed25519-key",
                    "type": "Multikey",
                    "controller": self.uri,
                    "publicKeyMultibase": self.ed25519.public.multibase(),
                }
            ],
            **self.extra,
        }

    def prove(self, activity: dict[str, Any]) -> dict[str, Any]:
        method = key_id(f"{self.uri}#ed25519-key")
        return proofs.add_proof(activity, key=self.ed25519, verification_method=method, created=datetime.now(UTC))


class Stranger:
    """A host. `documents` by path are what it serves; `received` is what came to any inbox, in order."""

    def __init__(self, network: Network, name: str) -> None:
        self.host = f"{name}.test"
        self.base = f"http://{self.host}"
        self.documents: dict[str, dict[str, Any]] = {}
        self.people: dict[str, Person] = {}
        self.received: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.asked: list[str] = []
        self.status = 202
        self.before_answering: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self.gone: set[str] = set()
        self.unavailable: set[str] = set()
        self._network = network
        self._numbers = count(1)

    def person(self, name: str, kind: str = "Person", **extra: Any) -> Person:
        """An actor that this host serves and finds by WebFinger."""
        rsa = self._network.some_rsa_key()
        person = Person(f"{self.base}/users/{name}", rsa, generate_ed25519_key(), kind, extra)
        self.people[name] = person
        return person

    def note(self, author: Person, path: str, text: str = "<p>Hello</p>", **values: Any) -> dict[str, Any]:
        """A public Note, served at its id."""
        document = {
            "@context": ACTIVITY_STREAMS,
            "id": f"{self.base}/{path}",
            "type": "Note",
            "attributedTo": author.uri,
            "content": text,
            "to": [PUBLIC],
            "cc": [f"{author.uri}/followers"],
            "published": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **values,
        }
        self.documents[f"/{path}"] = document
        return document

    def create(self, author: Person, note: dict[str, Any]) -> dict[str, Any]:
        inner = {name: value for name, value in note.items() if name != "@context"}
        return self.activity("Create", author, inner, to=note["to"], cc=note["cc"], id=f"{note['id']}#create")

    def activity(self, kind: str, actor: Person, target: Any, /, **values: Any) -> dict[str, Any]:
        activity_id = values.pop("id", f"{self.base}/activities/{next(self._numbers)}")
        return {
            "@context": ACTIVITY_STREAMS,
            "id": activity_id,
            "type": kind,
            "actor": actor.uri,
            "object": target,
            **values,
        }

    async def send(
        self,
        node: Node,
        activity: dict[str, Any] | bytes,
        by: Person,
        *,
        path: str = "/inbox",
        scheme: Scheme = Scheme.CAVAGE,
        change: Mapping[str, str] | None = None,
        signed: bool = True,
    ) -> aiohttp.ClientResponse:
        """Posts it to an inbox, signed by `by`; `change` overrides headers after the signature was made."""
        body = activity if isinstance(activity, bytes) else orjson.dumps(activity)
        url = f"{node.base}{path}"
        headers = {"Content-Type": "application/activity+json"}
        if signed:
            now = self._network.clock()
            headers = sign(scheme, method="POST", url=url, body=body, key=by.rsa, key_id=key_id(by.key_id), now=now)
        headers = {**headers, **(change or {})}
        response = await node.http.post(url, data=body, headers=headers)
        await response.read()
        return response

    async def serve(self) -> None:
        await self._network.serve_host(self.host, self._answer)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            self.headers.append(dict(request.headers))
            self.received.append(orjson.loads(await request.read()))
            if self.before_answering is not None:
                await self.before_answering(self.received[-1])
            return web.Response(status=self.status)
        self.asked.append(request.path)
        if request.path == "/.well-known/webfinger":
            return self._webfinger(request.query.get("resource", ""))
        if request.path in self.unavailable:
            return web.Response(status=503)
        if request.path in self.gone:
            return web.Response(status=410)
        parts = request.path.split("/")
        document = self.documents.get(request.path)
        if document is None and len(parts) == 3 and parts[1] == "users" and parts[2] in self.people:
            document = self.people[parts[2]].document()
        if document is None:
            return web.Response(status=404)
        return web.Response(body=orjson.dumps(document), content_type="application/activity+json")

    def _webfinger(self, resource: str) -> web.Response:
        name = resource.removeprefix("acct:").partition("@")[0]
        if name not in self.people or f"/users/{name}" in self.gone:
            return web.Response(status=404)
        link = {"rel": "self", "type": "application/activity+json", "href": self.people[name].uri}
        document = {"subject": f"acct:{name}@{self.host}", "links": [link]}
        return web.Response(body=orjson.dumps(document), content_type="application/jrd+json")
