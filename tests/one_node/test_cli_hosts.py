"""`ordito host`: what a block ends, and that a running server heeds it."""

import time
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest

from federation.identifiers import key_id
from federation.keys import generate_ed25519_key
from federation.signatures import Scheme, sign
from node.queries import actors as actor_rows

PATIENCE = 10.0


def test_hosts_are_blocked_listed_and_unblocked(sqlite_ordito):
    ordito = sqlite_ordito
    assert ordito.said("host", "list") == "No server is blocked."
    assert ordito.said("host", "block", "https://Bad.Example/about") == (
        "https://Bad.Example/about is blocked. Followings that ended: 0."
    )
    ordito.said("host", "block", "bad.example")
    [entry] = ordito.json("host", "list")
    assert entry["host"] == "bad.example"
    assert "bad.example" in ordito.said("host", "list")
    for host in ("bad.example", "sub.bad.example", "bad.example:8443"):
        assert ordito.within(lambda tx, host=host: actor_rows.host_blocked(tx, host)), host
    for host in ("notbad.example", "example", "bad.example.org"):
        assert not ordito.within(lambda tx, host=host: actor_rows.host_blocked(tx, host)), host
    assert ordito.said("host", "unblock", "bad.example") == "bad.example is not blocked."
    assert ordito.json("host", "list") == []
    assert "not on the list" in ordito.refused("host", "unblock", "bad.example")


def test_wrong_names_are_refused(sqlite_ordito):
    for name, sentence in (
        ("*.bad.example", "all below it"),
        ("anna@bad.example", "all below it"),
        ("bad example", "characters"),
        (sqlite_ordito.host, "this node itself"),
        ("localhost", "this node itself"),
    ):
        assert sentence in sqlite_ordito.refused("host", "block", name), name
    assert sqlite_ordito.json("host", "list") == []


def status(ordito, host, key=generate_ed25519_key()):  # noqa: B008  # one key is as good as another: it is not fetched
    """What the front page answers to somebody of a host, by the key that she names."""
    where, named = f"{ordito.base}/", key_id(f"https://{host}/users/eve#main-key")
    now = datetime.now(UTC)
    headers = sign(Scheme.RFC9421, method="GET", url=where, body=None, key=key, key_id=named, now=now)
    connection = HTTPConnection(ordito.host, timeout=PATIENCE)
    try:
        connection.request("GET", "/", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.both_databases
def test_a_running_server_heeds_a_block_at_once_and_logs_it(ordito):
    with ordito.serving():
        assert status(ordito, "bad.example") == 200
        ordito.said("host", "block", "bad.example")
        assert heeds(ordito, "sub.bad.example", 403)
        assert status(ordito, "good.example") == 200
        ordito.said("host", "unblock", "bad.example")
        assert heeds(ordito, "bad.example", 200)
    log = ordito.folder.with_name(f"{ordito.folder.name}.log").read_text()
    assert [line.count("bad.example") for line in log.splitlines() if "blocks.changed" in line] == [1, 1]


def heeds(ordito, reader, answer):
    """Within a moment: a server learns what a command did some 200 ms later."""
    deadline = time.monotonic() + PATIENCE
    while status(ordito, reader) != answer:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
