"""`ordito group` and `ordito person`, where something changes for good: described, closed, handed over, gone."""

import pytest

from node.queries import actors as actor_rows, groups as group_rows
from node.services import documents


@pytest.fixture
def circle(sqlite_ordito):
    """anna's group, with maria in it, and olga who runs the node."""
    ordito = sqlite_ordito
    ordito.said("person", "add", "olga", "--role", "operator")
    for name in ("anna", "maria"):
        ordito.said("person", "add", name, "--follows", "open")
    ordito.said("group", "create", "circle", "--name", "Circle", "--owner", "anna")
    ordito.said("follow", "--as", "maria", "circle")
    return ordito


POST = ("post", "--as", "maria", "--group", "circle", "Hello")


def state(ordito):
    return ordito.json("group", "list")[0]["state"]


def test_a_group_is_closed_and_archived_and_back(circle):
    thread = circle.said(*POST)
    assert "Only the owner" in circle.refused("group", "close", "circle", "--as", "maria")
    for command, after, refusal in (
        ("close", "closed", "no new threads"),
        ("archive", "archived", "archived"),
    ):
        circle.said("group", command, "circle")
        assert state(circle) == after
        assert refusal in circle.refused(*POST)
    assert "archived" in circle.refused("post", "--as", "maria", "--reply-to", thread, "Ciao")
    circle.said("group", "unarchive", "circle", "--as", "olga")
    circle.said("post", "--as", "maria", "--reply-to", thread, "Ciao")
    circle.said("group", "reopen", "circle", "--as", "olga")
    assert state(circle) == "active"
    circle.said(*POST)


def test_a_group_is_handed_over(circle):
    assert circle.said("group", "hand-over", "circle", "maria") == "maria owns circle."
    assert circle.json("group", "list")[0]["owner"] == "maria"
    assert "Only the owner" in circle.refused("group", "hand-over", "circle", "anna", "--as", "anna")
    assert "nobody here" in circle.refused("group", "hand-over", "circle", "nobody")


def test_a_group_is_deleted_after_a_question(circle):
    asked = circle("group", "delete", "circle", given="n\n")
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert state(circle) == "active"
    assert "Only the owner" in circle.refused("group", "delete", "circle", "--yes", "--as", "maria")
    assert circle("group", "delete", "circle", given="y\n").exit_code == 0
    assert circle.json("group", "list") == []
    assert "taken" in circle.refused("group", "create", "circle", "--name", "Again")


def test_a_group_without_an_owner_is_the_operators(circle):
    circle.said("group", "create", "orphan", "--name", "Orphan")
    assert "no owner" in circle.refused("group", "close", "orphan")
    circle.said("group", "close", "orphan", "--as", "olga")
    circle.said("group", "hand-over", "orphan", "maria", "--as", "olga")
    assert circle.json("group", "list")[1]["owner"] == "maria"


def test_a_group_says_what_it_is_in_several_languages(circle):
    describe = ("group", "describe", "circle")
    circle.said(*describe, "--name", "Sewing", "--name-in", "it", "Cucito", "--about", "**Needles**, thread")
    circle.said(*describe, "--about-in", "it", "Ago e filo", "--languages", "it, el", "--topics", "sewing #work")
    circle.said(*describe, "--rules", "en", "Be kind.\n<b>Listen.</b>", "--rules", "it", "Con rispetto.")
    assert circle.json(*describe) == {
        "name": "Sewing",
        "names": {"it": "Cucito"},
        "about": "Needles, thread",
        "abouts": {"it": "Ago e filo"},
        "rules": {"en": "Be kind.\n<b>Listen.</b>", "it": "Con rispetto."},
        "languages": ["it", "el"],
        "topics": ["sewing", "work"],
    }
    document = circle.within(_document)
    assert (document["name"], document["nameMap"]) == ("Sewing", {"it": "Cucito"})
    assert document["summary"] == "<p><strong>Needles</strong>, thread</p>"
    assert document["summaryMap"] == {"it": "<p>Ago e filo</p>"}
    assert document["attachment"] == [
        {
            "type": "PropertyValue",
            "name": "Rules (English)",
            "value": "Be kind.<br>&lt;b&gt;Listen.&lt;/b&gt;",
        },
        {"type": "PropertyValue", "name": "Rules (Italiano)", "value": "Con rispetto."},
    ]
    assert [tag["name"] for tag in document["tag"]] == ["#sewing", "#work"]
    assert [language["identifier"] for language in document["language"]] == ["it", "el"]
    shown = circle.said(*describe).splitlines()
    assert {"rules (it): Con rispetto.", "about (it): Ago e filo", "name (it): Cucito"} <= set(shown)
    circle.said(*describe, "--rules", "en", "", "--name-in", "it", "", "--topics", "")
    after = circle.json(*describe)
    assert (after["rules"], after["names"], after["topics"]) == ({"it": "Con rispetto."}, {}, [])


