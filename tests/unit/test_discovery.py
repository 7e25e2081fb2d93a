"""Handles to actors and back, and what a host says of itself; over real HTTP, by peers that also lie."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest
from aiohttp import web

from federation import discovery
from federation.discovery import NodeInfo, Usage
from federation.errors import Forbidden, Gone, Unreachable, Untrusted
from federation.identifiers import Handle, actor_id
from tests.unit.loopback import Loopback

ANA = actor_id("http://a.test/users/ana")
CAPTURES = Path(__file__).parents[3] / "shared" / "interop" / "live"
AS_TYPE = "https://www.w3.org/ns/activitystreams#type"


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


def link(href: object, **more: object) -> dict[str, object]:
    return {"rel": "self", "type": "application/activity+json", "href": href, **more}


def serving(table: dict[str, object], content_type: str = "application/jrd+json"):
    """A host that answers WebFinger by resource, and other paths by path."""

    async def answer(request: web.BaseRequest) -> web.Response:
        document = table.get(request.query.get("resource", request.path))
        if document is None:
            return web.Response(status=404)
        if isinstance(document, str):
            return web.Response(status=302, headers={"Location": document})
        return web.Response(body=orjson.dumps(document), content_type=content_type)

    return answer


async def host(net: Loopback, name: str, table: dict[str, object], **options: str) -> list[str]:
    """Serves `table` and returns the list of what will be asked."""
    peer = await net.serve(name, serving(table, **options))
    return peer.requests


def about(subject: str, *links: object) -> dict[str, object]:
    return {"subject": subject, "links": list(links)}


async def test_a_handle_leads_to_its_actor(net):
    asked = await host(net, "a.test", {"acct:ana@a.test": about("acct:ana@a.test", link(str(ANA)))})
    assert await discovery.resolve(net.client(), Handle.parse("@Ana@A.test".lower())) == ANA
    assert asked[0].raw_path == "/.well-known/webfinger?resource=acct:ana@a.test"
    assert asked[0].headers["Accept"] == "application/jrd+json, application/json"


@pytest.mark.parametrize("content_type", ["application/jrd+json", "application/json"])
async def test_both_json_types_are_read_and_no_page(net, content_type):
    table = {"acct:ana@a.test": about("acct:ana@a.test", link(str(ANA)))}
    await host(net, "a.test", table, content_type=content_type)
    await host(net, "b.test", {"acct:ana@b.test": about("acct:ana@b.test", link(str(ANA)))}, content_type="text/html")
    assert await discovery.resolve(net.client(), Handle("ana", "a.test")) == ANA
    with pytest.raises(Unreachable):
        await discovery.resolve(net.client(), Handle("ana", "b.test"))


async def test_a_handle_nobody_has_is_gone(net):
    await host(net, "a.test", {})
    with pytest.raises(Gone):
        await discovery.resolve(net.client(), Handle("nobody", "a.test"))


async def test_a_host_that_may_not_be_asked_is_not(net):
    with pytest.raises(Forbidden):
        await discovery.resolve(net.client(), Handle("ana", "127.0.0.1:8000"))


LEMMY = [
    link("http://a.test/u/cats", properties={AS_TYPE: "Person"}),
    link("http://a.test/c/cats", properties={AS_TYPE: "Group"}),
]


@pytest.mark.parametrize(
    ("links", "prefer", "path"),
    [
        (LEMMY, None, "/c/cats"),
        (LEMMY, "Group", "/c/cats"),
        (LEMMY, "Person", "/u/cats"),
        (LEMMY[::-1], "Group", "/c/cats"),
        ([link("http://a.test/only")], "Group", "/only"),
        (
            [link("http://a.test/mitra", type='application/ld+json; profile="https://www.w3.org/ns/activitystreams"')],
            None,
            "/mitra",
        ),
        (
            [link("http://a.test/good"), link("http://a.test/page", type="text/html"), {"rel": "self"}, "x", None],
            None,
            "/good",
        ),
        (
            [link("http://a.test/good"), link("http://a.test/x", rel="other"), link(7), link("http://u@a.test/")],
            None,
            "/good",
        ),
        ([link("http://a.test/good", properties=["x"])], "Person", "/good"),
    ],
)
async def test_which_link_is_the_actor(net, links, prefer, path):
    await host(net, "a.test", {"acct:cats@a.test": about("acct:cats@a.test", *links)})
    found = await discovery.resolve(net.client(), Handle("cats", "a.test"), prefer=prefer)
    assert found == f"http://a.test{path}"


@pytest.mark.parametrize(
    "links", [[], None, "x", {}, [link("not a url")], [link("http://a.test/x", type="application/ld+json")]]
)
async def test_an_answer_that_names_no_actor_is_refused(net, links):
    await host(net, "a.test", {"acct:ana@a.test": {"subject": "acct:ana@a.test", "links": links}})
    with pytest.raises(Untrusted) as refusal:
        await discovery.resolve(net.client(), Handle("ana", "a.test"))
    assert refusal.value.reason == "webfinger.self"


@pytest.mark.parametrize("subject", [None, "http://a.test/users/ana", 7, "acct:ANA@a.test"])
async def test_a_subject_that_is_missing_or_spelt_otherwise_is_the_handle(net, subject):
    asked = await host(net, "a.test", {"acct:ana@a.test": about(subject, link(str(ANA)))})
    assert await discovery.resolve(net.client(), Handle("ana", "a.test")) == ANA
    assert len(asked) == 1


SPLIT = {"acct:ana@brand.test": about("acct:ana@brand.test", link(str(ANA)))}


async def test_a_split_domain_is_believed_when_the_subjects_host_agrees(net):
    asked = await host(net, "brand.test", SPLIT)
    await host(net, "a.test", {"acct:ana@a.test": about("acct:ana@brand.test", link(str(ANA)))})
    assert await discovery.resolve(net.client(), Handle("ana", "a.test")) == ANA
    assert await discovery.confirm(net.client(), ANA, "ana") == Handle("ana", "brand.test")
    assert len(asked) == 2


async def test_a_split_domain_by_redirect_is_followed(net):
    await host(net, "a.test", {"acct:ana@brand.test": about("acct:ana@brand.test", link(str(ANA)))})
    location = "http://a.test/.well-known/webfinger?resource=acct:ana@brand.test"
    await host(net, "brand.test", {"acct:ana@brand.test": location})
    assert await discovery.resolve(net.client(), Handle("ana", "brand.test")) == ANA


@pytest.mark.parametrize(
    "brand",
    [
        {"acct:ana@brand.test": about("acct:ana@brand.test", link("http://a.test/users/eve"))},
        {"acct:ana@brand.test": about("acct:eve@brand.test", link(str(ANA)))},
        {"acct:ana@brand.test": about("acct:ana@a.test", link(str(ANA)))},
        {"acct:ana@brand.test": about("acct:ana@brand.test")},
        {},
    ],
)
async def test_a_subject_whose_host_says_otherwise_is_refused(net, brand):
    await host(net, "brand.test", brand)
    await host(net, "a.test", {"acct:ana@a.test": about("acct:ana@brand.test", link(str(ANA)))})
    for asking in (
        discovery.resolve(net.client(), Handle("ana", "a.test")),
        discovery.confirm(net.client(), ANA, "ana"),
    ):
        with pytest.raises((Untrusted, Gone)):
            await asking


async def test_a_subject_that_is_no_handle_is_refused(net):
    await host(net, "a.test", {"acct:ana@a.test": about("acct:ana ana@brand.test", link(str(ANA)))})
    with pytest.raises(Untrusted):
        await discovery.resolve(net.client(), Handle("ana", "a.test"))


async def test_nobody_else_speaks_for_handles_of_ours(net):
    ours = await host(net, "node.test", {"acct:ana@node.test": about("acct:ana@node.test", link(str(ANA)))})
    await host(net, "a.test", {"acct:ana@a.test": about("acct:ana@node.test", link(str(ANA)))})
    own = frozenset({"node.test"})
    for asking in (
        discovery.resolve(net.client(), Handle("ana", "a.test"), own_hosts=own),
        discovery.resolve(net.client(), Handle("ana", "node.test"), own_hosts=own),
        discovery.confirm(net.client(), ANA, "ana", own_hosts=own),
        discovery.confirm(net.client(), actor_id("http://node.test/users/ana"), "ana", own_hosts=own),
    ):
        with pytest.raises(Untrusted) as refusal:
            await asking
        assert refusal.value.reason == "webfinger.own"
    assert not ours


async def test_the_circle_from_actor_to_handle_and_back_closes(net):
    await host(net, "a.test", {"acct:Ana@a.test": about("acct:ana@a.test", *LEMMY, link(str(ANA)))})
    assert await discovery.confirm(net.client(), ANA, "Ana") == Handle("ana", "a.test")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (about("acct:ana@a.test", link("http://a.test/users/eve")), "webfinger.actor"),
        (about("acct:ana@a.test", link("http://a.test/users/ana/")), "webfinger.actor"),
        (about("acct:ana@a.test", link("https://a.test/users/ana")), "webfinger.actor"),
        (about("acct:eve@a.test", link(str(ANA))), "webfinger.subject"),
    ],
)
async def test_an_open_circle_is_refused(net, answer, reason):
    await host(net, "a.test", {"acct:ana@a.test": answer})
    with pytest.raises(Untrusted) as refusal:
        await discovery.confirm(net.client(), ANA, "ana")
    assert refusal.value.reason == reason


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


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        ("fedify", "doc-webfinger-group.json"),
        ("nodebb", "doc-webfinger-category.json"),
        ("nodebb", "doc-webfinger-user.json"),
        ("piefed", "doc-webfinger-community.json"),
        ("piefed", "doc-webfinger-user.json"),
    ],
)
async def test_webfinger_as_peers_really_serve_it(net, peer, name):
    captured = capture(peer, name)
    handle = Handle.parse(captured["url"].split("resource=")[1])
    expected = [each["href"] for each in captured["body"]["links"] if each["rel"] == "self"][-1]
    content_type = captured["content_type"].split(";")[0]
    await host(net, handle.host, {handle.acct: captured["body"]}, content_type=content_type)
    assert await discovery.resolve(net.client(), handle) == expected


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


def test_what_our_jrd_says():
    answer = discovery.jrd(Handle("ana", "node.example"), ANA, "Person", page="http://a.test/@ana", aliases=[str(ANA)])
    assert answer == {
        "subject": "acct:ana@node.example",
        "aliases": ["http://a.test/users/ana", "http://a.test/@ana"],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": ANA, "properties": {AS_TYPE: "Person"}},
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "http://a.test/@ana"},
        ],
    }


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


def test_host_meta_names_the_template_of_webfinger():
    root = ET.fromstring(discovery.host_meta_xml("https://node.example:8443/"))  # noqa: S314 - our own text
    (found,) = root
    assert found.tag == "{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link"
    assert found.attrib == {
        "rel": "lrdd",
        "template": "https://node.example:8443/.well-known/webfinger?resource={uri}",
    }
