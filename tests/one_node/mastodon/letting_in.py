"""An app on its way in: it registers, sends somebody to the page, gets a code and a token for it."""

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.apps import Answered, Phone
from tests.nodes import Node
from tests.one_node.browsing import Browser, Seen

SCOPES = "read write follow push"
CALLBACK = "https://app.example/back"
VERIFIER = "v" * 43


def challenge(verifier: str = VERIFIER) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class App:
    """A registered app, and how it speaks."""

    node: Node
    credentials: dict[str, Any]
    redirect_uri: str

    def question(self, **values: str) -> str:
        """The address that it opens in a browser."""
        asked = {
            "response_type": "code",
            "client_id": self.credentials["client_id"],
            "redirect_uri": self.redirect_uri,
            "scope": SCOPES,
        }
        return f"/oauth/authorize?{urlencode(asked | values)}"

    def grant(self, code: str, **values: str) -> dict[str, str]:
        """What it sends for a token."""
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            **self.secrets,
            **values,
        }

    @property
    def secrets(self) -> dict[str, str]:
        return {name: self.credentials[name] for name in ("client_id", "client_secret")}

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(":".join(self.secrets.values()).encode()).decode()

    async def code(self, browser: Browser, **values: str) -> str:
        """That somebody who is signed in lets it in for."""
        seen = await allow(browser, self.question(**values))
        assert seen.status == 302, seen.words
        return answer(seen, self.redirect_uri)["code"]

    async def exchange(self, code: str, **values: str) -> Answered:
        return await Phone(self.node).ask("POST", "/oauth/token", data=self.grant(code, **values))

    async def token(self, browser: Browser, **values: str) -> str:
        answered = await self.exchange(await self.code(browser, **values))
        assert answered.status == 200, answered.body
        token: str = answered.body["access_token"]
        return token

    async def own_token(self, scopes: str = "read write") -> str:
        sent = {"grant_type": "client_credentials", "scope": scopes, **self.secrets}
        answered = await Phone(self.node).ask("POST", "/oauth/token", data=sent)
        assert answered.status == 200, answered.body
        token: str = answered.body["access_token"]
        return token


async def register(node: Node, redirect_uri: str = CALLBACK, scopes: str = SCOPES, **values: Any) -> App:
    sent = {"client_name": "Example app", "redirect_uris": redirect_uri, "scopes": scopes, **values}
    return App(node, await Phone(node).post("/api/v1/apps", "CredentialApplication", **sent), redirect_uri)


async def decide(browser: Browser, path: str, decision: str) -> Seen:
    """What the page's form sends."""
    page = await browser.get(path)
    assert page.status == 200, page.words
    asked = page.field("asked")
    return await browser.post("/oauth/authorize", asked=asked, answer=decision)


async def allow(browser: Browser, path: str) -> Seen:
    return await decide(browser, path, "allow")


def answer(seen: Seen, redirect_uri: str) -> dict[str, str]:
    """What is appended to the address that the app registered, which stands there letter by letter."""
    location = seen.headers["Location"]
    assert location.startswith(redirect_uri), location
    return dict(parse_qsl(location.removeprefix(redirect_uri)[1:], keep_blank_values=True))
