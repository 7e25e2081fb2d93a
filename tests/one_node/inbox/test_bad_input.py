"""What bad activities get: an answer that names what is wrong, one line in the log, and nothing else."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from multidict import CIMultiDict
from sqlalchemy import func, select
from structlog.testing import capture_logs

from federation.identifiers import key_id
from federation.signatures import Scheme, content_digest_header, digest_header, sign
from node.database import Transaction
from node.database.tables import InboxItem, Post
from node.queries import actors as actor_rows
from node.services import departures
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

MARK = "something-she-wrote"


@pytest.fixture
def log() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


class Answer:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["Content-Type"] == "application/problem+json"
        return orjson.loads(self.body)


def signed(nodes: Network, node: Node, by: Person, body: bytes, path: str = "/inbox", **how: Any) -> CIMultiDict[str]:
    url, scheme = f"{node.base}{path}", how.pop("scheme", Scheme.CAVAGE)
    values = {"method": "POST", "body": body, "key": by.rsa, "key_id": key_id(by.key_id), "now": nodes.clock()} | how
    return CIMultiDict(sign(scheme, url=url, **values))


async def post(node: Node, body: bytes, headers: Mapping[str, str], path: str = "/inbox") -> Answer:
    async with node.http.post(f"{node.base}{path}", data=body, headers=headers) as response:
        return Answer(response.status, response.headers.copy(), await response.read())


async def kept(node: Node) -> int:
    """Activities and posts that the node holds."""

    async def work(tx: Transaction) -> int:
        return sum([await tx.one(select(func.count()).select_from(table)) for table in (InboxItem, Post)])

    return await node.read(work)


async def check_refused(
    node: Node, answer: Answer, status: int, code: str, log: list[Any], *, told: str | None = None
) -> None:
    """The whole promise: the answer, the one line, no content anywhere, nothing kept. Takes the lines from the log.

    `told`: the code in the answer, where it is not the one of the line.
    """
    seen = [*log]
    log.clear()
    problem = answer.problem
    assert (answer.status, problem["status"], problem["code"]) == (status, status, told or code)
    assert len(problem["title"]) > 8
    lines = [line for line in seen if line["event"] == "refused"]
    assert [(line["status"], line["reason"]) for line in lines] == [(status, code)]
    assert not [line for line in seen if line["log_level"] in {"error", "critical", "warning"}]
    assert MARK not in f"{answer.body!r}{seen}"
    assert "127.0.0.1" not in f"{seen}"
    assert await kept(node) == 0


def like(bob: Person, **values: Any) -> dict[str, Any]:
    activity = {"id": f"{bob.uri}#like/1", "type": "Like", "actor": bob.uri, "object": "http://a.test/posts/1"}
    return {name: value for name, value in (activity | {"summary": MARK} | values).items() if value is not ...}


def deep(levels: int) -> bytes:
    return b'{"a":' + b"[" * levels + b"]" * levels + b"}"


UNREADABLE = [
    ("json.syntax", b'{"type": "Like", "summary": "something-she-wrote"'),
    ("json.syntax", b""),
    ("json.syntax", b"something-she-wrote"),
    ("json.object", b'["something-she-wrote"]'),
    ("json.object", b'"something-she-wrote"'),
    ("json.encoding", b'{"summary": "something-she-wrote \xff"}'),
    ("json.duplicate", b'{"type": "Like", "type": "Create"}'),
    ("json.duplicate", b'{"a": [{"b": {"summary": 1, "summary": "something-she-wrote"}}]}'),
    ("json.depth", deep(40)),
    ("json.values", deep(200_000)),
    ("json.values", b'{"a": [' + b"1," * 10_001 + b"1]}"),
    ("json.number", b'{"a": 123456789012345678901234567890}'),
    ("json.number", b'{"a": NaN}'),
    ("json.number", b'{"a": 1e999}'),
    ("activity.actor", b"{}"),
    ("activity.actor", b'{"actor": 5}'),
    ("activity.actor", b'{"actor": {"name": "something-she-wrote"}}'),
    ("activity.actor", b'{"actor": ["http://c.test/users/bob", "http://c.test/users/ann"]}'),
    ("id.scheme", b'{"actor": "something-she-wrote"}'),
    ("id.scheme", b'{"actor": "ftp://c.test/users/bob"}'),
    ("id.fragment", b'{"actor": "http://c.test/users/bob#me"}'),
    ("id.userinfo", b'{"actor": "http://bob@c.test/users/bob"}'),
    ("id.host", b'{"actor": "http://2130706433/users/bob"}'),
    ("id.characters", b'{"actor": "http://c.test/users/something-she-wrote here"}'),
    ("id.characters", b'{"actor": "http://c.test/' + b"x" * 3000 + b'"}'),
    ("id.characters", b'{"actor": "http://c.test/' + "\N{BLOSSOM}".encode() * 1000 + b'"}'),
]


async def test_what_cannot_be_read_is_400_and_no_key_is_fetched(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, log: list[Any]
) -> None:
    for code, body in UNREADABLE:
        answer = await post(node, body, signed(sqlite_nodes, node, bob, body))
        await check_refused(node, answer, 400, code, log)
    assert stranger.asked == []
    good = orjson.dumps(like(bob))
    assert (await post(node, good, signed(sqlite_nodes, node, bob, good))).status == 202


WRONG = [
    ("type.missing", {"type": ...}),
    ("type.missing", {"type": 5}),
    ("activity.type", {"type": "Note", "content": "x"}),
    ("activity.type", {"type": "Person"}),
    ("schema.activity", {"id": 5}),
    ("schema.activity", {"id": {"id": "http://c.test/1"}}),
    ("id.scheme", {"id": "not an id".replace(" ", "-")}),
    ("origin.activity", {"id": "http://other.test/1"}),
    ("activity.object", {"object": 5}),
    ("activity.object", {"object": [["x"]]}),
    ("id.scheme", {"object": MARK}),
    ("limit.recipients", {"to": [f"http://c.test/users/{n}" for n in range(101)]}),
    ("limit.recipients", {"cc": [PUBLIC] * 101}),
    ("schema.post", {"type": "Create", "object": {"type": "Note", "content": MARK}}),
    ("origin.author", {"type": "Create", "object": {"type": "Note", "id": "http://other.test/1", "content": MARK}}),
]


async def test_what_is_no_activity_is_400_and_named(
    sqlite_nodes: Network, node: Node, bob: Person, log: list[Any]
) -> None:
    for code, values in WRONG:
        body = orjson.dumps(like(bob, **values))
        answer = await post(node, body, signed(sqlite_nodes, node, bob, body))
        await check_refused(node, answer, 400, code, log)


async def test_the_line_in_the_log_says_who_and_what(
    sqlite_nodes: Network, node: Node, bob: Person, log: list[Any]
) -> None:
    body = orjson.dumps(like(bob, id=5))
    await post(node, body, signed(sqlite_nodes, node, bob, body))
    line = next(line for line in log if line["event"] == "refused")
    assert (line["host"], line["activity"], line["path"]) == ("c.test", "Like", "/inbox")


def keyless(signature: str) -> str:
    return ",".join(part for part in signature.split(",") if not part.startswith("keyId"))


HEADERS = [
    (400, "sig.parameters", lambda h: h.update(Signature="keyId=1")),
    (400, "sig.parameters", lambda h: h.update(Signature="")),
    (400, "sig.parameters", lambda h: h.update(Signature=keyless(h["Signature"]))),
    (400, "sig.parameters", lambda h: h.update(Signature=h["Signature"] + ',opaque="x"')),
    (400, "sig.duplicate_parameter", lambda h: h.update(Signature=h["Signature"] + ',keyId="http://c.test/k"')),
    (400, "sig.duplicate_header", lambda h: h.add("Signature", h["Signature"])),
    (400, "sig.base64", lambda h: h.update(Signature=h["Signature"][:-9] + '%"')),
    (400, "sig.headers", lambda h: h.update(Signature=h["Signature"].replace('headers="(', 'headers="host (', 1))),
    (400, "sig.two", lambda h: h.add("Authorization", "Signature " + h["Signature"])),
    (400, "sig.structured_field", lambda h: h.add("Signature-Input", '"')),
    (400, "sig.digest_form", lambda h: h.update(Digest="SHA-256")),
    (400, "id.scheme", lambda h: h.update(Signature=h["Signature"].replace("http://c.test", "gopher://c.test", 1))),
    (400, "id.characters", lambda h: h.update(Signature=h["Signature"].replace("#main-key", "#" + "k" * 3000))),
    (401, "sig.acct", lambda h: h.update(Signature=h["Signature"].replace("http://c.test/users/", "acct:", 1))),
    (401, "sig.absent", lambda h: h.pop("Signature")),
    (401, "sig.absent", lambda h: h.add("Authorization", "Signature " + h.pop("Signature"))),
    (401, "sig.digest_absent", lambda h: h.pop("Digest")),
    (401, "sig.digest_absent", lambda h: h.update(Digest="MD5=AAAA")),
    (401, "sig.digest", lambda h: h.update(Digest=digest_header(b"another"))),
    (401, "sig.digest", lambda h: h.add("Content-Digest", content_digest_header(b"another"))),
    (401, "sig.time", lambda h: h.update(Date="Mon, 01 Jan 2024 00:00:00 GMT")),
    (401, "sig.date", lambda h: h.update(Date="yesterday")),
    (401, "sig.header_absent", lambda h: h.pop("Date")),
    (401, "sig.algorithm", lambda h: h.update(Signature=h["Signature"].replace("rsa-sha256", "hmac-sha256"))),
    (401, "sig.covered", lambda h: h.update(Signature=h["Signature"].replace(" digest", ""))),
    (401, "sig.covered", lambda h: h.update(Signature=h["Signature"].replace("(request-target) ", ""))),
    (401, "sig.header_absent", lambda h: h.update(Signature=h["Signature"].replace(" digest", " digest x-none"))),
    (401, "key.unknown", lambda h: h.update(Signature=h["Signature"].replace("#main-key", "#other-key"))),
    (401, "key.ours", lambda h: h.update(Signature=h["Signature"].replace("c.test/users/bob", "a.test/actor"))),
    (401, "sig.wrong", lambda h: h.update({"Content-Type": "application/json"})),
]


async def test_malformed_signatures_are_400_and_wrong_ones_401(
    sqlite_nodes: Network, node: Node, bob: Person, log: list[Any]
) -> None:
    body = orjson.dumps(like(bob))
    for status, code, spoil in HEADERS:
        headers = signed(sqlite_nodes, node, bob, body)
        spoil(headers)
        headers.setdefault("Content-Type", "application/activity+json")
        await check_refused(node, await post(node, body, headers), status, code, log)
    assert (await post(node, body, signed(sqlite_nodes, node, bob, body))).status == 202


async def test_a_signature_is_good_for_its_own_request_alone(
    sqlite_nodes: Network, node: Node, bob: Person, log: list[Any]
) -> None:
    await node.person("anna")
    body = orjson.dumps(like(bob))
    headers = signed(sqlite_nodes, node, bob, body, path="/users/anna/inbox")
    await check_refused(node, await post(node, body, headers), 401, "sig.wrong", log)
    other = signed(sqlite_nodes, node, bob, body, scheme=Scheme.RFC9421, method="PUT")
    await check_refused(node, await post(node, body, other), 401, "sig.wrong", log)
    assert (await post(node, body, headers, path="/users/anna/inbox")).status == 202


async def test_the_wrong_party_is_403(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, log: list[Any]
) -> None:
    body = orjson.dumps(like(bob))
    mallory = stranger.person("mallory")
    await check_refused(node, await post(node, body, signed(sqlite_nodes, node, mallory, body)), 403, "sig.actor", log)


@pytest.mark.parametrize("who", ["key", "actor", "subdomain", "suspended"])
async def test_who_is_blocked_gets_403_without_a_hint(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, log: list[Any], who: str
) -> None:
    await node.find("bob@c.test")
    elsewhere = Person("http://d.test/users/bob", bob.rsa, bob.ed25519)
    by, actor = (elsewhere, bob) if who == "key" else (bob, elsewhere) if who == "actor" else (bob, bob)
    block = {"key": "d.test", "actor": "d.test", "subdomain": "test"}.get(who)
    if block is not None:
        await node.do(lambda tx: actor_rows.block_host(tx, block))
    else:
        await node.do(lambda tx: _suspend(tx, bob.uri))
    asked = list(stranger.asked)
    body = orjson.dumps(like(actor))
    answer = await post(node, body, signed(sqlite_nodes, node, by, body))
    await check_refused(node, answer, 403, "blocked", log, told="forbidden")
    assert b"block" not in answer.body
    assert stranger.asked == asked


async def _suspend(tx: Transaction, uri: str) -> None:
    await departures.suspend(tx, await actor_rows.required(tx, uri))


async def test_inboxes_of_nobody_are_404_and_of_those_who_left_410(
    sqlite_nodes: Network, node: Node, bob: Person, log: list[Any]
) -> None:
    anna = await node.person("anna")
    await node.group("garden", anna)
    body = orjson.dumps(like(bob))
    for path in ("/users/nobody/inbox", "/groups/anna/inbox", "/users/garden/inbox", "/users/%20/inbox"):
        answer = await post(node, body, signed(sqlite_nodes, node, bob, body, path), path)
        await check_refused(node, answer, 404, "notfound", log)
    for path in ("/users/anna/inbox", "/groups/garden/inbox"):
        assert (await post(node, body, signed(sqlite_nodes, node, bob, body, path), path)).status == 202
    await node.do(lambda tx: actor_rows.change(tx, anna, deleted_at=tx.now))
    path = "/users/anna/inbox"
    answer = await post(node, body, signed(sqlite_nodes, node, bob, body, path), path)
    assert (answer.status, answer.problem["code"]) == (410, "gone")


async def test_what_needs_our_rows_is_202_and_recorded_as_refused(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    anna = await node.person("anna")
    post_of_hers = await node.post(anna, "Mine")
    update = {"type": "Note", "id": f"{stranger.base}/notes/1", "attributedTo": bob.uri, "content": "x"}
    for activity in (
        stranger.activity("Delete", bob, post_of_hers.uri),
        stranger.activity("Accept", bob, f"{anna.uri}#follow/1"),
        stranger.activity("Create", bob, {**update, "attributedTo": f"{stranger.base}/users/ann"}),
        stranger.activity("Move", bob, anna.uri, target=bob.uri),
    ):
        assert (await stranger.send(node, activity, bob)).status == 202
    await sqlite_nodes.settle()
    assert await node.outcomes() == {"refused": 4}
    assert (await node.required(post_of_hers.uri)).deleted_at is None


@pytest.mark.both_databases
async def test_nul_and_lone_surrogates_are_taken_out_of_texts(nodes: Network) -> None:
    """On PostgreSQL, which holds neither, as on SQLite."""
    node = await nodes.node("a")
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    anna, bob = await node.person("anna"), stranger.person("bob")
    note = stranger.note(bob, "notes/1", "<p>a\0b</p>", to=[anna.uri, PUBLIC])
    body = orjson.dumps(stranger.create(bob, note)).replace(b"</p>", b"\\ud800c</p>")
    assert b"\\u0000" in body
    assert (await stranger.send(node, body, bob)).status == 202
    await nodes.settle()
    assert (await node.required(note["id"])).content == "<p>abc</p>"


@pytest.mark.both_databases
async def test_ids_of_the_greatest_length_are_taken_or_refused(nodes: Network) -> None:
    """An index of PostgreSQL holds 2,704 bytes a row; what does not fit must not spoil what it came with."""
    node = await nodes.node("a")
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    anna, bob = await node.person("anna"), stranger.person("bob")
    long = "".join(f"{n * 7919 % 65_521:04x}" for n in range(500))
    wide = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(660))
    notes = [stranger.note(bob, f"notes/{end}", to=[anna.uri, PUBLIC]) for end in (long, wide, "1")]
    answers = await asyncio.gather(*(stranger.send(node, stranger.create(bob, note), bob) for note in notes))
    assert {answer.status for answer in answers} == {202}
    await nodes.settle()
    assert await node.outcomes() == {"handled": 3}
