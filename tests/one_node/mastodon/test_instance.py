"""What the node says of itself before anybody signs in: as strictly as the strictest app reads it, and true."""

import io

import pytest
from PIL import Image

from node.mastodon import promises
from node.services import media, posts, profiles
from node.storage import kinds, limits
from tests.apps import Phone, phone
from tests.nodes import Network, Node

V2, V1 = "/api/v2/instance", "/api/v1/instance"


async def test_an_app_reads_what_the_node_is_and_can(node: Node) -> None:
    found = await Phone(node).get(V2, "Instance")
    assert (found["domain"], found["title"]) == ("a.test", "Ordito")
    assert found["version"].startswith(promises.MASTODON)
    assert float(found["version"][:3]) >= 4  # as Ice Cubes reads it
    assert not {"pleroma", "pixelfed", "akkoma", "glitch"} & set(found["version"].lower().split())
    assert found["api_versions"] == promises.API_VERSIONS
    configuration = found["configuration"]
    assert configuration["statuses"]["max_characters"] == posts.LONGEST
    assert configuration["statuses"]["max_media_attachments"] == media.MOST_ATTACHED
    assert configuration["accounts"]["max_profile_fields"] == profiles.MOST_FIELDS
    assert configuration["media_attachments"]["video_size_limit"] == limits.VIDEO_BYTES
    assert configuration["media_attachments"]["supported_mime_types"] == kinds.media_types()
    assert found["registrations"]["enabled"] is False
    assert "account" in found["contact"]
    assert configuration["urls"]["streaming"] == "ws://a.test"
    app = await Phone(node).post("/api/v1/apps", client_name="x", redirect_uris="x://y")
    assert configuration["vapid"]["public_key"] == app["vapid_key"]


async def test_the_old_form_says_the_same(node: Node) -> None:
    new, old = await Phone(node).get(V2, "Instance"), await Phone(node).get(V1, "V1Instance")
    assert (old["uri"], old["title"], old["version"]) == (new["domain"], new["title"], new["version"])
    for part, values in old["configuration"].items():
        assert new["configuration"][part] == values
    assert isinstance(old["max_toot_chars"], int)


async def test_figures_are_those_of_the_node(node: Node) -> None:
    app = Phone(node)
    before = await app.get(V1)
    assert before["stats"] == {"user_count": 0, "status_count": 0, "domain_count": 0}
    anna = await node.person("anna")
    post = await node.post(anna, "one")
    await node.post(anna, "two", to=post)
    assert (await app.get(V1))["stats"] == {"user_count": 1, "status_count": 2, "domain_count": 0}
    assert (await app.get(V2))["usage"]["users"]["active_month"] == 0
    await (await phone(node, anna)).get("/api/v1/accounts/verify_credentials")
    assert (await app.get(V2))["usage"]["users"]["active_month"] == 1


async def test_settings_show(nodes: Network) -> None:
    said = {"ORDITO_NODE_DESCRIPTION": "For <all>", "ORDITO_CONTACT": "help@a.test", "ORDITO_SIGN_UP": "approval"}
    node = await nodes.node("a", ORDITO_NODE_NAME="Rete", **said)
    found = await Phone(node).get(V2, "Instance")
    assert (found["title"], found["description"], found["contact"]["email"]) == ("Rete", "For <all>", "help@a.test")
    asked = {"enabled": True, "approval_required": True, "reason_required": True}
    assert found["registrations"] == asked | {"message": None, "min_age": None, "url": None}
    old = await Phone(node).get(V1, "V1Instance")
    assert (old["registrations"], old["approval_required"], old["email"]) == (True, True, "help@a.test")
    page = await Phone(node).get(f"{V1}/extended_description", "Page")
    assert page["content"] == "<p>For &lt;all&gt;</p>"
    for schema in ("2.0", "2.1"):
        nodeinfo = await Phone(node).get(f"/nodeinfo/{schema}")
        assert nodeinfo["openRegistrations"] is True


@pytest.mark.parametrize("contact", ["https://a.test/help", "tel:+39", ""])
async def test_a_contact_that_is_no_address_is_none(sqlite_nodes: Network, contact: str) -> None:
    node = await sqlite_nodes.node("a", ORDITO_CONTACT=contact)
    assert (await Phone(node).get(V2, "Instance"))["contact"]["email"] == ""


