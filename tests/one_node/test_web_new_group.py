"""Opening a group in a browser: whom the setting allows, with what she typed kept when it is refused."""

import pytest

from node.queries import groups as group_rows
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser, signed_in

pytestmark = pytest.mark.both_databases

TYPED = {
    "name": "Cucito e parole",
    "handle": "cucito",
    "about": "We **sew** <script>alert(1)</script> and talk.",
    "rules": "Be kind.\nAsk before you take a picture.",
    "joining": "approval",
    "language": "it",
}


async def test_a_facilitator_opens_a_group_and_moderates_it(node: Node):
    maria = await node.person("maria", role="facilitator")
    async with await signed_in(node, maria) as browser:
        assert 'href="/new-group"' in (await browser.get("/groups")).text
        assert (await browser.get("/new-group")).status == 200
        seen = await browser.post("/new-group", **TYPED)
        assert (seen.status, seen.headers["Location"]) == (303, "/@cucito")
        page = await browser.get("/@cucito")
    assert "Cucito e parole" in page.words
    assert "<strong>sew</strong>" in page.text
    assert "<script>" not in page.text
    assert "Ask before you take a picture." in page.words
    [group] = await node.read(lambda tx: group_rows.moderated_by(tx, maria.id))
    settings = await node.read(lambda tx: group_rows.required(tx, group))
    assert (group.locked, settings.joining, settings.visibility) == (True, "approval", "public")
    assert (group.languages, list(settings.rules)) == (["it"], ["it"])


@pytest.mark.parametrize(("lowest", "status", "groups"), [("facilitator", 403, 0), ("member", 200, 1)])
async def test_who_may_is_the_nodes_to_say(nodes: Network, lowest: str, status: int, groups: int):
    node = await nodes.node("a", ORDITO_WHO_CREATES_GROUPS=lowest)
    amal = await node.person("amal")
    async with await signed_in(node, amal) as browser:
        assert ("/new-group" in (await browser.get("/groups")).text) == bool(groups)
        assert (await browser.get("/new-group")).status == status
        seen = await browser.post("/new-group", **TYPED)
    assert seen.status == (303 if groups else 422)
    assert ("by a facilitator or above" in seen.words) != bool(groups)
    assert len(await node.read(lambda tx: group_rows.moderated_by(tx, amal.id))) == groups


async def test_what_was_typed_comes_back_with_what_is_wrong(node: Node):
    maria = await node.person("maria", role="facilitator")
    async with await signed_in(node, maria) as browser:
        for field, value, sentence in (
            ("handle", "maria", "The name maria is taken on this node"),
            ("handle", "two words", "A handle has letters a to z"),
            ("name", " ", "A group needs a name."),
            ("joining", "whoever", "A group is joined open, on approval or by invite."),
            ("language", "tlh", "Choose the language from the list."),
        ):
            seen = await browser.post("/new-group", **(TYPED | {field: value}))
            assert (seen.status, sentence in seen.words) == (422, True), field
            assert "Ask before you take a picture." in seen.text
    assert await node.read(lambda tx: group_rows.moderated_by(tx, maria.id)) == []


async def test_nobody_who_is_not_signed_in_opens_one(node: Node):
    maria = await node.person("maria", role="facilitator")
    async with await signed_in(node, maria) as browser:
        seen = await browser.get("/new-group")
        assert seen.status == 200
    async with Browser(node) as visitor:
        assert "/new-group" not in (await visitor.get("/groups")).text
        seen = await visitor.get("/new-group")
        assert (seen.status, seen.headers["Location"].startswith("/sign-in")) == (303, True)
