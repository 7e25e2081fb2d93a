"""Actor documents: what peers get of a person, a group and the node, at which addresses, and who gets nothing."""

import pytest

from federation.vocabulary import parse_actor
from node.context.rendered import Rendered
from node.queries import actors as actor_rows
from node.services import departures
from tests.nodes import AP, Network, Node
from tests.readers import signed_get
from tests.strangers import Stranger


async def test_a_person_reads_as_an_actor(node: Node) -> None:
    anna = await node.person("Anna")
    status, headers, body = await node.get("/users/Anna")
    assert status == 200
    assert headers["Content-Type"] == "application/activity+json"
    assert headers["Vary"] == "Accept"
    assert "public" in headers["Cache-Control"]
    document = parse_actor(body)
    assert (document.id, document.type, document.username) == (anna.uri, "Person", "Anna")
    assert document.locked is False
    assert document.shared_inbox == f"{node.base}/inbox"
    assert {key.assertion for key in document.keys} == {True, False}
    assert "email" not in str(body)


async def test_people_are_locked_unless_they_say_otherwise(node: Node) -> None:
    await node.person("anna", approves=True)
    _, _, body = await node.get("/users/anna")
    assert body["manuallyApprovesFollowers"] is True
    assert body["discoverable"] is False
    assert body["indexable"] is False