@pytest.mark.parametrize(
    ("path", "entity"),
    [
        ("/api/v1/custom_emojis", "[CustomEmoji]"),
        (f"{V1}/rules", "[Rule]"),
        (f"{V1}/peers", "[Domain]"),
        (f"{V1}/privacy_policy", "Page"),
        (f"{V1}/extended_description", "Page"),
    ],
)
async def test_small_things_are_there(node: Node, path: str, entity: str) -> None:
    found = await Phone(node).get(path, entity)
    assert found["content"] if entity == "Page" else found == []


async def test_what_there_is_not_is_absent(node: Node) -> None:
    for path in (f"{V1}/terms_of_service", f"{V1}/terms_of_service/2026-01-01"):
        answered = await Phone(node).ask("GET", path)
        assert (answered.status, answered.body) == (404, {"error": "Record not found"})


async def test_languages_have_names(node: Node) -> None:
    found = await Phone(node).get(f"{V1}/languages", "[Language]")
    assert {"code": "ar", "name": "العربية"} in found


async def test_peers_are_for_those_who_are_here(nodes: Network, node: Node) -> None:
    other = await nodes.node("b")
    anna = await node.person("anna")
    await other.person("maria")
    await node.follow(anna, "maria@b.test")
    await nodes.settle()
    assert await Phone(node).get(f"{V1}/peers") == []
    assert await (await phone(node, anna)).get(f"{V1}/peers", "[Domain]") == ["b.test"]
    assert (await Phone(node).get(V1))["stats"]["domain_count"] == 1


async def test_preferences_have_keys_with_colons(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    found = await mine.get("/api/v1/preferences", "Preferences")
    assert (found["posting:default:visibility"], found["reading:expand:media"]) == ("public", "default")


@pytest.mark.parametrize("of", ["avatar", "header", "thumbnail", "icon"])
async def test_pictures_that_stand_for_none_are_there(node: Node, of: str) -> None:
    anna = await node.person("anna")
    account = await Phone(node).get(f"/api/v1/accounts/{anna.id}", "Account")
    instance = await Phone(node).get(V2)
    urls = {**account, "thumbnail": instance["thumbnail"]["url"], "icon": instance["icon"][0]["src"]}
    url = urls[of]
    assert "missing" not in url  # Ice Cubes takes such a name for none
    async with node.http.get(url) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "image/png")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        picture = Image.open(io.BytesIO(await response.read()))
        picture.verify()
    if of == "icon":
        assert instance["icon"][0]["size"] == "{}x{}".format(*picture.size)


async def test_nodeinfo_names_the_api_that_this_is(node: Node) -> None:
    links = (await Phone(node).get("/.well-known/nodeinfo"))["links"]
    assert any(link["rel"].endswith("schema/2.0") for link in links)
    found = await Phone(node).get("/nodeinfo/2.0")
    assert (found["software"]["name"], found["metadata"]["upstream"]) == ("ordito", {"name": "mastodon"})
    answered = await Phone(node).ask("GET", "/.well-known/host-meta")
    assert f'template="{node.base}/.well-known/webfinger?resource={{uri}}"' in answered.body
    assert answered.headers["Access-Control-Allow-Origin"] == "*"


async def test_who_wants_to_be_found_is_found_by_those_who_are_here(node: Node) -> None:
    names = ("anna", "maria", "lina", "hidden")
    anna, maria, *_ = people = [await node.person(name) for name in names]
    for person in people[:3]:
        await (await phone(node, person)).patch("/api/v1/accounts/update_credentials", discoverable=True)
    await node.post(anna, "I was here last.")
    mine = await phone(node, anna)

    async def found(**how: str) -> list[str]:
        return [account["acct"] for account in await mine.get("/api/v1/directory", "[Account]", **how)]

    assert await found() == ["anna", "lina", "maria"]
    assert await found(order="new", local="true") == ["lina", "maria", "anna"]
    assert await found(order="new", offset="1", limit="1") == ["maria"]
    await mine.post(f"/api/v1/accounts/{maria.id}/block")
    assert await found() == ["anna", "lina"]
    assert (await Phone(node).ask("GET", "/api/v1/directory")).status == 401
