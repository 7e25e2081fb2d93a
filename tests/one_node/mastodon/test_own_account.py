"""What somebody changes of her own account in her app, in every form that apps send it."""

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.apps import Phone, phone
from tests.nodes import Network, Node

ME = "/api/v1/accounts/verify_credentials"
UPDATE = "/api/v1/accounts/update_credentials"
PROFILE = "/api/v1/profile"


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


def picture(colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(buffer, "PNG")
    return buffer.getvalue()


FLAT = {
    "display_name": "Anna B.",
    "note": "I sew.\n\nI read letters.",
    "locked": "true",
    "bot": "true",
    "discoverable": "1",
    "indexable": "on",
    "hide_collections": "false",
    "fields_attributes[0][name]": "Languages",
    "fields_attributes[0][value]": "it, en",
    "fields_attributes[1][name]": "",
    "fields_attributes[1][value]": "",
    "source[privacy]": "private",
    "source[sensitive]": "true",
    "source[language]": "it",
}
"""As Tusky sends it."""
FIELDS = [{"name": "Languages", "value": "it, en"}, {"name": "", "value": ""}]
NESTED: dict[str, Any] = {
    "display_name": "Anna B.",
    "note": "I sew.\n\nI read letters.",
    "locked": True,
    "bot": True,
    "discoverable": True,
    "indexable": True,
    "hide_collections": False,
    "source": {"privacy": "private", "sensitive": True, "language": "it"},
}


@pytest.mark.parametrize(
    "sent",
    [
        {"data": FLAT},
        {"data": aiohttp.FormData(FLAT, default_to_multipart=True)},
        {"params": FLAT},
        {"json": NESTED | {"fields_attributes": FIELDS}},
        {"json": NESTED | {"fields_attributes": dict(zip("01", FIELDS, strict=True))}},
    ],
    ids=["form", "multipart", "query", "json-list", "json-numbered"],
)
async def test_a_profile_is_changed_in_any_form(sqlite_nodes: Network, sent: dict[str, Any]) -> None:
    node = await sqlite_nodes.node("a")
    mine = await phone(node, await node.person("anna"))
    answered = await mine.ask("PATCH", UPDATE, **sent)
    assert answered.status == 200, answered.body
    assert answered.body == await mine.get(ME, "CredentialAccount")
    found = answered.body
    assert (found["display_name"], found["note"]) == ("Anna B.", "<p>I sew.</p><p>I read letters.</p>")
    shown = ("locked", "bot", "discoverable", "indexable", "hide_collections")
    assert [found[name] for name in shown] == [True, False, True, True, False]
    assert [(field["name"], field["value"]) for field in found["fields"]] == [("Languages", "<p>it, en</p>")]
    source = found["source"]
    assert (source["note"], source["fields"][0]["value"]) == ("I sew.\n\nI read letters.", "it, en")
    assert (source["privacy"], source["sensitive"], source["language"]) == ("private", True, "it")
    preferences = await mine.get("/api/v1/preferences", "Preferences")
    assert preferences["posting:default:visibility"] == "private"


async def test_what_is_not_sent_stays(mine: Phone) -> None:
    await mine.patch(UPDATE, note="about", fields_attributes=FIELDS, source={"language": "it"})
    found = await mine.patch(UPDATE, "CredentialAccount", display_name="Anna")
    assert (found["source"]["note"], found["source"]["language"], len(found["fields"])) == ("about", "it", 1)
    found = await mine.patch(UPDATE, "CredentialAccount", display_name=" ", note="", source={"language": ""})
    assert (found["display_name"], found["note"], found["source"]["language"]) == ("anna", "", None)
    assert (await mine.ask("PATCH", UPDATE)).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"display_name": "x" * 101},
        {"note": "x" * 5001},
        {"fields_attributes": [{"name": str(number), "value": "x"} for number in range(5)]},
        {"fields_attributes": [{"name": "x", "value": "x" * 256}]},
        {"source": {"privacy": "everybody"}},
        {"source": {"language": "xx"}},
        {"display_name": "a\0b"},
        {"fields_attributes": "x"},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changes(mine: Phone, sent: dict[str, Any]) -> None:
    before = await mine.get(ME)
    answered = await mine.ask("PATCH", UPDATE, json={"display_name": "Changed", **sent})
    assert (answered.status, list(answered.body)) == (422, ["error"])
    assert await mine.get(ME) == before


