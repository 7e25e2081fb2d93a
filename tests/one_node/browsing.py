"""A browser for tests: keeps cookies, reads pages, fills in the forms that it finds on them."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Self

import aiohttp
from yarl import URL

from node.database.tables import Actor
from node.queries import users as user_rows
from node.services import passwords, users
from tests.nodes import Node

PASSWORD = "a long enough password"
HTML = "text/html,application/xhtml+xml"


@dataclass
class Seen:
    """What a browser got."""

    status: int
    headers: Any
    text: str

    @property
    def words(self) -> str:
        """Without tags, spaces in one."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())

    @property
    def form_token(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.text)
        assert found is not None, "the page has no form"
        return found[1]

    def field(self, name: str) -> str:
        """What a field of the page's form holds."""
        found = re.search(f'name="{name}" value="([^"]*)"', self.text)
        assert found is not None, f"the page has no field {name}"
        return unescape(found[1])


class Browser:
    """Sends what a browser of today sends with a form, unless told otherwise."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.token = ""
        self._http = aiohttp.ClientSession(connector=node.http.connector, connector_owner=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.close()

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self._http.cookie_jar}

    async def get(self, path: str, **headers: str) -> Seen:
        url = URL(f"{self.node.base}{path}", encoded=True)
        sent = {"Accept": HTML, **headers}
        async with self._http.get(url, headers=sent, allow_redirects=False) as response:
            seen = Seen(response.status, response.headers, await response.text())
        if 'name="csrf"' in seen.text:
            self.token = seen.form_token
        return seen

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> Seen:
        sent = {"Accept": HTML, **({"Sec-Fetch-Site": "same-origin"} if headers is None else headers)}
        form = {"csrf": self.token, **fields}
        url = f"{self.node.base}{path}"
        async with self._http.post(url, data=form, headers=sent, allow_redirects=False) as response:
            return Seen(response.status, response.headers, await response.text())

    async def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> Seen:
        await self.get("/sign-in")
        seen = await self.post("/sign-in", name=name, password=password, **fields)
        if seen.status == 303:
            await self.get("/home")
        return seen


async def give_password(node: Node, actor: Actor, password: str = PASSWORD) -> None:
    hashed = await passwords.hashed(password)

    async def work(tx: Any) -> None:
        user, _ = await users.required(tx, actor.username)
        await user_rows.change(tx, user, password_hash=hashed)

    await node.do(work)


async def signed_in(node: Node, actor: Actor) -> Browser:
    await give_password(node, actor)
    browser = Browser(node)
    seen = await browser.sign_in(actor.username)
    assert seen.status == 303
    return browser
