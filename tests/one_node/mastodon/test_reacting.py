"""What somebody does to a status, and who did."""

import pytest

from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.strangers import Stranger

pytestmark = pytest.mark.both_databases

STATUSES = "/api/v1/statuses"
HOME = "/api/v1/timelines/home"


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


@pytest.fixture
async def path(node: Node) -> str:
    """Of a status of somebody else's."""
    return f"{STATUSES}/{(await node.post(await node.person('berta'), 'Hello')).id}"


@pytest.mark.parametrize(
    ("does", "undoes", "says"),
    [
        ("favourite", "unfavourite", "favourited"),
        ("bookmark", "unbookmark", "bookmarked"),
        ("mute", "unmute", "muted"),
    ],
)
async def test_what_is_done_twice_is_done_once_and_taken_back(
    mine: Phone, path: str, does: str, undoes: str, says: str
) -> None:
    for action, stands in ((undoes, False), (does, True), (does, True), (undoes, False), (undoes, False)):
        assert (await mine.post(f"{path}/{action}", "Status"))[says] == stands
        assert (await mine.get(path, "Status"))[says] == stands


async def test_a_boost_is_a_status_with_what_it_shows(mine: Phone, path: str) -> None:
    boost = await mine.post(f"{path}/reblog", "Status")
    assert (boost["account"]["acct"], boost["reblog"]["account"]["acct"]) == ("anna", "berta")
    assert boost["id"] != boost["reblog"]["id"] == path.rpartition("/")[2]
    assert (boost["reblog"]["reblogged"], boost["visibility"]) == (True, "public")
    assert await mine.post(f"{path}/reblog", "Status") == boost
    assert [one["id"] for one in await mine.get(HOME, "[Status]")] == [boost["id"]]
    again = await mine.post(f"{STATUSES}/{boost['id']}/favourite", "Status")
    assert (again["id"], again["favourited"]) == (boost["reblog"]["id"], True)
    original = await mine.post(f"{path}/unreblog", "Status")
    assert (original["id"], original["reblogged"]) == (boost["reblog"]["id"], False)
    assert (await mine.post(f"{path}/unreblog", "Status"))["reblogged"] is False


async def test_a_boost_may_be_for_followers_alone(nodes: Network, node: Node, mine: Phone, path: str) -> None:
    far = Stranger(nodes, "c")
    await far.serve()
    cora = far.person("cora")
    anna = await node.find("anna@a.test")
    await far.send(node, far.activity("Follow", cora, anna.uri), cora)
    await nodes.settle()
    boost = await mine.post(f"{path}/reblog", "Status", visibility="private")
    await nodes.settle()
    announce = next(activity for activity in far.received if activity["type"] == "Announce")
    assert (announce["to"], announce["cc"], boost["visibility"]) == ([anna.followers_uri], [], "private")
    assert (await Phone(node).ask("GET", f"{STATUSES}/{boost['id']}")).status == 404
    await mine.post(f"{path}/unreblog", "Status")
    await nodes.settle()
    undo = far.received[-1]
    assert (undo["type"], undo["object"]["id"], undo["to"]) == ("Undo", announce["id"], [anna.followers_uri])


async def test_what_is_for_few_is_not_boosted(node: Node, mine: Phone) -> None:
    status = await mine.post(STATUSES, "Status", status="@berta x", visibility="private")
    assert (await mine.post(f"{STATUSES}/{status['id']}/reblog", "Status"))["visibility"] == "private"
    await node.person("berta")
    direct = await mine.post(STATUSES, "Status", status="@berta x", visibility="direct")
    assert (await mine.ask("POST", f"{STATUSES}/{direct['id']}/reblog")).status == 422


