"""Web Push: a scripted push service that takes what comes, and an app that decrypts it."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import http_ece
import pytest
import sqlalchemy
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation.addressing import Visibility
from node.database.tables import Actor, Job, PushSubscription
from node.queries import apps as app_rows
from node.services import follows, push, reactions, users
from tests.apps import Phone, phone
from tests.nodes import Network, Node

PATH = "/api/v1/push/subscription"
ENDPOINT = "http://h.test/push/anna"


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Service:
    """A push service with one app behind it; `received` is what that app reads."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    status: int = 201
    requests: list[web.BaseRequest] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)

    @property
    def keys(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": encoded(point), "auth": encoded(self.secret)}

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(request)
        if self.status == 201:
            self.received.append(json.loads(self.opened(request, body)))
        return web.Response(status=self.status)

    def opened(self, request: web.BaseRequest, body: bytes) -> bytes:
        encoding = request.headers["Content-Encoding"]
        if encoding == "aes128gcm":
            return http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version=encoding)
        keys = dict(part.split("=", 1) for part in request.headers["Crypto-Key"].split(";"))
        salt = decoded(request.headers["Encryption"].removeprefix("salt="))
        sender = decoded(keys["dh"])
        return http_ece.decrypt(
            body, salt=salt, private_key=self.key, dh=sender, auth_secret=self.secret, version=encoding
        )


