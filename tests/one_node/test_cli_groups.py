"""`ordito group`: creating groups, and changing who belongs to them."""

import pytest

from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows


async def joining(tx):
    return [(actor.username, group.joining, group.visibility) for actor, group in await group_rows.all_local(tx)]


def test_a_group_is_open_and_public_unless_told_otherwise(ordito):
    ordito.said("person", "add", "anna")
    lines = ordito.said("group", "create", "welcome", "--name", "Benvenute", "--owner", "anna").splitlines()
    assert lines == [f"welcome@{ordito.host}", f"{ordito.base}/groups/welcome"]
    ordito.said("group", "create", "mentors", "--name", "Mentors", "--join", "approval", "--visibility", "public")
    assert ordito.within(joining) == [("welcome", "open", "public"), ("mentors", "approval", "public")]
    welcome, mentors = ordito.json("group", "list")
    assert (welcome["name"], welcome["owner"], welcome["members"]) == ("Benvenute", "anna", 1)
    assert (mentors["owner"], mentors["members"], mentors["state"]) == (None, 0, "active")
    assert "Benvenute" in ordito.said("group", "list").splitlines()[1]


@pytest.mark.parametrize("visibility", ["members", "hidden"])
def test_what_is_not_public_is_refused_with_the_reason(sqlite_ordito, visibility):
    create = ("group", "create", "circle", "--name", "Circle", "--visibility", visibility)
    assert "not ready yet" in sqlite_ordito.refused(*create)
    assert "cannot be open" in sqlite_ordito.refused(*create, "--join", "open")
    assert sqlite_ordito.json("group", "list") == []


