"""`ordito person`: accounts, their links, passwords and tokens."""

import asyncio
import re
from datetime import timedelta

import pytest

from node.errors import Forbidden
from node.queries import actors as actor_rows, users as user_rows
from node.services import passwords
from node.services.tokens import token_hash
from node.services.users import required, standing


def test_a_person_without_a_password_gets_a_link_that_works_once(ordito):
    handle, link = ordito.said("person", "add", "anna").splitlines()
    assert handle == f"anna@{ordito.host}"
    assert re.fullmatch(re.escape(ordito.base) + r"/sign-in/[\w-]{43}", link)
    token = link.rpartition("/")[2]
    stored = token_hash(token)
    assert ordito.within(lambda tx: user_rows.use_link(tx, token_hash(token + "x"))) is None
    assert ordito.within(lambda tx: user_rows.use_link(tx, stored)) is not None
    assert ordito.within(lambda tx: user_rows.use_link(tx, stored)) is None


@pytest.mark.parametrize(("hours", "works"), [(23, True), (25, False)])
def test_a_link_is_good_for_a_day(sqlite_ordito, hours, works):
    link = sqlite_ordito.said("person", "add", "anna").splitlines()[1]
    stored = token_hash(link.rpartition("/")[2])
    found = sqlite_ordito.within(lambda tx: user_rows.use_link(tx, stored), later=timedelta(hours=hours))
    assert (found is not None) is works


@pytest.mark.parametrize(
    ("arguments", "given"), [(("--password", "correct horse"), None), (("--password-stdin",), "correct horse\n")]
)
def test_a_password_is_kept_as_argon2id_and_no_link_is_made(sqlite_ordito, arguments, given):
    assert sqlite_ordito.said("person", "add", "anna", *arguments, given=given) == f"anna@{sqlite_ordito.host}"
    user, _ = sqlite_ordito.within(lambda tx: required(tx, "anna"))
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert asyncio.run(passwords.matches("correct horse", user.password_hash))
    assert not asyncio.run(passwords.matches("correct horse ", user.password_hash))
    assert not asyncio.run(passwords.matches("nobody's password", None))


def test_what_no_password_may_be_is_refused(sqlite_ordito):
    assert "at least 8" in sqlite_ordito.refused("person", "add", "anna", "--password", "1234567")
    assert "at least 8" in sqlite_ordito.refused("person", "add", "anna", "--password-stdin", given="\n")
    assert sqlite_ordito("person", "add", "anna", "--password", "12345678", "--password-stdin").exit_code == 2
    assert sqlite_ordito.said("person", "add", "anna", "--password", "12345678")


