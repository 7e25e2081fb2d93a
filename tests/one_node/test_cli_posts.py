"""`ordito post`, `follow` and `timeline`: the main job, seen from a terminal."""

import re

import pytest

from node.queries import posts as post_rows

pytestmark = pytest.mark.both_databases


@pytest.fixture
def village(ordito):
    """anna's open group, and maria who is in it."""
    ordito.said("person", "add", "anna")
    ordito.said("person", "add", "maria", "--follows", "open")
    ordito.said("group", "create", "welcome", "--name", "Benvenute", "--owner", "anna")
    assert ordito.said("follow", "--as", "maria", f"welcome@{ordito.host}") == "accepted"
    return ordito


def texts(ordito, *options):
    return [entry["text"] for entry in ordito.json("timeline", *options)]


def test_a_thread_is_written_answered_and_read(village):
    opener = village.said("post", "--as", "anna", "--group", "welcome", "--language", "it", "Buongiorno a tutte")
    assert re.fullmatch(re.escape(village.base) + r"/posts/\d+", opener)
    answer = village.said("post", "--as", "maria", "--reply-to", opener, "-", given="Καλημέρα @anna\n")
    thread = village.json("timeline", "--thread", answer)
    assert [(entry["uri"], entry["author"], entry["in_reply_to"]) for entry in thread] == [
        (opener, f"anna@{village.host}", None),
        (answer, f"maria@{village.host}", opener),
    ]
    assert (thread[0]["language"], thread[0]["group"]) == ("it", f"welcome@{village.host}")
    assert texts(village, "--group", f"welcome@{village.host}") == ["Buongiorno a tutte"]
    assert texts(village, "--as", "maria") == ["Καλημέρα @anna", "Buongiorno a tutte"]
    assert texts(village, "--local") == ["Καλημέρα @anna", "Buongiorno a tutte"]
    shown = village.said("timeline", "--thread", opener)
    assert shown.index("Buongiorno a tutte") < shown.index("Καλημέρα @anna")
    assert f"answers {opener}" in shown
    mentioned = village.within(lambda tx: post_rows.mentioned(tx, int(answer.rpartition("/")[2])))
    assert [actor.username for actor in mentioned] == ["anna"]


def test_what_is_written_to_her_stands_in_her_list(village):
    village.said("post", "--as", "anna", "Before")
    village.said("post", "--as", "maria", "--visibility", "direct", "--group", "welcome", "Help")
    village.said("post", "--as", "anna", "After")
    assert texts(village, "--as", "anna") == ["After", "Help", "Before"]
    assert "direct" in village.said("timeline", "--as", "anna")
    village.said("person", "add", "noor")
    assert texts(village, "--as", "noor") == []


def test_visibility_is_kept(village):
    for visibility in ("public", "unlisted", "followers", "direct"):
        village.said("post", "--as", "maria", "--visibility", visibility, f"{visibility} @anna")
    assert village.said("follow", "--as", "anna", f"maria@{village.host}") == "accepted"
    assert texts(village) == ["public @anna"]
    assert {entry["visibility"] for entry in village.json("timeline", "--as", "anna")} == {
        "public",
        "unlisted",
        "followers",
        "direct",
    }


def test_what_is_not_visible_is_not_there(village):
    village.said("person", "add", "noor")
    secret = village.said("post", "--as", "maria", "--visibility", "direct", "Only for @noor")
    assert texts(village, "--as", "maria", "--thread", secret) == ["Only for @noor"]
    for command in (
        ("timeline", "--thread", secret),
        ("timeline", "--as", "anna", "--thread", secret),
        ("post", "--as", "anna", "--reply-to", secret, "What?"),
        ("inspect", secret),
    ):
        assert "you may not see it" in village.refused(*command)


