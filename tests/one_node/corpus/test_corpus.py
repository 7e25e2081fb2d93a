"""What a node makes of every payload that we have, against a reviewed table, one line each.

`captures.tsv` covers the documents in `tests/captures`; `interop.tsv` those collected from other projects, which lie
beside the checkout and are skipped where they are missing. Columns:

- file
- reads as: what the parser makes of it
- given: who in it is of this node (`object=anna`: the place, and whom it names), and what else was so before:
  `moderates` the sender moderates the garden, `others` the post is not the sender's, `after=FILE` that payload came
  first, `upload` it is served at another address than its id. All else is as a node has it that federates with the
  sender (`before`).
- becomes: handled, which tables changed, and who may see what is new; ignored or refused, and why. A collection, or a
  document of discovery, is only read: nothing becomes of it by itself.
- why: where that does not speak for itself
"""

import csv
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from federation import schemas
from federation.errors import FederationError
from federation.identifiers import origin
from federation.vocabulary import (
    Activity,
    ActorDocument,
    Document,
    PostDocument,
    Reference,
    TombstoneDocument,
    kind_of,
    parse_activity,
    parse_actor,
    parse_collection,
    parse_document,
    parse_object,
)
from node.context import Budget
from node.database.tables import Base, Job, Post, SearchWaiting
from node.errors import Later, Missing, NodeError
from node.queries import search_index
from tests.one_node.corpus.before import hold, moved_here, prepare, store_named
from tests.one_node.corpus.world import World, world
from tests.payloads import CAPTURES, INTEROP, names, needs_interop, payload

HERE = Path(__file__).parent
SUSPECT = ("invalid", "spoofed", "bogus")


@dataclass(frozen=True)
class Line:
    file: str
    reads: str
    given: str
    becomes: str
    why: str


def table(name: str) -> dict[str, Line]:
    with (HERE / name).open(encoding="utf-8", newline="") as rows:
        lines = [Line(*row) for row in csv.reader(rows, delimiter="\t")][1:]
    return {line.file: line for line in lines}


def read(name: str, body: bytes) -> str:
    """What the parsers make of it."""
    try:
        return described(name, parse_document(body))
    except FederationError as error:
        return f"refused: {error.reason}"


def described(name: str, document: Document) -> str:
    for discovery in ("nodeinfo-wellknown", "nodeinfo", "webfinger"):
        if discovery in name:
            kind = "nodeinfo-links" if discovery == "nodeinfo-wellknown" else discovery
            schemas.check(kind, document)
            return kind
    match kind_of(document):
        case "collection":
            page = parse_collection(document)
            return f"collection: {len(page.items)} items{', paged' if page.first or page.next else ''}"
        case "activity":
            return summary(parse_activity(document))
        case "actor":
            return summary(parse_actor(document))
        case _:
            return summary(parse_object(document))


def summary(parsed: object) -> str:
    match parsed:
        case Activity(type=kind, object=None):
            return f"{kind}(nothing)"
        case Activity(type=kind, object=inner):
            return f"{kind}({summary(inner)})"
        case PostDocument(type=kind, is_vote=True):
            return f"{kind}, a vote"
        case PostDocument(type=kind):
            return kind
        case ActorDocument(type=kind):
            return f"actor {kind}"
        case TombstoneDocument():
            return "Tombstone"
        case Reference(type=kind):
            return f"ref {kind}" if kind else "ref"
    raise AssertionError(parsed)


async def becomes(folder: Path, line: Line, corpus: Path) -> str:
    """What the node does with it: a handler, or what stores a document that was fetched."""
    async with world(folder) as found:
        for word in line.given.split():
            if word.startswith("after="):
                await effect(found, payload(corpus / word.removeprefix("after=")), line)
        return await effect(found, payload(corpus / line.file), line)