def test_followers_are_approved_unless_told_otherwise(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    sqlite_ordito.said("person", "add", "maria", "--follows", "open")
    assert sqlite_ordito.within(lambda tx: actor_rows.required_local(tx, "anna")).locked
    assert not sqlite_ordito.within(lambda tx: actor_rows.required_local(tx, "maria")).locked


def test_a_name_an_address_and_a_role_are_checked(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna", "--email", "Anna@ngo.example")
    sqlite_ordito.said("group", "create", "welcome", "--name", "Welcome")
    assert "taken" in sqlite_ordito.refused("person", "add", "ANNA")
    assert "taken" in sqlite_ordito.refused("person", "add", "welcome")
    assert "taken" in sqlite_ordito.refused("person", "add", "node")
    assert "e-mail" in sqlite_ordito.refused("person", "add", "maria", "--email", "anna@ngo.example")
    assert "name@host" in sqlite_ordito.refused("person", "add", "maria", "--email", "maria")
    assert "letters" in sqlite_ordito.refused("person", "add", "maria rossi")
    assert sqlite_ordito("person", "add", "maria", "--role", "queen").exit_code == 2
    assert sqlite_ordito.said("person", "add", "maria", "--email", "maria@ngo.example", "--role", "facilitator")


def test_the_list_tells_roles_and_states(ordito):
    ordito.said("person", "add", "anna", "--role", "operator")
    ordito.said("person", "add", "maria")
    ordito.said("person", "disable", "maria")
    assert [(p["name"], p["role"], p["state"]) for p in ordito.json("person", "list")] == [
        ("anna", "operator", "invited"),
        ("maria", "member", "disabled"),
    ]
    heading, anna, maria = ordito.said("person", "list").splitlines()
    assert heading.split()[:3] == ["NAME", "ROLE", "STATE"]
    assert anna.split()[:3] == ["anna", "operator", "invited"]
    assert maria.split()[:3] == ["maria", "member", "disabled"]


def test_an_empty_node_says_how_to_begin(sqlite_ordito):
    assert "ordito person add" in sqlite_ordito.said("person", "list")
    assert sqlite_ordito.json("person", "list") == []


def test_a_token_is_printed_alone_and_kept_as_a_hash(ordito):
    ordito.said("person", "add", "anna")
    token = ordito.said("person", "token", "Anna")
    assert re.fullmatch(r"[\w-]{43}", token)
    _, actor, row = ordito.within(lambda tx: user_rows.by_token(tx, token_hash(token), "api"))
    assert (actor.username, row.scopes, row.expires_at) == ("anna", "read write follow push", None)
    assert row.hash != token
    narrow = ordito.said("person", "token", "anna", "--scopes", "read:statuses  push")
    assert ordito.within(lambda tx: user_rows.by_token(tx, token_hash(narrow), "api"))[2].scopes == "read:statuses push"


@pytest.mark.parametrize("scopes", ["admin", "read everything", "", "read:"])
def test_scopes_that_do_not_exist_are_refused(sqlite_ordito, scopes):
    sqlite_ordito.said("person", "add", "anna")
    assert "Scopes are" in sqlite_ordito.refused("person", "token", "anna", "--scopes", scopes)


def test_the_groups_of_a_disabled_account_go_to_others(ordito):
    for name in ("anna", "maria"):
        ordito.said("person", "add", name)
    for group in ("bare", "garden"):
        ordito.said("group", "create", group, "--name", group, "--owner", "anna")
    ordito.said("group", "moderators", "garden", "--add", "maria")
    assert ordito.said("person", "disable", "anna").splitlines() == [
        "anna is disabled.",
        "The group bare has no owner: `ordito group hand-over bare NAME --as OPERATOR` gives it one.",
        "The group garden is maria's now.",
    ]
    assert [entry["owner"] for entry in ordito.json("group", "list")] == [None, "maria"]
    assert ordito.json("group", "moderators", "bare") == []
    assert ordito.said("person", "disable", "anna", "--undo") == "anna is enabled."
    assert [entry["owner"] for entry in ordito.json("group", "list")] == [None, "maria"]


def test_a_disabled_account_is_closed_at_once_and_can_be_opened_again(ordito):
    ordito.said("person", "add", "anna")
    stored = token_hash(ordito.said("person", "token", "anna"))
    link = token_hash(ordito.said("person", "link", "anna").rpartition("/")[2])
    assert ordito.within(lambda tx: user_rows.by_token(tx, stored, "api")) is not None
    assert ordito.said("person", "disable", "anna") == "anna is disabled."
    assert ordito.within(lambda tx: user_rows.by_token(tx, stored, "api")) is None
    assert ordito.within(lambda tx: user_rows.use_link(tx, link)) is None
    for command in ("token", "link"):
        assert "disabled" in ordito.refused("person", command, "anna")
    assert "disabled" in ordito.refused("post", "--as", "anna", "Hello")
    with pytest.raises(Forbidden):
        ordito.within(lambda tx: standing(tx, "anna"))
    assert ordito.said("person", "disable", "anna", "--undo") == "anna is enabled."
    assert ordito.said("person", "link", "anna").startswith(f"{ordito.base}/sign-in/")


def test_the_last_operator_stays(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna", "--role", "operator")
    assert "only operator" in sqlite_ordito.refused("person", "disable", "anna")
    sqlite_ordito.said("person", "add", "maria", "--role", "operator")
    assert sqlite_ordito.said("person", "disable", "anna") == "anna is disabled."


def test_an_unknown_person_is_one_sentence(sqlite_ordito):
    sqlite_ordito.said("group", "create", "welcome", "--name", "Welcome")
    for command in ("token", "link", "disable"):
        assert "nobody here with the name maria" in sqlite_ordito.refused("person", command, "maria")
        assert "no person" in sqlite_ordito.refused("person", command, "welcome")


def test_a_real_process_keeps_to_its_streams(sqlite_ordito):
    added = sqlite_ordito.process("person", "add", "anna", "--password-stdin", given="a long password\n")
    assert (added.returncode, added.stdout, added.stderr) == (0, f"anna@{sqlite_ordito.host}\n", "")
    token = sqlite_ordito.process("person", "token", "anna")
    assert (token.returncode, token.stderr) == (0, "")
    assert re.fullmatch(r"[\w-]{43}\n", token.stdout)
    again = sqlite_ordito.process("person", "add", "anna")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("Error: The name anna is taken")
    assert "Traceback" not in again.stderr
    assert sqlite_ordito.process("person", "add").returncode == 2


def test_an_address_of_mail_has_no_control_characters(sqlite_ordito):
    assert "e-mail" in sqlite_ordito.refused("person", "add", "anna", "--email", "an\x07na@ngo.example")
    assert sqlite_ordito.said("person", "add", "anna", "--email", "anna@ngo.example")


def test_who_has_signed_up_is_let_in(ordito):
    ordito.said("person", "add", "anna")

    async def wait(tx):
        user, actor = await required(tx, "anna")
        await user_rows.change(tx, user, pending_since=tx.now, request="I come to the sewing group.")
        await actor_rows.change(tx, actor, suspended_at=tx.now)

    ordito.within(wait)
    [waiting] = ordito.json("person", "list")
    assert (waiting["state"], waiting["request"]) == ("waiting", "I come to the sewing group.")
    for command in ("link", "token"):
        assert "waits to be let in" in ordito.refused("person", command, "anna")
    assert ordito.said("person", "approve", "anna") == "anna is let in."
    assert ordito.json("person", "list")[0]["state"] == "invited"
    assert ordito.within(lambda tx: actor_rows.required_local(tx, "anna")).suspended_at is None
    assert "does not wait" in ordito.refused("person", "approve", "anna")