def claims(token: str, server_key: str) -> dict[str, Any]:
    """Of a voucher whose signature is right."""
    signed, _, signature = token.rpartition(".")
    r, s = (int.from_bytes(part, "big") for part in (decoded(signature)[:32], decoded(signature)[32:]))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(server_key))
    point.verify(utils.encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    return dict(json.loads(decoded(signed.split(".")[1])))


@pytest.fixture
async def service(nodes: Network) -> Service:
    found = Service()
    await nodes.serve_host("h.test", found.answer)
    return found


@pytest.fixture
async def anna(node: Node) -> Actor:
    return await node.person("anna")


@pytest.fixture
async def eleni(node: Node) -> Actor:
    return await node.person("eleni")


@pytest.fixture
async def annas(node: Node, anna: Actor) -> Phone:
    return await phone(node, anna)


async def subscribed(app: Phone, service: Service, *, standard: bool = True, **more: Any) -> dict[str, Any]:
    alerts = more.pop("alerts", {"mention": True, "favourite": True, "follow": True})
    sent = {"endpoint": ENDPOINT, "keys": service.keys, "standard": standard}
    data = {"alerts": alerts, **more}
    found: dict[str, Any] = await app.post(PATH, "WebPushSubscription", subscription=sent, data=data)
    return found


async def waiting(node: Node) -> int:
    count = sqlalchemy.select(sqlalchemy.func.count()).select_from(Job).where(Job.kind == push.JOB)
    return int(await node.read(lambda tx: tx.one(count)))


async def test_a_subscription_is_made_read_changed_and_ended(annas: Phone, service: Service) -> None:
    nothing = await annas.ask("GET", PATH)
    assert (nothing.status, nothing.body) == (404, {"error": "Record not found"})
    first = await subscribed(annas, service)
    assert (first["endpoint"], first["standard"], first["policy"]) == (ENDPOINT, True, "all")
    assert [name for name, wanted in first["alerts"].items() if wanted] == ["mention", "follow", "favourite"]
    assert await annas.get(PATH, "WebPushSubscription") == first
    again = await subscribed(annas, service, policy="followed")
    assert (again["policy"], again["id"] == first["id"]) == ("followed", False)
    changed = await annas.put(PATH, "WebPushSubscription", data={"alerts": {"poll": True}}, policy="none")
    assert ([name for name, wanted in changed["alerts"].items() if wanted], changed["policy"]) == (["poll"], "none")
    assert await annas.delete(PATH) == {}
    assert (await annas.ask("GET", PATH)).status == 404
    assert (await annas.ask("PUT", PATH, json={"policy": "all"})).status == 404


async def test_all_in_a_form_or_in_the_query(annas: Phone, service: Service) -> None:
    """Mastodon's app for Android sends a form, Ice Cubes all in the query and the policy beside the rest."""
    fields = {
        "subscription[endpoint]": ENDPOINT,
        "subscription[keys][p256dh]": service.keys["p256dh"],
        "subscription[keys][auth]": f"{service.keys['auth']}==",
        "data[alerts][mention]": "true",
        "data[alerts][admin.report]": "1",
        "policy": "follower",
    }
    for how in ({"data": fields}, {"params": fields}):
        found = (await annas.ask("POST", PATH, **how)).body
        assert (found["policy"], found["standard"]) == ("follower", False)
        assert [name for name, wanted in found["alerts"].items() if wanted] == ["mention", "admin.report"]


@pytest.mark.parametrize("standard", [True, False])
async def test_a_notice_reaches_the_app(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone, service: Service, *, standard: bool
) -> None:
    found = await subscribed(annas, service, standard=standard)
    await node.post(eleni, "Good <b>morning</b>, @anna@a.test")
    await nodes.settle()
    (message,), (request,) = service.received, service.requests
    notice = (await annas.get("/api/v1/notifications"))[0]
    assert message == {
        "access_token": annas.token,
        "preferred_locale": "en",
        "notification_id": int(notice["id"]),
        "notification_type": "mention",
        "icon": notice["account"]["avatar"],
        "title": "eleni mentioned you",
        "body": message["body"],
    }
    assert message["body"].startswith("Good")
    assert (request.headers["TTL"], request.headers["Urgency"]) == ("86400", "high")
    authorization = request.headers["Authorization"]
    if standard:
        token, key = authorization.removeprefix("vapid t=").split(", k=")
    else:
        token, key = authorization.removeprefix("WebPush "), request.headers["Crypto-Key"].rpartition("p256ecdsa=")[2]
    assert key == found["server_key"]
    said = claims(token, key)
    assert (said["aud"], said["sub"]) == ("http://h.test", "http://a.test")
    assert nodes.clock.at.timestamp() < said["exp"] < nodes.clock.at.timestamp() + 86_400
    assert await waiting(node) == 0


async def test_what_is_not_for_everybody_is_not_told(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone, service: Service
) -> None:
    """On a locked screen there are no words, no name and no picture of it."""
    await subscribed(annas, service)
    for visibility in (Visibility.DIRECT, Visibility.UNLISTED, Visibility.FOLLOWERS):
        await node.post(eleni, "Come to the shelter, @anna@a.test", visibility=visibility)
    await node.do(lambda tx: follows.request(tx, eleni, anna))
    await nodes.settle()
    said = sorted((message["title"], message["body"]) for message in service.received)
    assert said == [("You have a new follower", "")] + [("You have a new message", "")] * 3
    assert {message["icon"] for message in service.received} == {"http://a.test/static/avatar.png"}


async def test_only_what_was_asked_for(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone, service: Service
) -> None:
    mine = await node.post(anna, "Good morning")
    await subscribed(annas, service, alerts={"mention": True}, policy="followed")
    await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
    await node.post(eleni, "@anna@a.test one")
    await nodes.settle()
    assert service.received == []
    await node.do(lambda tx: follows.request(tx, anna, eleni))
    await node.post(eleni, "@anna@a.test two")
    await nodes.settle()
    assert [message["notification_type"] for message in service.received] == ["mention"]
    assert len(await annas.get("/api/v1/notifications")) == 3


@pytest.mark.parametrize("how", ["unsubscribed", "signed out", "disabled", "hidden", "late"])
async def test_what_has_ended_before_it_is_sent(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone, service: Service, how: str
) -> None:
    await subscribed(annas, service)
    post = await node.post(eleni, "@anna@a.test hello")
    assert await waiting(node) == 1
    if how == "unsubscribed":
        await annas.delete(PATH)
    elif how == "signed out":
        await node.do(_sign_out)
    elif how == "disabled":
        await node.do(lambda tx: _disable(tx, "anna"))
    elif how == "hidden":
        from node.services import posts  # noqa: PLC0415  # only here

        await node.do(lambda tx: posts.delete(tx, eleni, post))
    else:
        nodes.clock.move(timedelta(days=2))
    await nodes.settle()
    assert (service.requests, await waiting(node)) == ([], 0)


async def _sign_out(tx: Any) -> None:
    await app_rows.remove_token(tx, await tx.one(sqlalchemy.select(PushSubscription.token_id)))


async def _disable(tx: Any, name: str) -> None:
    await users.disable(tx, (await users.required(tx, name))[0])


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_the_service_knows_no_more_ends(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone, service: Service, status: int
) -> None:
    await subscribed(annas, service)
    service.status = status
    await node.post(eleni, "@anna@a.test hello")
    await nodes.settle()
    assert len(service.requests) == 1
    assert (await annas.ask("GET", PATH)).status == 404
    assert await waiting(node) == 0


async def test_a_service_that_does_not_take_it_is_asked_again_for_a_day(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone, service: Service
) -> None:
    await subscribed(annas, service)
    service.status = 503
    for number in range(3):
        await node.post(eleni, f"@anna@a.test {number}")
    await nodes.settle()
    assert len(service.requests) <= 2  # two may be under way at a time: the others wait with them
    nodes.clock.move(timedelta(minutes=1))
    service.status = 201
    await nodes.settle(timedelta(minutes=2))
    assert len(service.received) == 3
    service.status, before = 503, len(service.requests)
    await node.post(eleni, "@anna@a.test more")
    await nodes.settle(timedelta(days=3))
    assert 10 < len(service.requests) - before < 50
    assert await waiting(node) == 0
    assert (await annas.ask("GET", PATH)).status == 200


async def test_the_token_is_kept_encrypted(node: Node, annas: Phone, service: Service) -> None:
    await subscribed(annas, service)
    row = await node.read(lambda tx: tx.one(sqlalchemy.select(PushSubscription)))
    assert annas.token is not None
    assert annas.token not in row.sealed_token
    assert node.context.database.vault.open(row.sealed_token) == annas.token


async def test_bad_subscriptions_are_refused(node: Node, anna: Actor, annas: Phone, service: Service) -> None:
    good = {"endpoint": ENDPOINT, "keys": service.keys}
    short = {**service.keys, "auth": "c2hvcnQ"}
    nowhere = {**service.keys, "p256dh": encoded(b"\4" + bytes(64))}
    for subscription, status in (
        ({**good, "endpoint": "http://127.0.0.1:80/"}, 422),
        ({**good, "endpoint": "http://internal.test/push"}, 422),
        ({**good, "endpoint": "https://push.test:8080/"}, 422),
        ({**good, "endpoint": "ftp://h.test/"}, 422),
        ({**good, "endpoint": "https://h.test/a b"}, 422),
        ({**good, "endpoint": "https://h.test/" + "a" * 3000}, 422),
        ({**good, "keys": short}, 422),
        ({**good, "keys": nowhere}, 422),
        ({**good, "keys": {**service.keys, "p256dh": "?"}}, 422),
        ({"endpoint": ENDPOINT}, 400),
        (None, 400),
    ):
        sent = {"subscription": subscription} if subscription else {}
        refused = await annas.ask("POST", PATH, json=sent)
        assert refused.status == status, (subscription, refused.body)
        assert isinstance(refused.body["error"], str)
    assert (await annas.ask("GET", PATH)).status == 404
    narrow = await phone(node, anna, "read write follow")
    refused = await narrow.ask("POST", PATH, json={"subscription": good})
    assert (refused.status, refused.body) == (403, {"error": "This action is outside the authorized scopes"})


async def test_a_token_has_its_own(node: Node, anna: Actor, annas: Phone, service: Service) -> None:
    await subscribed(annas, service)
    assert (await (await phone(node, anna)).ask("GET", PATH)).status == 404


async def test_without_the_extra_nothing_is_offered(
    node: Node, annas: Phone, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push.public_key(node.context.database.vault) is not None
    monkeypatch.setattr(push, "find_spec", lambda _: None)
    assert push.public_key(node.context.database.vault) is None
    refused = await annas.ask("POST", PATH, json={"subscription": {"endpoint": ENDPOINT, "keys": service.keys}})
    expected = "This server sends no push notifications: its operator has not set them up."
    assert (refused.status, refused.body) == (422, {"error": expected})


async def test_a_node_has_one_key_for_good(nodes: Network, node: Node) -> None:
    from node.database.vault import Vault  # noqa: PLC0415  # only here

    here = push.public_key(node.context.database.vault)
    assert here == push.public_key(Vault(node.context.settings))
    assert here != push.public_key((await nodes.node("b")).context.database.vault)