def test_a_direct_post_names_somebody(village):
    direct = ("post", "--as", "maria", "--visibility", "direct")
    for nobody in ("Help", "Help @maria", "Help @nobody"):
        assert "name somebody in it, as @name@host" in village.refused(*direct, nobody)
    asked = village.said(*direct, "Help @anna")
    assert village.said(*direct, "--group", "welcome", "Help")
    assert village.said("post", "--as", "anna", "--visibility", "direct", "--reply-to", asked, "With what?")
    assert "name somebody in it" in village.refused("post", "--as", "maria", "--reply-to", asked, "Nobody?")
    assert texts(village, "--as", "maria") == ["With what?", "Help", "Help @anna"]


def test_a_post_that_a_group_would_widen_is_refused(village):
    post = ("post", "--as", "anna", "--group", "welcome", "--visibility")
    assert "Choose public or unlisted" in village.refused(*post, "followers", "Psst")
    assert village.said(*post, "unlisted", "Hello")
    assert texts(village, "--group", "welcome") == ["Hello"]


def test_who_follows_whom_is_told(village):
    assert village.said("follow", "--as", "maria", f"anna@{village.host}") == "requested"
    assert village.said("follow", "--as", "anna", f"maria@{village.host}") == "accepted"
    assert "follow yourself" in village.refused("follow", "--as", "anna", f"anna@{village.host}")
    assert "no account" in village.refused("follow", "--as", "anna", f"nobody@{village.host}")


def test_mistakes_are_one_sentence(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    post = ("post", "--as", "anna")
    assert "nobody here" in sqlite_ordito.refused("post", "--as", "maria", "Hello")
    assert "needs some text" in sqlite_ordito.refused(*post, "  ")
    assert "is a person" in sqlite_ordito.refused(*post, "--group", "anna", "Hello")
    assert "no account" in sqlite_ordito.refused(*post, "--group", "nowhere", "Hello")
    assert "no post at" in sqlite_ordito.refused(*post, "--reply-to", f"{sqlite_ordito.base}/posts/1", "Hello")
    assert "not the address of a post" in sqlite_ordito.refused(*post, "--reply-to", "posts/1", "Hello")
    assert "cannot be reached" in sqlite_ordito.refused(*post, "--group", "welcome@localhost:1", "Hello")
    assert sqlite_ordito(*post).exit_code == 2
    assert sqlite_ordito(*post, "--visibility", "secret", "Hello").exit_code == 2
    assert sqlite_ordito("timeline", "--local", "--group", "welcome").exit_code == 2
    assert sqlite_ordito.said("timeline") == "Nothing here yet."


def test_lists_are_paged(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    for number in range(3):
        sqlite_ordito.said("post", "--as", "anna", f"Post {number}")
    newest = sqlite_ordito.json("timeline", "--limit", "2")
    assert [entry["text"] for entry in newest] == ["Post 2", "Post 1"]
    assert texts(sqlite_ordito, "--before", newest[-1]["id"]) == ["Post 0"]


def test_a_terminal_is_not_taken_over(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    sqlite_ordito.said("post", "--as", "anna", "before \x1b[2J\x07after \u202egnp.exe")
    shown = sqlite_ordito.said("timeline")
    assert "before" in shown
    assert "after" in shown
    assert not set(shown) & set("\x1b\x07\u202e")


def test_a_real_process_prints_the_address_alone(sqlite_ordito):
    assert sqlite_ordito.process("person", "add", "anna").returncode == 0
    posted = sqlite_ordito.process("post", "--as", "anna", "-", given="Καλημέρα")
    assert (posted.returncode, posted.stderr) == (0, "")
    assert re.fullmatch(re.escape(sqlite_ordito.base) + r"/posts/\d+\n", posted.stdout)
    read = sqlite_ordito.process("timeline")
    assert "Καλημέρα" in read.stdout
    assert "\x1b" not in read.stdout
    refused = sqlite_ordito.process("post", "--as", "maria", "Hello")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: There is nobody here with the name maria.\n"


def test_a_post_is_in_a_language_that_there_is(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    assert "code of a language" in sqlite_ordito.refused("post", "--as", "anna", "--language", "xx-bogus", "Ciao")
    assert sqlite_ordito.said("post", "--as", "anna", "--language", "pt-BR", "Olá")
