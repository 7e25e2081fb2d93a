"""An app on somebody's phone, as far as the client API sees it: a token, and requests in any form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.database import Transaction
from node.database.tables import Actor
from node.mastodon.schemas import validator
from node.services import users
from tests.nodes import Node

SCOPES = "read write follow push"


@dataclass
class Answered:
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Phone:
    """Without a token somebody who has not signed in."""

    node: Node
    token: str | None = None

    async def ask(self, method: str, path: str, **how: Any) -> Answered:
        """`data` for a form, `json`, or `params`; whatever aiohttp's client takes."""
        headers = dict(how.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = path if "://" in path else f"{self.node.base}{path}"
        async with self.node.http.request(method, url, headers=headers, allow_redirects=False, **how) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.text()
            return Answered(response.status, response.headers, body)

    async def get(self, path: str, entity: str | None = None, **params: Any) -> Any:
        """The entity, which has the shape of its schema."""
        return await self._entity("GET", path, entity, params=params)

    async def post(self, path: str, entity: str | None = None, **data: Any) -> Any:
        return await self._entity("POST", path, entity, json=data)

    async def put(self, path: str, entity: str | None = None, **data: Any) -> Any:
        return await self._entity("PUT", path, entity, json=data)

    async def patch(self, path: str, entity: str | None = None, **data: Any) -> Any:
        return await self._entity("PATCH", path, entity, json=data)

    async def delete(self, path: str, entity: str | None = None, **data: Any) -> Any:
        return await self._entity("DELETE", path, entity, json=data)

    async def _entity(self, method: str, path: str, entity: str | None, **how: Any) -> Any:
        answered = await self.ask(method, path, **how)
        assert answered.status == 200, (answered.status, answered.body)
        if entity is not None:
            check_entity(entity, answered.body)
        return answered.body


def check_entity(name: str, value: Any) -> None:
    """`[Name]` is a list of them."""
    if name.startswith("["):
        assert isinstance(value, list)
        for item in value:
            check_entity(name.strip("[]"), item)
        return
    fault = validator("entities", name)(value)
    assert fault is None, f"{name}: {fault}"


async def phone(node: Node, actor: Actor, scopes: str = SCOPES) -> Phone:
    """Somebody of this node, signed in."""

    async def work(tx: Transaction) -> str:
        user, _ = await users.required(tx, actor.username)
        return await users.issue_token(tx, user, scopes)

    return Phone(node, await node.do(work))
