"""The commands beside real servers: two nodes on loopback, driven from the terminal alone."""

import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.commands import Ordito, free_port
from tests.postgres import MISSING, Server

PATIENCE = 30.0


def until(look: Callable[[], bool]) -> None:
    """Looks again and again, each look a command of its own, until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline, "it does not come to be"


@pytest.fixture
def italy(tmp_path):
    return Ordito(tmp_path / "italy", free_port())


@pytest.fixture
def greece(tmp_path, italy):
    found = Ordito(tmp_path / "greece", free_port())
    for node in (italy, found):
        node.settings["ORDITO_ALLOW_HOSTS"] = f"{italy.host},{found.host}"
    return found


def texts(node, *options):
    return [entry["text"] for entry in node.json("timeline", *options)]


def check_inspections(italy, greece, opener, answer):
    """Each node tells whose the other's post, thread and group are."""
    seen = italy.json("inspect", opener)
    assert (seen["type"], seen["author_handle"], seen["visibility"], seen["language"], seen["text"]) == (
        "Note",
        f"eleni@{greece.host}",
        "public",
        "el",
        "Γεια σας",
    )
    assert seen["group"] == f"{italy.base}/groups/welcome"
    thread = italy.json("inspect", opener.replace("/posts/", "/contexts/"))
    assert (thread["type"], thread["total"], thread["items"]) == ("OrderedCollection", 2, [opener, answer])
    group = greece.json("inspect", f"welcome@{italy.host}")
    assert (group["type"], group["id"], group["handle_confirmed"]) == (
        "Group",
        f"{italy.base}/groups/welcome",
        True,
    )


def test_one_conversation_on_two_nodes(italy, greece):
    with italy.serving() as lines, greece.serving():
        assert lines[0] == f"Ordito listens on 127.0.0.1:{italy.port} as {italy.base}"
        assert any(re.fullmatch(r"\s+" + re.escape(italy.base) + r"/sign-in/[\w-]{43}", line) for line in lines)
        italy.said("person", "add", "anna", "--follows", "open")
        italy.said("group", "create", "welcome", "--name", "Benvenute", "--owner", "anna")
        greece.said("person", "add", "eleni")

        assert greece.said("follow", "--as", "eleni", f"welcome@{italy.host}") == "requested"
        until(lambda: greece.said("follow", "--as", "eleni", f"welcome@{italy.host}") == "accepted")

        opener = greece.said(
            "post", "--as", "eleni", "--group", f"welcome@{italy.host}", "--language", "el", "Γεια σας"
        )
        until(lambda: texts(italy, "--group", "welcome") == ["Γεια σας"])
        answer = italy.said("post", "--as", "anna", "--reply-to", opener, f"Ciao @eleni@{greece.host}")
        until(lambda: len(texts(greece, "--thread", opener)) == 2)
        assert [entry["uri"] for entry in greece.json("timeline", "--thread", opener)] == [opener, answer]
        check_inspections(italy, greece, opener, answer)
        assert "Benvenute" in greece.said("inspect", f"@welcome@{italy.host}")
        assert [m["handle"] for m in italy.json("group", "members", "welcome")] == [
            f"anna@{italy.host}",
            f"eleni@{greece.host}",
        ]


def test_a_post_of_somewhere_else_is_fetched_to_be_answered(italy, greece):
    with italy.serving(), greece.serving():
        italy.said("person", "add", "anna")
        greece.said("person", "add", "eleni")
        opener = italy.said("post", "--as", "anna", "Chi mi legge?")
        answer = greece.said("post", "--as", "eleni", "--reply-to", opener, "Εγώ")
        assert texts(greece, "--thread", answer) == ["Chi mi legge?", "Εγώ"]
        italy.said("person", "add", "giulia")
        secret = italy.said("post", "--as", "anna", "--visibility", "direct", "Per @giulia")
        assert "cannot be" in greece.refused("post", "--as", "eleni", "--reply-to", secret, "Τι;")


def test_the_doctor_finds_a_served_node_right(italy):
    with italy.serving():
        checks = {check["name"]: check["state"] for check in italy.json("doctor")}
        assert checks.pop("clock") in {"ok", "note"}
        assert checks == {
            "settings": "note",
            "storage": "ok",
            "dns": "note",
            "database": "ok",
            "keys": "ok",
            "media": "ok",
            "tls": "note",
            "proxy": "ok",
            "webfinger": "ok",
        }


