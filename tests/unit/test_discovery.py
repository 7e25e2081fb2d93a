"""Handles to actors and back; over real HTTP, by peers that also lie."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from federation import discovery
from federation.errors import Forbidden, Gone, Unreachable, Untrusted
from federation.identifiers import Handle, actor_id
from tests.unit.loopback import Loopback, serving

ANA = actor_id("http://a.test/users/ana")
CAPTURES = Path(__file__).parents[3] / "shared" / "interop" / "live"
AS_TYPE = "https://www.w3.org/ns/activitystreams#type"


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


def link(href: object, **more: object) -> dict[str, object]:
    return {"rel": "self", "type": "application/activity+json", "href": href, **more}


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


def test_host_meta_names_the_template_of_webfinger():
    root = ET.fromstring(discovery.host_meta_xml("https://node.example:8443/"))  # noqa: S314 - our own text
    (found,) = root
    assert found.tag == "{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link"
    assert found.attrib == {
        "rel": "lrdd",
        "template": "https://node.example:8443/.well-known/webfinger?resource={uri}",
    }