def test_handles_names_and_owners_are_checked(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    for command, sentence in (
        (("anna", "--name", "Anna"), "taken"),
        (("wel come", "--name", "Welcome"), "letters"),
        (("welcome", "--name", " "), "needs a name"),
        (("welcome", "--name", "Welcome", "--owner", "maria"), "nobody here"),
    ):
        assert sentence in sqlite_ordito.refused("group", "create", *command)
    assert sqlite_ordito("group", "create", "welcome").exit_code == 2
    assert sqlite_ordito("group", "create", "welcome", "--name", "W", "--join", "never").exit_code == 2
    assert "No group yet" in sqlite_ordito.said("group", "list")


@pytest.fixture
def circle(sqlite_ordito):
    """A group on approval, of anna's, that maria has asked to join."""
    for name in ("anna", "maria", "noor"):
        sqlite_ordito.said("person", "add", name)
    sqlite_ordito.said("group", "create", "circle", "--name", "Circle", "--owner", "anna", "--join", "approval")
    assert sqlite_ordito.said("follow", "--as", "maria", f"circle@{sqlite_ordito.host}") == "requested"
    return sqlite_ordito


def states(ordito):
    return {m["handle"].partition("@")[0]: m["state"] for m in ordito.json("group", "members", "circle")}


def test_requests_are_approved_and_memberships_ended(circle):
    assert states(circle) == {"anna": "member", "maria": "waiting"}
    assert circle.said("group", "members", "circle", "--approve", "maria") == "maria is a member of circle."
    assert states(circle) == {"anna": "member", "maria": "member"}
    assert circle.said("follow", "--as", "maria", "circle") == "accepted"
    circle.said("group", "members", "circle", "--remove", f"@maria@{circle.host}")
    assert states(circle) == {"anna": "member"}
    assert "no such request" in circle.refused("group", "members", "circle", "--approve", "noor")


def test_who_is_invited_gets_in_at_once(circle):
    circle.said("group", "create", "closed", "--name", "Closed", "--owner", "anna", "--join", "invite")
    assert "by invitation" in circle.refused("follow", "--as", "noor", "closed")
    circle.said("group", "members", "closed", "--invite", "noor")
    assert circle.said("follow", "--as", "noor", "closed") == "accepted"


def test_a_ban_closes_the_group_until_it_ends_or_is_lifted(circle):
    ban = ("group", "members", "circle", "--ban", "maria", "--until", "2999-01-31", "--reason", "Insults")
    assert circle.said(*ban) == "maria is banned from circle."
    assert states(circle) == {"anna": "member", "maria": "banned until 2999-01-31"}
    group, maria = (circle.within(lambda tx, n=name: actor_rows.required_local(tx, n)) for name in ("circle", "maria"))
    assert "closed it to you" in circle.refused("follow", "--as", "maria", "circle")
    assert circle.within(lambda tx: follow_rows.between(tx, maria.id, group.id)) is None
    circle.said("group", "members", "circle", "--unban", "maria")
    assert states(circle) == {"anna": "member"}
    assert circle.said("follow", "--as", "maria", "circle") == "requested"
    assert "ends in the future" in circle.refused(
        "group", "members", "circle", "--ban", "maria", "--until", "2001-01-31"
    )
    assert states(circle) == {"anna": "member", "maria": "waiting"}


def test_moderators_are_named_and_act(circle):
    assert circle.said("group", "moderators", "circle") == f"anna@{circle.host}  (owner)"
    assert "Only moderators" in circle.refused("group", "members", "circle", "--approve", "maria", "--as", "noor")
    assert circle.said("group", "moderators", "circle", "--add", "noor") == "noor moderates circle."
    circle.said("group", "members", "circle", "--approve", "maria", "--as", "noor")
    assert [(m["handle"], m["owner"]) for m in circle.json("group", "moderators", "circle")] == [
        (f"anna@{circle.host}", True),
        (f"noor@{circle.host}", False),
    ]
    assert "owner moderates" in circle.refused("group", "moderators", "circle", "--remove", "anna")
    assert "cannot be banned" in circle.refused("group", "members", "circle", "--ban", "noor")
    circle.said("group", "moderators", "circle", "--remove", "noor")
    assert "Only moderators" in circle.refused("group", "members", "circle", "--remove", "maria", "--as", "noor")


def test_an_operator_names_the_first_moderator_of_a_group_without_any(circle):
    circle.said("person", "add", "ruth", "--role", "operator")
    circle.said("group", "create", "bare", "--name", "Bare")
    add = ("group", "moderators", "bare", "--add")
    assert "Only moderators" in circle.refused(*add, "noor", "--as", "noor")
    assert circle.said(*add, "noor", "--as", "ruth") == "noor moderates bare."
    assert "Only moderators" in circle.refused(*add, "maria", "--as", "ruth")
    assert circle.said(*add, "maria", "--as", "noor") == "maria moderates bare."
    assert "Only moderators" in circle.refused("group", "moderators", "circle", "--add", "noor", "--as", "ruth")


def test_wrong_use_is_told_from_a_refusal(circle):
    members = ("group", "members", "circle")
    assert circle(*members, "--approve", "maria", "--remove", "maria").exit_code == 2
    assert circle(*members, "--approve", "maria", "--reason", "kind").exit_code == 2
    wrong = circle(*members, "--ban", "maria", "--until", "tomorrow")
    assert (wrong.exit_code, "A day is written as 2030-01-31." in wrong.stderr) == (2, True)
    assert "is a person" in circle.refused("group", "members", "anna")
    assert "no account" in circle.refused("group", "members", "nowhere")
    circle.said("group", "create", "orphan", "--name", "Orphan")
    assert "hand-over orphan NAME --as OPERATOR" in circle.refused("group", "moderators", "orphan", "--add", "noor")
    assert "no owner" in circle.refused("group", "members", "orphan", "--invite", "noor")
    assert circle.said("group", "members", "orphan") == "Nobody yet."


def test_a_name_of_a_group_is_as_long_as_one_of_a_profile(sqlite_ordito):
    sentence = sqlite_ordito.refused("group", "create", "sewing", "--name", "x" * 101)
    assert sentence == "A name has at most 100 characters."
    assert sqlite_ordito.said("group", "create", "sewing", "--name", "x" * 100)