def test_a_port_that_is_taken_is_one_sentence(italy):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", italy.port))
        taken.listen()
        result = italy.process("serve")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1].startswith(f"Error: 127.0.0.1:{italy.port} cannot be listened on")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("many", [(), ("--processes", "2")])
def test_a_first_start_that_cannot_listen_settles_no_address(italy, on_postgresql, many):
    node = on_postgresql if many else italy
    elsewhere = f"127.0.0.1:{free_port()}"
    node.settings["ORDITO_BASE_URL"] = ""  # as a newcomer has it: the port makes the address
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", node.port))
        taken.listen()
        assert "or set ORDITO_LISTEN" in node.refused("serve", *many)
    assert "has no address" in Ordito(node.folder, 1, {"ORDITO_LISTEN": "nowhere.invalid:1"}).refused("serve")
    node.settings["ORDITO_LISTEN"] = elsewhere
    with node.serving(*many) as lines:
        assert lines[0].startswith(f"Ordito listens on {elsewhere} as")
        socket.create_connection(tuple(elsewhere.split(":")), PATIENCE).close()  # it does already
    node.settings["ORDITO_LISTEN"] = f"127.0.0.1:{free_port()}"
    assert "another ORDITO_DATA_DIR" in node.refused("serve", *many)


def test_the_doctor_says_what_is_wrong_and_what_to_do(italy):
    result = italy("doctor")
    assert result.exit_code == 1
    assert "wrong  storage" in result.stdout
    italy.said("init", "--yes")
    italy.folder.chmod(0o755)
    result = italy("doctor")
    assert result.exit_code == 1
    assert f"chmod 700 {italy.folder}" in result.stdout
    assert "Start `ordito serve`" in result.stdout
    italy.folder.chmod(0o700)
    (italy.folder / "secret").chmod(0o644)
    assert "readable by others" in italy("doctor").stdout
    assert "Traceback" not in italy("doctor").output


def test_what_cannot_be_delivered_is_told_and_tried_again(italy, greece):
    with italy.serving():
        italy.said("person", "add", "anna")
        with greece.serving():
            greece.said("person", "add", "eleni", "--follows", "open")
            italy.said("follow", "--as", "anna", f"eleni@{greece.host}")
            until(lambda: italy.said("follow", "--as", "anna", f"eleni@{greece.host}") == "accepted")
        italy.said("post", "--as", "anna", f"Ciao @eleni@{greece.host}")
        until(lambda: [lane for lane in italy.json("queue")["deliveries"] if lane["reason"]] != [])
        lane = italy.json("queue")["deliveries"][0]
        assert lane["host"] == greece.host
        assert min(lane["waiting"], lane["attempts"]) >= 1
        assert greece.host in italy.said("queue")
        with greece.serving():
            assert "Nothing waits for other.example" in italy.refused("queue", "--retry", "other.example")
            italy.said("queue", "--retry", greece.host)
            until(lambda: italy.json("queue")["deliveries"] == [])
            assert texts(greece, "--as", "eleni", "--thread", italy.json("timeline")[0]["uri"]) != []


@pytest.fixture
async def on_postgresql(tmp_path: Path, postgres_server: Server | None) -> AsyncIterator[Ordito]:
    if postgres_server is None:
        pytest.skip(MISSING)
    async with postgres_server.database() as url:
        yield Ordito(tmp_path / "data", free_port(), {"ORDITO_DATABASE_URL": url})


@pytest.mark.parametrize("options", [("--processes", "2"), ("--role", "web")])
def test_several_processes_and_roles_share_the_work_on_postgresql(on_postgresql, options):
    with on_postgresql.serving(*options) as lines:
        assert lines[0].startswith("Ordito listens on")
        assert len([line for line in lines if "/sign-in/" in line]) == 1
        until(lambda: on_postgresql("doctor").exit_code == 0)


def test_a_worker_alone_says_what_it_does(on_postgresql):
    with on_postgresql.serving("--role", "worker") as lines:
        assert lines[0] == f"Ordito does the work behind {on_postgresql.base}"
        assert "Start `ordito serve`" in on_postgresql("doctor").stdout


def test_what_cannot_be_read_is_one_sentence(italy):
    for target in (f"nobody@localhost:{free_port()}", "https://127.0.0.1/x", "not a handle", "nobody"):
        assert italy.refused("inspect", target).startswith((f"{target} cannot be read", "There is no account"))
    own = f"{italy.base}/contexts/1"
    assert italy.refused("inspect", own) == "Of this node itself only people, groups and posts can be inspected."