async def _document(tx):
    return await documents.actor(tx, await actor_rows.required_local(tx, "circle"))


def test_a_wrong_description_changes_nothing(circle):
    describe = ("group", "describe", "circle")
    before = circle.json(*describe)
    for options, sentence in (
        (("--name", " "), "not empty"),
        (("--rules", "klingon", "Honour"), "code of a language"),
        (("--languages", "it xx"), "code of a language"),
        (("--topics", "a-b"), "one word"),
        (("--about", "x" * 6000), "at most 5000"),
        (("--name", "Mine", "--as", "maria"), "Only the owner"),
    ):
        assert sentence in circle.refused(*describe, *options)
    assert circle.json(*describe) == before


def test_a_person_is_suspended_and_let_in_again(circle):
    circle.said("post", "--as", "anna", "Hello")
    circle.said("group", "moderators", "circle", "--add", "maria")
    assert circle.said("person", "suspend", "anna") == "anna is suspended."
    assert circle.json("timeline", "--local") == []
    assert "disabled" in circle.refused("post", "--as", "anna", "Still here")
    assert circle.json("group", "list")[0]["owner"] == "maria"
    states = {person["name"]: person["state"] for person in circle.json("person", "list")}
    assert states == {"olga": "invited", "anna": "suspended", "maria": "invited"}
    circle.said("person", "unsuspend", "anna")
    assert len(circle.json("timeline", "--local")) == 1
    circle.said("post", "--as", "anna", "Back")
    assert circle.json("group", "list")[0]["owner"] == "maria"
    assert "not suspended" in circle.refused("person", "suspend", "circle")
    assert "only operator" in circle.refused("person", "suspend", "olga")


def test_a_person_is_deleted_with_her_log_in(circle):
    post = circle.said("post", "--as", "anna", "Hello")
    circle.said("person", "token", "anna")
    assert circle("person", "delete", "anna", given="n\n").exit_code == 1
    assert len(circle.json("timeline", "--local")) == 1
    assert circle.said("person", "delete", "anna", "--yes") == "anna is deleted."
    assert circle.json("timeline", "--local") == []
    assert [person["name"] for person in circle.json("person", "list")] == ["olga", "maria"]
    assert "no person" in circle.refused("post", "--as", "anna", "Still here")
    assert "deleted" in circle.refused("timeline", "--thread", post)
    assert circle.within(_owner) is None
    assert "taken" in circle.refused("person", "add", "anna")
    assert "only operator" in circle.refused("person", "delete", "olga", "--yes")


async def _owner(tx):
    circle = await actor_rows.required_local(tx, "circle")
    return (await group_rows.required(tx, circle)).owner_id


def test_a_profile_is_changed(circle):
    change = ("person", "profile", "maria")
    circle.said(*change, "--name", "Maria", "--about", "I _sew_", "--languages", "it ar", "--follows", "approval")
    circle.said(*change, "--field", "Town", "Bologna", "--field", "Web", "https://maria.example")
    maria = circle.within(lambda tx: actor_rows.required_local(tx, "maria"))
    assert (maria.name, maria.summary, maria.languages) == ("Maria", "<p>I <em>sew</em></p>", ["it", "ar"])
    assert [entry["name"] for entry in maria.fields] == ["Town", "Web"]
    assert 'href="https://maria.example"' in maria.fields[1]["value"]
    assert maria.locked
    assert "at most 4" in circle.refused(*change, *("--field", "a", "b") * 5)
    assert "at most 255" in circle.refused(*change, "--field", "a", "b" * 256)
    assert circle(*change).exit_code == 2
    circle.said(*change, "--alias", "anna")
    assert circle.within(lambda tx: actor_rows.required_local(tx, "maria")).also_known_as == [
        f"{circle.base}/users/anna"
    ]


def test_a_person_moves_to_an_account_that_names_her(circle):
    circle.said("follow", "--as", "olga", "anna")
    move = ("person", "move", "anna", f"maria@{circle.host}")
    assert "does not name this one" in circle.refused(*move)
    circle.said("person", "profile", "maria", "--alias", "anna")
    circle.said(*move)
    anna = circle.within(lambda tx: actor_rows.required_local(tx, "anna"))
    assert anna.moved_to == f"{circle.base}/users/maria"
    assert "does not name this one" in circle.refused("person", "move", "maria", "olga")