async def test_a_hidden_status_is_not_there_for_anything(node: Node, mine: Phone) -> None:
    berta = await phone(node, await node.person("berta"))
    hidden = await berta.post(STATUSES, "Status", status="x", visibility="private")
    path = f"{STATUSES}/{hidden['id']}"
    for method, way in (
        *(("GET", name) for name in ("", "/context", "/history", "/card", "/favourited_by", "/reblogged_by")),
        *(("POST", f"/{name}") for name in ("favourite", "reblog", "bookmark", "mute", "pin", "unfavourite")),
    ):
        answered = await mine.ask(method, f"{path}{way}")
        assert (answered.status, answered.body) == (404, {"error": "Record not found"}), way
        assert (await berta.ask(method, f"{path}{way}")).status == 200, way


async def test_five_statuses_are_pinned_and_no_more(nodes: Network, node: Node, mine: Phone) -> None:
    far = Stranger(nodes, "c")
    await far.serve()
    cora = far.person("cora")
    anna = await node.find("anna@a.test")
    await far.send(node, far.activity("Follow", cora, anna.uri), cora)
    await nodes.settle()
    paths = [f"{STATUSES}/{(await mine.post(STATUSES, status=str(n)))['id']}" for n in range(6)]
    for path in paths[:5]:
        assert (await mine.post(f"{path}/pin", "Status"))["pinned"] is True
    assert (await mine.post(f"{paths[0]}/pin", "Status"))["pinned"] is True
    sixth = await mine.ask("POST", f"{paths[5]}/pin")
    assert sixth.status == 422
    assert sixth.body == {"error": "Validation failed: You have already pinned the maximum number of posts"}
    assert (await mine.post(f"{paths[0]}/unpin", "Status"))["pinned"] is False
    assert (await mine.post(f"{paths[5]}/pin", "Status"))["pinned"] is True
    await nodes.settle()
    told = [(act["type"], act["target"]) for act in far.received if act["type"] in {"Add", "Remove"}]
    assert told == [("Add", anna.featured_uri)] * 5 + [("Remove", anna.featured_uri), ("Add", anna.featured_uri)]


async def test_only_what_is_ones_own_and_for_more_than_a_few_is_pinned(node: Node, mine: Phone, path: str) -> None:
    direct = await mine.post(STATUSES, "Status", status="@berta x", visibility="direct")
    boost = await mine.post(f"{path}/reblog", "Status")
    private = await mine.post(STATUSES, "Status", status="x", visibility="private")
    for status, answer in (
        (direct["id"], 422),
        (boost["id"], 422),
        (path.rpartition("/")[2], 422),
        (private["id"], 200),
    ):
        assert (await mine.ask("POST", f"{STATUSES}/{status}/pin")).status == answer


async def test_who_liked_and_boosted_comes_in_pages_by_the_like(node: Node, mine: Phone, path: str) -> None:
    people = [await phone(node, await node.person(name)) for name in ("cora", "dora", "elsa")]
    for action, listed in (("favourite", "favourited_by"), ("reblog", "reblogged_by")):
        for person in people:
            await person.post(f"{path}/{action}", "Status")
        first = await mine.ask("GET", f"{path}/{listed}?limit=2")
        assert [account["acct"] for account in first.body] == ["elsa", "dora"]
        following, before = first.headers["Link"].split(", ")
        assert following.endswith('>; rel="next"')
        assert before.endswith('>; rel="prev"')
        assert "since_id=" in before
        rest = await mine.ask("GET", following.partition("<")[2].partition(">")[0])
        assert [account["acct"] for account in rest.body] == ["cora"]
        assert 'rel="next"' not in rest.headers["Link"]
        newer = await mine.ask("GET", before.partition("<")[2].partition(">")[0])
        assert (newer.body, "Link" in newer.headers) == ([], False)


async def test_nobody_learns_whom_she_blocks(node: Node, mine: Phone, path: str) -> None:
    from node.services import blocks  # noqa: PLC0415  # only here

    cora = await node.person("cora")
    hers = await phone(node, cora)
    await hers.post(f"{path}/favourite", "Status")
    anna = await node.find("anna@a.test")
    assert [account["acct"] for account in await mine.get(f"{path}/favourited_by", "[Account]")] == ["cora"]
    await node.do(lambda tx: blocks.block(tx, cora, anna))
    assert await mine.get(f"{path}/favourited_by", "[Account]") == []
