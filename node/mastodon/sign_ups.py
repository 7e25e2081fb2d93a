"""Signing up in an app, where the node lets people do that."""

import asyncio
from typing import Any

from node.database import Transaction
from node.database.tables import User
from node.mastodon.answers import Answer
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.apps import token
from node.mastodon.errors import BadToken, NoUser
from node.mastodon.routing import Access, Routes
from node.queries import users as user_rows
from node.services import passwords, sign_ups
from node.services.newcomers import KeyPair
from node.services.sign_ups import Refused, SignUp

routes = Routes()


@routes.post("/api/v1/accounts", "write", "write:accounts", access=Access.APP, takes="sign_up", returns="Token")
async def sign_up(call: Call) -> Any:
    new, app = _sent(call), call.viewer.app
    if app is None:
        raise BadToken
    try:
        new.check(call.context.settings)
        password_hash = await passwords.hashed(new.password)
        keys = await asyncio.to_thread(KeyPair.generate)
        secret = await call.run(lambda tx: sign_ups.sign_up(tx, app, new, keys, password_hash))
    except Refused as refused:
        return _refusal(refused)
    return token(secret, app.scopes, call.context.now())


def _sent(call: Call) -> SignUp:
    name, email, password = (call.get(part, "") for part in ("username", "email", "password"))
    return SignUp(name.strip(), email.strip(), password, call.get("agreement", False), call.get("reason", ""))


def _refusal(refused: Refused) -> Answer:
    details: Entity = {
        part: [{"error": f"ERR_{fault.code}", "description": fault.text}] for part, fault in refused.faults.items()
    }
    return Answer({"error": str(refused), "details": details}, status=422)


async def _user(tx: Transaction, call: Call) -> User:
    """Who waits may ask this too."""
    if call.viewer.actor is None:
        raise NoUser
    user = await user_rows.by_actor(tx, call.viewer.actor.id)
    if user is None:
        raise NoUser
    return user


@routes.post(
    "/api/v1/emails/confirmations",
    "write",
    "write:accounts",
    access=Access.APP,
    takes="confirmation",
    returns="Empty",
)
async def confirm(call: Call) -> Any:
    async def work(tx: Transaction) -> None:
        await sign_ups.correct_email(tx, await _user(tx, call), call.get("email"))

    try:
        await call.run(work)
    except Refused as refused:
        return _refusal(refused)
    return {}


@routes.get("/api/v1/emails/check_confirmation", "read", "read:accounts", access=Access.APP, returns="Yes")
async def check_confirmation(call: Call) -> Any:
    """Whether she has been let in: there is nothing else to wait for."""
    async with call.reading() as tx:
        return (await _user(tx, call)).pending_since is None
