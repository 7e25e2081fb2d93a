"""Push notifications: the one subscription of the token that asks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from federation.errors import Forbidden
from node.database import Transaction
from node.database.tables import PushSubscription
from node.errors import Invalid
from node.mastodon.calls import Call
from node.mastodon.entities.push import subscription as entity
from node.mastodon.errors import BadToken, MissingParameter
from node.mastodon.routing import Routes
from node.mastodon.tokens import secret_of
from node.queries import push_subscriptions as rows
from node.services import push
from node.services.push import NewSubscription

_PATH: Final = "/api/v1/push/subscription"

routes = Routes()


@routes.post(_PATH, "push", takes="push_subscription", returns="WebPushSubscription")
async def subscribe(call: Call) -> Any:
    """In place of what it had."""
    new = _new(call)
    _check_endpoint(call, new.endpoint)
    token = secret_of(call.request) or ""
    return await _done(call, lambda tx: push.subscribe(tx, call.user, _token_id(call), token, new))


@routes.get(_PATH, "push", returns="WebPushSubscription")
async def show(call: Call) -> Any:
    return await _done(call, lambda tx: push.of_token(tx, _token_id(call)))


@routes.put(_PATH, "push", takes="push_preferences", returns="WebPushSubscription")
async def change(call: Call) -> Any:
    alerts, policy = _preferences(call)
    return await _done(call, lambda tx: push.change(tx, _token_id(call), alerts=alerts, policy=policy))


@routes.delete(_PATH, "push", returns="Empty")
async def unsubscribe(call: Call) -> Any:
    await call.run(lambda tx: rows.remove_of_token(tx, _token_id(call)))
    return {}


async def _done(call: Call, act: Callable[[Transaction], Awaitable[PushSubscription]]) -> Any:
    async def work(tx: Transaction) -> Any:
        return entity(await act(tx), push.public_key(tx.vault) or "")

    return await call.run(work)


def _token_id(call: Call) -> int:
    if call.viewer.token_id is None:
        raise BadToken
    return call.viewer.token_id


def _new(call: Call) -> NewSubscription:
    """Raises `MissingParameter`."""
    sent: Mapping[str, Any] = call.get("subscription", {})
    keys: Mapping[str, str] = sent.get("keys", {})
    for name, value in (("endpoint", sent.get("endpoint")), ("p256dh", keys.get("p256dh")), ("auth", keys.get("auth"))):
        if not value:
            raise MissingParameter(f"subscription.{name}")
    alerts, policy = _preferences(call)
    standard = bool(sent.get("standard", False))
    return NewSubscription(sent["endpoint"], keys["p256dh"], keys["auth"], standard, alerts or {}, policy or "all")


def _preferences(call: Call) -> tuple[Mapping[str, bool] | None, str | None]:
    """Alerts and policy. Ice Cubes names the policy outside of `data`."""
    data: Mapping[str, Any] = call.get("data", {})
    return data.get("alerts"), data.get("policy") or call.get("policy")


def _check_endpoint(call: Call, endpoint: str) -> None:
    """Raises `Invalid` for an address within this node's network, or one that is none."""
    try:
        call.context.client.check(endpoint)
    except Forbidden as error:
        raise Invalid("Validation failed: Endpoint is not an address of a push service", "push.endpoint") from error
