"""Keys of those who sign: fetched once, kept, read anew when they fail, never often, and never of another's host."""

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

MINUTE = timedelta(minutes=1)


async def knock(stranger: Stranger, node: Node, by: Person, **how: Any) -> aiohttp.ClientResponse:
    return await stranger.send(node, stranger.activity("Like", by, "http://a.test/posts/1"), by, **how)


def renew(nodes: Network, person: Person) -> None:
    """Another key than before, under the same id."""
    old = person.rsa.public.pem()
    while person.rsa.public.pem() == old:
        person.rsa = nodes.some_rsa_key()


async def test_a_key_is_fetched_once(node: Node, stranger: Stranger, bob: Person) -> None:
    answers = await asyncio.gather(*(knock(stranger, node, bob) for _ in range(20)))
    assert {answer.status for answer in answers} == {202}
    assert stranger.asked.count("/users/bob") == 1
    for _ in range(3):
        await knock(stranger, node, bob)
    assert stranger.asked.count("/users/bob") == 1


async def test_a_new_key_is_taken_from_its_actors_document_and_the_old_one_dies(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    assert (await knock(stranger, node, bob)).status == 202
    old = Person(bob.uri, bob.rsa, bob.ed25519)
    sqlite_nodes.clock.move(11 * MINUTE)
    renew(sqlite_nodes, bob)
    assert (await knock(stranger, node, bob)).status == 202
    assert (await knock(stranger, node, old)).status == 401
    assert stranger.asked.count("/users/bob") == 2


async def test_a_failed_verification_reads_the_key_anew_at_most_once_in_ten_minutes(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    assert (await knock(stranger, node, bob)).status == 202
    sqlite_nodes.clock.move(11 * MINUTE)
    wrong = Person(bob.uri, bob.rsa, bob.ed25519)
    renew(sqlite_nodes, wrong)
    for _ in range(30):
        assert (await knock(stranger, node, wrong)).status == 401
    assert stranger.asked.count("/users/bob") == 2
    assert (await knock(stranger, node, bob)).status == 202
    bob.rsa = wrong.rsa
    assert (await knock(stranger, node, bob)).status == 401
    sqlite_nodes.clock.move(11 * MINUTE)
    assert (await knock(stranger, node, bob)).status == 202


async def test_a_key_that_is_not_there_is_asked_for_once_in_ten_minutes(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    late = stranger.person("late")
    del stranger.people["late"]
    for _ in range(30):
        assert (await knock(stranger, node, late)).status == 401
    stranger.people["late"] = late
    assert (await knock(stranger, node, late)).status == 401
    assert stranger.asked.count("/users/late") == 1
    sqlite_nodes.clock.move(11 * MINUTE)
    assert (await knock(stranger, node, late)).status == 202


async def test_thirty_requests_that_name_an_unlisted_key_cause_few_fetches(
    node: Node, stranger: Stranger, bob: Person
) -> None:
    signature = f'keyId="{bob.uri}#other",headers="(request-target) host date digest",signature="AAAA"'
    answers = await asyncio.gather(*(knock(stranger, node, bob, change={"Signature": signature}) for _ in range(30)))
    assert {answer.status for answer in answers} == {401}
    assert len(stranger.asked) <= 10
    assert (await knock(stranger, node, bob)).status == 202


async def use_up(node: Node, stranger: Stranger, model: Person) -> None:
    """All that a host has for accounts that are not known: sixty made-up names."""
    crowd = [Person(f"{stranger.base}/users/nobody-{n}", model.rsa, model.ed25519) for n in range(60)]
    assert {(await knock(stranger, node, one)).status for one in crowd} == {401}


async def test_sixty_fetches_for_a_host_and_minute_then_503(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    other = Stranger(sqlite_nodes, "d")
    await other.serve()
    await use_up(node, stranger, bob)
    answer = await knock(stranger, node, bob)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert (await answer.json(content_type=None))["status"] == 503
    assert "/users/bob" not in stranger.asked
    assert (await knock(other, node, other.person("carla"))).status == 202
    sqlite_nodes.clock.move(2 * MINUTE)
    assert (await knock(stranger, node, bob)).status == 202


async def test_made_up_names_keep_out_nobody_who_is_known(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    carla = stranger.person("carla")
    for person in (bob, carla):
        assert (await knock(stranger, node, person)).status == 202
    sqlite_nodes.clock.move(11 * MINUTE)
    renew(sqlite_nodes, carla)
    await use_up(node, stranger, bob)
    assert (await knock(stranger, node, bob)).status == 202
    assert (await knock(stranger, node, carla)).status == 202  # and her new key is fetched
    new_id = Renamed(bob.uri, bob.rsa, bob.ed25519)
    stranger.people["bob"] = new_id
    assert (await knock(stranger, node, new_id)).status == 202


async def test_keys_of_known_accounts_are_read_anew_twenty_times_a_minute(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    crowd = [stranger.person(f"p{number}") for number in range(21)]
    for person in crowd:
        assert (await knock(stranger, node, person)).status == 202
    sqlite_nodes.clock.move(11 * MINUTE)
    for person in crowd:
        renew(sqlite_nodes, person)
    assert [(await knock(stranger, node, person)).status for person in crowd] == [202] * 20 + [503]
    sqlite_nodes.clock.move(2 * MINUTE)
    assert (await knock(stranger, node, crowd[20])).status == 202


class Renamed(Person):
    @property
    def key_id(self) -> str:
        return f"{self.uri}#second-key"


async def test_many_keys_of_one_document_cost_one_fetch_a_minute(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    def signature(number: int) -> dict[str, str]:
        names = '"(request-target) host date digest"'
        return {"Signature": f'keyId="{bob.uri}#{number}",headers={names},signature="AAAA"'}

    first = [(await knock(stranger, node, bob, change=signature(n))).status for n in range(20)]
    assert first == [401] + [503] * 19
    assert stranger.asked.count("/users/bob") == 1
    assert (await knock(stranger, node, bob)).status == 202
    sqlite_nodes.clock.move(2 * MINUTE)
    assert (await knock(stranger, node, bob, change=signature(30))).status == 401
    assert stranger.asked.count("/users/bob") == 2


def gotosocial(person: Person) -> dict[str, Any]:
    """What GoToSocial 0.20 serves at `/users/NAME/main-key` to those who did not sign: an actor without an inbox."""
    key = {"id": f"{person.uri}/main-key", "owner": person.uri, "publicKeyPem": person.rsa.public.pem()}
    return {"id": person.uri, "type": person.type, "preferredUsername": person.name, "publicKey": key}


def bare(person: Person) -> dict[str, Any]:
    return {"type": "CryptographicKey", **gotosocial(person)["publicKey"]}


@pytest.mark.parametrize("document", [gotosocial, bare])
async def test_a_key_may_have_an_address_of_its_own(node: Node, stranger: Stranger, document: Any) -> None:
    gina = _with_separate_key(stranger)
    stranger.documents["/users/gina/main-key"] = document(gina)
    assert (await knock(stranger, node, gina)).status == 202
    assert stranger.asked[:2] == ["/users/gina/main-key", "/users/gina"]


class _Separate(Person):
    @property
    def key_id(self) -> str:
        return f"{self.uri}/main-key"


def _with_separate_key(stranger: Stranger) -> Person:
    plain = stranger.person("gina")
    stranger.people["gina"] = _Separate(plain.uri, plain.rsa, plain.ed25519)
    return stranger.people["gina"]


async def test_a_key_that_names_an_owner_elsewhere_is_refused(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    other = Stranger(sqlite_nodes, "d")
    await other.serve()
    victim, gina = other.person("victim"), _with_separate_key(stranger)
    key = {"id": gina.key_id, "owner": victim.uri, "publicKeyPem": gina.rsa.public.pem()}
    stranger.documents["/users/gina/main-key"] = {"type": "CryptographicKey", **key}
    activity = stranger.activity("Like", victim, "http://a.test/posts/1", id=f"{other.base}/likes/1")
    assert (await stranger.send(node, activity, gina)).status == 401
    assert other.asked == []


async def test_a_key_that_its_owner_does_not_list_is_refused(node: Node, stranger: Stranger, bob: Person) -> None:
    """The key's document says whose it is; the owner's own has to say so too."""
    gina = _with_separate_key(stranger)
    key = {"id": gina.key_id, "owner": bob.uri, "publicKeyPem": gina.rsa.public.pem()}
    stranger.documents["/users/gina/main-key"] = {"type": "CryptographicKey", **key}
    activity = stranger.activity("Like", bob, "http://a.test/posts/1")
    assert (await stranger.send(node, activity, gina)).status == 401


async def test_a_key_that_is_served_by_another_host_is_refused(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    """A redirect proves nothing: mallory's actor lists a key id of d.test, which sends everybody to mallory."""
    mallory = stranger.person("mallory")
    stolen = {"id": "http://d.test/users/victim#main-key", "owner": mallory.uri}
    mallory.extra["publicKey"] = stolen | {"publicKeyPem": mallory.rsa.public.pem()}

    async def away(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": mallory.uri})

    await sqlite_nodes.serve_host("d.test", away)
    victim = Person("http://d.test/users/victim", mallory.rsa, mallory.ed25519)
    for actor in (victim, mallory):
        activity = stranger.activity("Like", actor, "http://a.test/posts/1", id=f"{actor.uri}#like")
        assert (await stranger.send(node, activity, victim)).status == 401


@pytest.mark.parametrize("name", ["inbox", "outbox", "followers", "sharedInbox"])
async def test_an_actor_with_an_inbox_elsewhere_is_refused(node: Node, stranger: Stranger, name: str) -> None:
    odd = stranger.person("odd", **{name: "http://d.test/inbox"})
    assert (await knock(stranger, node, odd)).status == 401
    del odd.extra[name]
    assert (await knock(stranger, node, stranger.person("even"))).status == 202


async def test_our_own_keys_open_nothing(node: Node, stranger: Stranger) -> None:
    """Even with the right key: nothing that this node sends comes to itself."""
    anna = await node.person("anna")
    signer = await node.context.signer(anna.id)
    hers = Person(anna.uri, signer.key, stranger.person("x").ed25519)
    activity = stranger.activity("Like", hers, "http://a.test/posts/1", id=f"{anna.uri}#like")
    answer = await stranger.send(node, activity, hers)
    assert (answer.status, orjson.loads(await answer.read())["code"]) == (401, "key.ours")
