"""`ordito thread`, `edit`, `delete`, `block` and `report`: what happens to posts and between people."""

import pytest

from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    groups as group_rows,
    moderation,
    posts as post_rows,
)
from node.services import reports


@pytest.fixture
def village(sqlite_ordito):
    """anna's open group, with maria and noor in it."""
    ordito = sqlite_ordito
    for name in ("anna", "maria", "noor"):
        ordito.said("person", "add", name, "--follows", "open")
    ordito.said("group", "create", "welcome", "--name", "Benvenute", "--owner", "anna")
    for name in ("maria", "noor"):
        ordito.said("follow", "--as", name, f"welcome@{ordito.host}")
    return ordito


@pytest.fixture
def thread(village):
    """The address of a thread by maria."""
    return village.said("post", "--as", "maria", "--group", "welcome", "Buongiorno a tutte")


def texts(ordito, *options):
    return [entry["text"] for entry in ordito.json("timeline", *options)]


def test_a_moderator_removes_and_restores(village, thread):
    remove = ("thread", "remove", thread, "--reason", "Advertising", "--as")
    assert "Only moderators" in village.refused(*remove, "noor")
    assert texts(village, "--group", "welcome") == ["Buongiorno a tutte"]
    assert village.said(*remove, "anna") == "The post is removed from the group."
    assert texts(village, "--group", "welcome") == []
    assert texts(village, "--as", "maria", "--thread", thread) == ["Buongiorno a tutte"]
    assert "removed from the group" in village.said("timeline", "--as", "maria", "--thread", thread)
    assert village.json("timeline", "--as", "maria", "--thread", thread)[0]["removed"] is True
    assert "you may not see it" in village.refused("thread", "restore", thread, "--as", "noor")
    assert village.said("thread", "restore", thread, "--as", "anna") == "The post is back in the group."
    assert texts(village, "--group", "welcome") == ["Buongiorno a tutte"]


def test_a_moderator_locks_and_pins(village, thread):
    answer = ("post", "--as", "maria", "--reply-to", thread, "Ciao")
    assert "Only moderators" in village.refused("thread", "lock", thread, "--as", "noor")
    village.said("thread", "lock", thread, "--as", "anna")
    assert "locked" in village.refused(*answer)
    village.said("thread", "unlock", thread, "--as", "anna")
    village.said(*answer)
    group = village.within(lambda tx: actor_rows.required_local(tx, "welcome"))
    for command, pins in (("pin", 1), ("unpin", 0)):
        assert "Only moderators" in village.refused("thread", command, thread, "--as", "noor")
        village.said("thread", command, thread, "--as", "anna")
        assert len(village.within(lambda tx: group_rows.pinned(tx, group.id))) == pins


def test_what_is_in_no_group_is_not_moderated(village):
    own = village.said("post", "--as", "anna", "Mine")
    assert "in no group" in village.refused("thread", "remove", own, "--as", "anna")
    secret = village.said("post", "--as", "maria", "--visibility", "direct", "Only @noor")
    assert "you may not see it" in village.refused("thread", "remove", secret, "--as", "anna")
    assert "no post at" in village.refused("thread", "lock", f"{village.base}/posts/1", "--as", "anna")
    assert village("thread", "lock", own).exit_code == 2


def test_an_author_edits_her_post(village):
    url = village.said("post", "--as", "maria", "--title", "Ciao", "--language", "it", "Buongiorno")
    assert "Only its author" in village.refused("edit", url, "--as", "anna", "Mine now")
    assert village.said("edit", url, "--as", "maria", "-", given="Buonasera #saluti") == url
    [entry] = village.json("timeline", "--local")
    assert (entry["text"], entry["title"], entry["language"]) == ("Buonasera #saluti", "Ciao", "it")
    village.said("edit", url, "--as", "maria", "--title", "", "--language", "de", "Guten Abend")
    [entry] = village.json("timeline", "--local")
    assert (entry["text"], entry["title"], entry["language"]) == ("Guten Abend", "", "de")
    kept = village.within(lambda tx: post_rows.edits(tx, int(url.rpartition("/")[2])))
    assert [(edit.name, edit.content.count("saluti")) for edit in kept] == [("Ciao", 0), ("Ciao", 2)]
    assert kept[0].content == "<p>Buongiorno</p>"
    assert "needs some text" in village.refused("edit", url, "--as", "maria", " ")


def test_an_author_deletes_her_post(village, thread):
    assert "Only its author" in village.refused("delete", thread, "--as", "anna")
    assert village.said("delete", thread, "--as", "maria") == "The post is deleted."
    assert texts(village, "--local") == []
    assert "deleted" in village.refused("delete", thread, "--as", "maria")
    assert "deleted by its author" in village.refused("thread", "restore", thread, "--as", "anna")


def test_a_block_ends_what_was_between_two_people(village):
    village.said("follow", "--as", "noor", "maria")
    village.said("post", "--as", "maria", "Hello")
    assert texts(village, "--as", "noor") == ["Hello"]
    assert village.said("block", f"@noor@{village.host}", "--as", "maria").startswith("maria hears no more of")
    assert texts(village, "--as", "noor") == []
    assert "not there" in village.refused("follow", "--as", "noor", "maria")
    assert "block yourself" in village.refused("block", "maria", "--as", "maria")
    village.said("unblock", "noor", "--as", "maria")
    maria, noor = (village.within(lambda tx, n=name: actor_rows.required_local(tx, n)) for name in ("maria", "noor"))
    assert village.within(lambda tx: follow_rows.between(tx, noor.id, maria.id)) is None
    assert village.said("follow", "--as", "noor", "maria") == "accepted"


def test_reports_are_filed_read_and_closed(village, thread):
    assert village.said("report", "list") == "No report is open."
    file = ("report", "file", "maria", "--as", "noor")
    village.said(*file, "--post", thread, "Advertising \x1b[2J")
    [entry] = village.json("report", "list")
    assert entry["account"] == f"maria@{village.host}"
    assert entry["group"] == f"welcome@{village.host}"
    assert entry["posts"] == [thread]
    assert entry["from_host"] == village.host
    shown = village.said("report", "list")
    assert "Advertising" in shown
    assert "\x1b" not in shown
    assert "noor" not in shown + str(entry)
    assert village.said("report", "close", entry["id"]) == f"Report {entry['id']} is closed."
    assert village.json("report", "list") == []
    assert "no open report" in village.refused("report", "close", entry["id"])


def test_a_report_is_about_one_account(village, thread):
    file = ("report", "file", "anna", "--as", "noor", "--post", thread, "Spam")
    assert "posts of its own" in village.refused(*file)
    assert village.within(moderation.open_reports) == []
    assert "needs some words" in village.refused("report", "file", "anna", "--as", "noor", " ")
    village.said("report", "file", "anna", "--as", "noor", "x" * 9000)
    assert len(village.json("report", "list")[0]["text"]) == reports.LONGEST