async def test_html_in_a_profile_is_text(mine: Phone) -> None:
    found = await mine.patch(UPDATE, display_name="<b>Anna</b>", note="<script>alert(1)</script> & more")
    assert "<script" not in found["note"]
    assert "<" not in found["display_name"]


async def test_her_followers_elsewhere_are_told(nodes: Network) -> None:
    a, b = await nodes.node("a"), await nodes.node("b")
    anna, maria = await a.person("anna"), await b.person("maria")
    await b.follow(maria, "anna@a.test")
    await nodes.settle()
    mine = await phone(a, anna)
    await mine.patch(UPDATE, display_name="Anna B.", fields_attributes=FIELDS)
    await nodes.settle()
    known = await b.actor(anna.uri)
    assert (known.name, known.fields[0]["name"]) == ("Anna B.", "Languages")
    before = await b.outcomes()
    await mine.patch(UPDATE, display_name="Anna B.", source={"privacy": "private"})
    await nodes.settle()
    assert await b.outcomes() == before  # what nobody sees is told nobody


async def test_pictures_come_and_go(mine: Phone) -> None:
    for path, method in ((UPDATE, "PATCH"), (PROFILE, "PUT"), (PROFILE, "PATCH")):
        form = aiohttp.FormData({"display_name": method})
        form.add_field("avatar", picture(), filename="a.png", content_type="image/png")
        form.add_field("header", picture("plum"), filename="h.png", content_type="image/png")
        answered = await mine.ask(method, path, data=form)
        assert answered.status == 200, answered.body
        found = await mine.get(ME, "CredentialAccount")
        assert found["display_name"] == method
        for part in ("avatar", "header"):
            assert f"{mine.node.base}/media/" in found[part]
            async with mine.node.http.get(found[part]) as response:
                assert response.status == 200
                assert response.headers["Access-Control-Allow-Origin"] == "*"
    profile = await mine.get(PROFILE, "Profile")
    assert (profile["avatar"], profile["header"]) == (found["avatar"], found["header"])
    for part in ("avatar", "header"):
        found = await mine.delete(f"{PROFILE}/{part}", "CredentialAccount")
        assert found[part] == f"{mine.node.base}/static/{part}.png"
        assert (await mine.get(PROFILE, "Profile"))[part] is None


async def test_what_is_no_picture_is_refused(mine: Phone) -> None:
    form = aiohttp.FormData({"display_name": "Changed"})
    form.add_field("avatar", b"<svg xmlns='http://www.w3.org/2000/svg'/>", filename="a.svg", content_type="image/png")
    answered = await mine.ask("PATCH", UPDATE, data=form)
    assert (answered.status, list(answered.body)) == (422, ["error"])
    assert (await mine.get(ME))["display_name"] == "anna"


async def test_a_profile_is_edited_without_html(mine: Phone) -> None:
    await mine.patch(UPDATE, note="one\n\ntwo", fields_attributes=FIELDS)
    found = await mine.get(PROFILE, "Profile")
    assert (found["note"], found["fields"][0]["value"], found["avatar"]) == ("one\n\ntwo", "it, en", None)
    for change in (mine.patch, mine.put):
        assert (await change(PROFILE, "Profile", note=change.__name__))["note"] == change.__name__
    narrow = await phone(mine.node, await mine.node.find("anna@a.test"), "read:accounts")
    assert (await narrow.ask("GET", PROFILE)).status == 200
    assert (await narrow.ask("PATCH", PROFILE, json={"note": "x"})).status == 403
