"""How the node is found: WebFinger in all its forms, host-meta, NodeInfo, security.txt, robots.txt."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import orjson
import pytest

from federation import schemas
from node.database import Transaction
from node.errors import Conflict
from node.queries import actors as actor_rows, users as user_rows
from node.services import departures, posts
from tests.nodes import Network, Node

TYPE = "https://www.w3.org/ns/activitystreams#type"


async def finger(node: Node, resource: str) -> tuple[int, str | None]:
    """(status, the actor's id)."""
    status, _, body = await node.get(f"/.well-known/webfinger?resource={quote(resource)}")
    links = {link["rel"]: link for link in body.get("links", [])}
    return status, links["self"]["href"] if "self" in links else None


async def test_a_person_is_found(node: Node) -> None:
    anna = await node.person("Anna")
    status, headers, body = await node.get("/.well-known/webfinger?resource=acct:anna@a.test")
    assert status == 200
    assert headers["Content-Type"] == "application/jrd+json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    schemas.check("webfinger", body)
    assert body["subject"] == "acct:Anna@a.test"
    assert set(body["aliases"]) == {anna.uri, anna.url}
    own = next(link for link in body["links"] if link["rel"] == "self")
    assert own == {
        "rel": "self",
        "type": "application/activity+json",
        "href": anna.uri,
        "properties": {TYPE: "Person"},
    }


async def test_every_form_of_a_person(node: Node) -> None:
    anna = await node.person("anna")
    for handle in ("acct:anna@a.test", "acct:ANNA@A.TEST", "@anna@a.test", "anna@a.test"):
        assert await finger(node, handle) == (200, anna.uri), handle
    for address in (f"{node.base}/users/anna", f"{node.base}/@anna", "HTTP://A.TEST/users/anna"):
        assert await finger(node, address) == (200, anna.uri), address


async def test_every_form_of_a_group(node: Node) -> None:
    group = await node.group("welding")
    for form in ("acct:welding@a.test", "!welding@a.test", f"{node.base}/groups/welding", f"{node.base}/@welding"):
        assert await finger(node, form) == (200, group.uri), form
    _, _, body = await node.get("/.well-known/webfinger?resource=acct:welding@a.test")
    assert body["links"][0]["properties"] == {TYPE: "Group"}


async def test_every_form_of_the_node(node: Node) -> None:
    for form in ("acct:a.test@a.test", "acct:node@a.test", f"{node.base}/", node.base, f"{node.base}/actor"):
        assert await finger(node, form) == (200, f"{node.base}/actor"), form


async def test_who_is_not_here_is_404(node: Node) -> None:
    anna = await node.person("anna")
    assert await finger(node, "acct:anna@a.test") == (200, anna.uri)
    for handle in ("acct:nobody@a.test", "acct:anna@b.test", "acct:a.test@b.test"):
        assert await finger(node, handle) == (404, None), handle
    for path in ("/users/nobody", "/users/anna/", "/users/anna?x=1", "/posts/1", "/@"):
        assert await finger(node, node.base + path) == (404, None), path
    for address in ("http://b.test/users/anna", "http://a.test.evil.example/users/anna"):
        assert await finger(node, address) == (404, None), address


async def test_without_a_resource_it_is_400(node: Node) -> None:
    await node.person("anna")
    for query in ("", "?resource=", "?resource=%20", "?resource=anna", "?resource=acct:anna", "?rel=x"):
        status, headers, body = await node.get(f"/.well-known/webfinger{query}")
        assert (status, body["status"]) == (400, 400), query
        assert headers["Content-Type"] == "application/problem+json"


async def test_who_went_or_was_suspended_is_not_found(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    assert (await finger(node, "acct:anna@a.test"))[0] == 200
    assert (await finger(node, "acct:bea@a.test"))[0] == 200
    await node.do(lambda tx: departures.delete_person(tx, anna))
    await node.do(lambda tx: actor_rows.change(tx, bea, suspended_at=tx.now))
    assert (await finger(node, "acct:anna@a.test"))[0] == 410
    assert (await finger(node, anna.uri))[0] == 410
    assert (await finger(node, "acct:bea@a.test"))[0] == 404


async def test_a_remote_account_is_found_at_its_own_node_alone(nodes: Network, node: Node) -> None:
    other = await nodes.node("b")
    bob = await other.person("bob")
    await node.find("bob@b.test")
    for resource in ("acct:bob@b.test", bob.uri, "acct:bob@a.test"):
        assert (await finger(node, resource))[0] == 404
    assert await finger(other, "acct:bob@b.test") == (200, bob.uri)


async def test_a_handle_has_the_port_of_its_node(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a", ORDITO_BASE_URL="http://a.test:8420")
    host = {"Host": "a.test:8420"}

    async def ask(resource: str) -> tuple[int, dict[str, object]]:
        address = f"http://a.test/.well-known/webfinger?resource={resource}"
        status, _, body = await node.get(address, headers=host)
        return status, body

    status, body = await ask("acct:a.test:8420@a.test:8420")
    assert (status, body["subject"]) == (200, "acct:node@a.test:8420")
    assert (await ask("acct:node@a.test"))[0] == 404
    _, _, text = await node.get("http://a.test/.well-known/security.txt", headers=host)
    assert "Contact: mailto:abuse@a.test\n" in text


async def test_nobody_takes_the_name_under_which_the_node_is_found(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    for name in ("a.test", "A.Test", "node"):
        with pytest.raises(Conflict, match="is taken"):
            await node.person(name)
        with pytest.raises(Conflict, match="is taken"):
            await node.group(name)
    person = await node.person("a.tests")
    assert await finger(node, "acct:a.tests@a.test") == (200, person.uri)


async def test_host_meta_says_where_to_ask(node: Node) -> None:
    status, headers, body = await node.get("/.well-known/host-meta")
    assert status == 200
    assert headers["Content-Type"].startswith("application/xrd+xml")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert f'template="{node.base}/.well-known/webfinger?resource={{uri}}"' in body


async def test_nodeinfo_tells_true_figures(node: Node) -> None:
    status, headers, places = await node.get("/.well-known/nodeinfo")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    schemas.check("nodeinfo-links", places)
    links = {link["rel"].rsplit("/", 1)[-1]: link["href"] for link in places["links"]}
    assert links.keys() == {"2.0", "2.1", "activitystreams#Application"}
    assert links["activitystreams#Application"] == f"{node.base}/actor"
    anna, bea = await node.person("anna"), await node.person("bea")
    post = await node.post(anna, "Hello")
    gone = await node.post(anna, "Wrong")
    await node.post(bea, "Hello back", to=post)
    for schema in ("2.0", "2.1"):
        before = (await node.get(links[schema]))[2]["usage"]
        assert (before["users"]["total"], before["localPosts"], before["localComments"]) == (2, 2, 1)
    await node.do(lambda tx: posts.delete(tx, anna, gone))
    for schema in ("2.0", "2.1"):
        status, headers, body = await node.get(links[schema])
        assert headers["Content-Type"].startswith("application/json")
        assert f"schema/{schema}#" in headers["Content-Type"]
        schemas.check("nodeinfo", body)
        assert body["software"]["name"] == "ordito"
        assert body["openRegistrations"] is False
        assert body["usage"]["localPosts"] == 1
    assert (await node.get("/nodeinfo/1.0"))[0] == 404


async def test_security_txt_names_a_contact_and_an_end(nodes: Network) -> None:
    node = await nodes.node("a", ORDITO_CONTACT="help@ngo.example")
    status, headers, body = await node.get("/.well-known/security.txt")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in body.splitlines())
    assert fields["Contact"] == "mailto:help@ngo.example"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert fields["Canonical"] == f"{node.base}/.well-known/security.txt"


async def test_robots_stay_out_of_what_is_no_page(node: Node) -> None:
    status, headers, body = await node.get("/robots.txt")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert "Disallow: /api/" in body.splitlines()


async def test_her_address_of_mail_is_told_to_nobody(node: Node) -> None:
    anna = await node.person("anna")

    async def give(tx: Transaction) -> None:
        user = await user_rows.by_actor(tx, anna.id)
        assert user is not None
        await user_rows.change(tx, user, email="anna.k@mail.example")

    await node.do(give)
    for path in ("/users/anna", "/.well-known/webfinger?resource=acct:anna@a.test", "/nodeinfo/2.1"):
        status, _, body = await node.get(path)
        assert status == 200
        assert "mail.example" not in orjson.dumps(body).decode()
    assert await finger(node, "acct:anna.k@mail.example") == (404, None)
