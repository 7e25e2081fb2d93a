"""Apps: they register themselves, and may ask who they are."""

from typing import Any

from node.database import Transaction
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.apps import application, credential_application
from node.mastodon.errors import BadToken
from node.mastodon.routing import Access, Routes
from node.services import oauth, push, scopes
from node.services.oauth import NewApp

routes = Routes()


@routes.post("/api/v1/apps", access=Access.ANYBODY, takes="app", returns="CredentialApplication")
async def register(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        app, secret = await oauth.register(tx, _new_app(call))
        return credential_application(app, secret, push.public_key(tx.vault) or "")

    return await call.run(work)


def _new_app(call: Call) -> NewApp:
    """Several redirect addresses are a list, or lines of one text. Scopes that there are not here are left out."""
    lines = [line for text in call.get("redirect_uris", ()) for line in text.split("\n")]
    uris = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    wanted = scopes.wanted(call.get("scopes")) or "read"
    return NewApp(call.get("client_name", ""), uris, wanted, call.get("website"))


@routes.get("/api/v1/apps/verify_credentials", access=Access.APP, returns="Application")
async def verify_credentials(call: Call) -> Any:
    if call.viewer.app is None:
        raise BadToken
    return application(call.viewer.app, push.public_key(call.context.database.vault) or "")