async def effect(world: World, document: Document, line: Line) -> str:
    given = line.given.split()
    if line.reads.startswith(("collection", "nodeinfo", "webfinger")):
        return "read"
    try:
        document = parse_document(json.dumps(moved_here(document, given)).encode())
        parsed = parse_object(document)
    except FederationError as error:
        return f"refused: {error.reason}"
    if isinstance(parsed, Activity):
        await prepare(world, document, parsed, given)
        return await outcome(world, lambda: received(world, parsed))
    await world.context.run(lambda tx: store_named(tx, document))
    if isinstance(parsed, TombstoneDocument):
        await hold(world, parsed.id)
    address = f"{origin(parsed.id)}/uploads/1.json" if "upload" in given else parsed.id
    world.origins.served[address] = document
    return await outcome(world, lambda: fetched(world, address))


async def received(world: World, activity: Activity) -> str:
    found = await world.receive(activity)
    return f"{found.kind}: {found.reason}" if found.reason else ""


async def fetched(world: World, address: str) -> str:
    with capture_logs() as log:
        stored = await world.context.fetcher.fetch_and_store(Missing(address), Budget())
    reasons = [line["reason"] for line in log if line["event"] in {"fetch.failed", "fetch.refused"}]
    return "" if stored else f"refused: {reasons[-1]}"


async def outcome(world: World, work: Callable[[], Awaitable[str]]) -> str:
    """Why it is not handled, or what has changed: nothing has where it is not handled."""
    before, known = await rows(world), await visibilities(world)
    try:
        why = await work()
    except Later as later:
        why = f"ignored: held ({later})"
    except FederationError as error:
        why = f"refused: {error.reason}"
    except NodeError as error:
        why = f"refused: {error.code}"
    changed = [name for name, content in (await rows(world)).items() if content != before[name]]
    assert not (why and changed)
    new = [width for uri, width in (await visibilities(world)).items() if uri not in known]
    return why or f"handled: {' '.join([*changed, *(f'({width})' for width in new)]) or 'nothing new'}"


async def rows(world: World) -> Mapping[str, list[str]]:
    """All but that a new post's words have to be read: that goes without saying."""
    found = {}
    async with world.context.database.reading() as tx:
        for one in Base.metadata.sorted_tables:
            statement = select(one) if one is not Job.__table__ else select(one).where(Job.kind != search_index.KIND)
            found[one.name] = sorted(map(repr, (await tx.execute(statement)).all()))
    return {name: content for name, content in found.items() if name != SearchWaiting.__tablename__}


async def visibilities(world: World) -> dict[str, str]:
    """Of every post, but not of boosts."""
    async with world.context.database.reading() as tx:
        found = await tx.execute(select(Post.uri, Post.visibility).where(Post.reblog_of_id.is_(None)).order_by(Post.id))
        return {row.uri: row.visibility for row in found}


def check_complete(name: str, corpus: Path) -> None:
    assert list(table(name)) == names(corpus), "one line for each file, sorted"


def test_the_table_of_captures_is_complete():
    check_complete("captures.tsv", CAPTURES)


@needs_interop
def test_the_table_of_collected_payloads_is_complete():
    check_complete("interop.tsv", INTEROP)


@pytest.mark.parametrize("line", table("captures.tsv").values(), ids=lambda line: line.file)
async def test_each_capture_becomes_what_the_table_says(tmp_path, line):
    assert read(line.file, json.dumps(payload(CAPTURES / line.file)).encode()) == line.reads
    assert await becomes(tmp_path / "data", line, CAPTURES) == line.becomes


@needs_interop
@pytest.mark.parametrize("line", table("interop.tsv").values(), ids=lambda line: line.file)
async def test_each_collected_payload_becomes_what_the_table_says(tmp_path, line):
    assert read(line.file, json.dumps(payload(INTEROP / line.file)).encode()) == line.reads
    assert await becomes(tmp_path / "data", line, INTEROP) == line.becomes


def test_what_is_named_invalid_or_spoofed_is_never_taken():
    lines = (table("captures.tsv") | table("interop.tsv")).values()
    suspect = [line for line in lines if any(word in line.file for word in SUSPECT)]
    assert len(suspect) >= 6
    assert all(line.becomes.startswith("refused: ") for line in suspect)
