"""What a host says of itself, and what ours says."""

import json
from pathlib import Path

import pytest

from federation import discovery
from federation.discovery import NodeInfo, Usage
from federation.errors import Untrusted
from federation.identifiers import Handle, actor_id
from tests.unit.loopback import Loopback, serving

CAPTURES = Path(__file__).parents[3] / "shared" / "interop" / "live"


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


async def host(net: Loopback, name: str, table: dict[str, object], **options: str) -> list[str]:
    """Serves `table` and returns the list of what will be asked."""
    peer = await net.serve(name, serving(table, **options))
    return peer.requests


def wellknown(**links: str) -> dict[str, object]:
    schema = "http://nodeinfo.diaspora.software/ns/schema/"
    rels = {"v20": schema + "2.0", "v21": schema + "2.1", "v30": schema + "3.0"}
    application = {"app": "https://www.w3.org/ns/activitystreams#Application"}
    named = rels | application
    return {"links": [{"rel": named[name], "href": href} for name, href in links.items()]}


async def test_the_newest_nodeinfo_we_know_is_read(net):
    wanted = {"software": {"name": "Ordito", "version": "0.1.0"}, "protocols": ["activitypub", 7]}
    table = {
        "/.well-known/nodeinfo": wellknown(v30="http://a.test/3", v20="http://a.test/2", v21="http://a.test/21"),
        "/21": {**wanted, "openRegistrations": False, "usage": {"users": {"total": "3"}, "localPosts": 10}},
    }
    await host(net, "a.test", table, content_type="application/json")
    expected = NodeInfo("ordito", "0.1.0", ("activitypub",), open_registrations=False, users=3, posts=10)
    assert await discovery.nodeinfo(net.client(), "a.test") == expected


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"software": "x", "usage": [], "protocols": "activitypub", "openRegistrations": "no"},
        {"software": {"name": 7, "version": None}, "usage": {"users": {"total": True}, "localPosts": -1}},
        {"usage": {"users": {"total": "9" * 5000}, "localPosts": "1.5"}, "protocols": {"inbound": []}},
    ],
)
async def test_a_nodeinfo_of_another_shape_says_nothing(net, document):
    table = {"/.well-known/nodeinfo": wellknown(v20="http://a.test/2"), "/2": document}
    await host(net, "a.test", table)
    expected = NodeInfo("", "", (), open_registrations=None, users=None, posts=None)
    assert await discovery.nodeinfo(net.client(), "a.test") == expected


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (wellknown(v20="http://b.test/2"), "nodeinfo.host"),
        (wellknown(v30="http://a.test/3"), "nodeinfo.link"),
        (wellknown(v20="ftp://a.test/2"), "nodeinfo.link"),
        ({"links": [7, {"rel": [], "href": {}}]}, "nodeinfo.link"),
        ({"links": {}}, "nodeinfo.link"),
    ],
)
async def test_a_nodeinfo_that_points_elsewhere_or_nowhere_is_refused(net, document, reason):
    elsewhere = await host(net, "b.test", {"/2": {}})
    await host(net, "a.test", {"/.well-known/nodeinfo": document})
    with pytest.raises(Untrusted) as refusal:
        await discovery.nodeinfo(net.client(), "a.test")
    assert refusal.value.reason == reason
    assert not elsewhere


async def test_nodeinfo_of_a_split_domain_is_read_where_it_redirects_to(net):
    table = {"/.well-known/nodeinfo": wellknown(v20="http://a.test/2", app="http://a.test/actor"), "/2": {}}
    await host(net, "a.test", table)
    await host(net, "brand.test", {"/.well-known/nodeinfo": "http://a.test/.well-known/nodeinfo"})
    assert await discovery.nodeinfo(net.client(), "brand.test")
    assert await discovery.application_actor(net.client(), "brand.test") == "http://a.test/actor"


@pytest.mark.parametrize(
    ("document", "actor"),
    [
        (wellknown(v20="http://a.test/2", app="http://a.test/actor"), "http://a.test/actor"),
        (wellknown(v20="http://a.test/2"), None),
        (wellknown(app="http://b.test/actor"), None),
        (wellknown(app="http://a.test/actor#x"), None),
        (wellknown(app="actor"), None),
    ],
)
async def test_the_application_actor_of_a_host(net, document, actor):
    await host(net, "a.test", {"/.well-known/nodeinfo": document})
    assert await discovery.application_actor(net.client(), "a.test") == actor


def capture(peer: str, name: str) -> dict[str, object]:
    path = CAPTURES / peer / name
    if not path.exists():
        pytest.skip(f"the capture {peer}/{name} is not here")
    return json.loads(path.read_text())


@pytest.mark.parametrize("peer", ["fedify", "nodebb", "piefed", "takahe"])
async def test_nodeinfo_as_peers_really_serve_it(net, peer):
    body = capture(peer, "doc-nodeinfo.json")["body"]
    await host(net, "a.test", {"/.well-known/nodeinfo": wellknown(v20="http://a.test/2"), "/2": body})
    found = await discovery.nodeinfo(net.client(), "a.test")
    assert found.software == body["software"]["name"].lower()
    assert (found.version, found.protocols) == (body["software"]["version"], ("activitypub",))
    assert (found.users, found.posts) == (int(body["usage"]["users"]["total"]), int(body["usage"]["localPosts"]))


async def test_our_own_answers_are_understood_by_our_own_reading(net):
    handle, group = Handle("tessere", "a.test"), actor_id("http://a.test/groups/tessere")
    ours = discovery.jrd(
        handle, group, "Group", page="http://a.test/@tessere", subscribe="http://a.test/follow?uri={uri}"
    )
    application = actor_id("http://a.test/actor")
    usage = Usage(users=12, active_month=7, active_half_year=9, posts=345, comments=678)
    nodeinfo = discovery.nodeinfo_document(
        "2.1",
        software="ordito",
        version="0.1.0",
        repository="https://code.example/ordito",
        usage=usage,
        open_registrations=False,
        name="Casa",
        description="",
    )
    table = {
        handle.acct: ours,
        "/.well-known/nodeinfo": discovery.nodeinfo_links("http://a.test", application),
        "/nodeinfo/2.1": nodeinfo,
    }
    await host(net, "a.test", table)
    client = net.client()
    assert await discovery.resolve(client, handle, prefer="Group") == group
    assert await discovery.confirm(client, group, "tessere") == handle
    assert await discovery.application_actor(client, "a.test") == application
    expected = NodeInfo("ordito", "0.1.0", ("activitypub",), open_registrations=False, users=12, posts=345)
    assert await discovery.nodeinfo(client, "a.test") == expected


@pytest.mark.parametrize("schema", ["2.0", "2.1"])
def test_what_our_nodeinfo_says(schema):
    """The properties that the schema of each version demands, and none that 2.0 forbids."""
    usage = Usage(users=1, active_month=1, active_half_year=1, posts=2, comments=3)
    document = discovery.nodeinfo_document(
        schema,
        software="ordito",
        version="0.1.0",
        repository="https://code.example/ordito",
        usage=usage,
        open_registrations=True,
        name="Casa",
        description="A node",
    )
    required = {"version", "software", "protocols", "services", "openRegistrations", "usage", "metadata"}
    assert (set(document), document["version"]) == (required, schema)
    assert set(document["software"]) == {"name", "version"} | ({"repository"} if schema == "2.1" else set())
    assert document["usage"]["users"] == {"total": 1, "activeMonth": 1, "activeHalfyear": 1}