async def test_a_group_names_its_moderators_collection(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    await node.group("welding", anna, languages=["el", "en"])
    _, _, body = await node.get("/groups/welding")
    document = parse_actor(body)
    assert document.type == "Group"
    assert document.moderators == f"{node.base}/groups/welding/moderators"
    assert document.languages == ("el", "en")
    assert body["attributedTo"] == document.moderators


async def test_the_node_reads_as_an_application(node: Node) -> None:
    await node.person("anna")
    for accept in (AP, "application/json", "*/*"):
        status, _, body = await node.get("/actor", accept=accept)
        assert status == 200
        document = parse_actor(body)
        assert (document.type, document.id) == ("Application", f"{node.base}/actor")
    assert (await node.get("/actor/outbox"))[2]["totalItems"] == 0


async def test_pages_share_the_address(node: Node) -> None:
    await node.person("anna")
    for path in ("/users/anna", "/@anna"):
        status, headers, body = await node.get(path, accept="text/html")
        assert status in {200, 302, 303}
        assert headers["Vary"].split(", ")[0] == "Accept"
        assert "publicKeyPem" not in body


async def test_the_shared_address_leads_to_the_document(node: Node) -> None:
    anna = await node.person("anna")
    group = await node.group("welding")
    assert (await node.get("/@anna"))[2]["id"] == anna.uri
    assert (await node.get("/@welding"))[2]["id"] == group.uri


async def test_whoever_is_not_here_is_404(node: Node) -> None:
    await node.person("anna")
    await node.group("welding")
    assert (await node.get("/users/anna"))[0] == 200
    for name in (
        "users/nobody",
        "users/welding",
        "groups/anna",
        "users/node",
        "users/an%00na",
        "users/a%2Fb",
        "@x@b.test",
    ):
        assert (await node.get(f"/{name}"))[0] == 404, name


async def test_a_remote_actor_is_not_served_here(nodes: Network, node: Node) -> None:
    other = await nodes.node("b")
    await other.person("bob")
    await node.find("bob@b.test")
    for path in ("/users/bob", "/@bob", "/@bob@b.test", "/users/bob/outbox"):
        assert (await node.get(path))[0] == 404


async def test_a_deleted_account_is_a_tombstone(node: Node) -> None:
    anna = await node.person("anna")
    assert (await node.get("/users/anna"))[0] == 200
    await node.do(lambda tx: departures.delete_person(tx, anna))
    status, headers, body = await node.get("/users/anna")
    assert status == 410
    assert headers["Content-Type"] == "application/activity+json"
    assert (body["type"], body["id"], body["formerType"]) == ("Tombstone", anna.uri, "Person")
    assert (await node.get("/users/anna/outbox"))[0] == 410


async def test_a_suspended_account_is_404(node: Node) -> None:
    anna = await node.person("anna")
    assert (await node.get("/users/anna"))[0] == 200
    await node.do(lambda tx: actor_rows.change(tx, anna, suspended_at=tx.now))
    assert (await node.get("/users/anna"))[0] == 404
    assert (await node.get("/users/anna/followers"))[0] == 404


async def test_a_change_is_served_at_once(node: Node) -> None:
    anna = await node.person("anna")
    _, before, _ = await node.get("/users/anna")
    await node.do(lambda tx: actor_rows.change(tx, anna, name="Anna K."))
    _, after, body = await node.get("/users/anna")
    assert body["name"] == "Anna K."
    assert before["ETag"] != after["ETag"]


async def test_who_holds_it_already_is_told_so(node: Node) -> None:
    await node.person("anna")
    _, headers, _ = await node.get("/users/anna")
    tag = headers["ETag"]
    assert not tag.startswith("W/")
    for held in (tag, f'"other", W/{tag}', "*"):
        status, again, body = await node.get("/users/anna", headers={"If-None-Match": held})
        assert (status, body) == (304, "")
        assert again["ETag"] == tag
        assert again["Vary"] == "Accept"
    assert (await node.get("/users/anna", headers={"If-None-Match": '"other"'}))[0] == 200


async def test_head_tells_what_get_would(node: Node) -> None:
    await node.person("anna")
    for path in ("/users/anna", "/users/anna/outbox", "/.well-known/webfinger?resource=acct:anna@a.test"):
        _, asked, _ = await node.get(path)
        async with node.http.head(f"{node.base}{path}", headers={"Accept": AP}) as response:
            assert response.status == 200
            assert response.headers["ETag"] == asked["ETag"]
            assert response.headers["Content-Length"] == asked["Content-Length"]
            assert await response.read() == b""


async def test_a_rendering_is_made_once(sqlite_nodes: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    node = await sqlite_nodes.node("a")
    made: list[str] = []
    get = Rendered.get

    async def counted(self: Rendered, key: str, sources: tuple, make: object) -> object:
        made.append(key)
        return await get(self, key, sources, make)

    monkeypatch.setattr(Rendered, "get", counted)
    anna = await node.person("anna")
    for _ in range(3):
        await node.get("/users/anna")
    await node.post(anna, "Hello")
    await node.get("/users/anna")
    assert made == ["/users/anna"]


async def test_a_blocked_host_gets_403_everywhere(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Hello")
    stranger = Stranger(nodes, "c")
    bob = stranger.person("bob")
    await stranger.serve()
    addresses = [
        "/users/anna",
        "/actor",
        "/users/anna/outbox",
        "/users/nobody",
        "/nowhere",
        post.uri.removeprefix(node.base),
        "/.well-known/webfinger?resource=acct:anna@a.test",
        "/nodeinfo/2.1",
    ]
    assert (await signed_get(nodes, node, "/users/anna", bob))[0] == 200
    await node.do(lambda tx: actor_rows.block_host(tx, "c.test"))
    answers = [await signed_get(nodes, node, path, bob) for path in addresses]
    assert {status for status, _, _ in answers} == {403}
    assert len({str(body) for _, _, body in answers}) == 1
    assert (await signed_get(nodes, node, "/users/anna", bob, accept="text/html"))[0] == 403
    assert (await node.get("/users/anna"))[0] == 200


async def test_nobodys_key_is_fetched_for_what_everybody_reads(nodes: Network, node: Node) -> None:
    """Its host may be waiting for our own key at this moment."""
    await node.person("anna")
    stranger = Stranger(nodes, "c")
    bob = stranger.person("bob")
    await stranger.serve()
    for path in ("/users/anna", "/actor", "/users/anna/outbox", "/nodeinfo/2.0"):
        assert (await signed_get(nodes, node, path, bob))[0] == 200
        assert (await signed_get(nodes, node, path, bob, change={"Signature": "keyId=1"}))[0] == 200
    assert stranger.asked == []
