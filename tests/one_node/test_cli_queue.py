"""`ordito queue`: what waits, what fails and why, and trying it again."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

import federation.client
from node.cli.reasons import sentence
from node.database.tables import Delivery
from node.queries import actors as actor_rows, deliveries, inbox_items, jobs, peers

pytestmark = pytest.mark.both_databases


@pytest.fixture
def troubled(ordito):
    """A node that owes something to three hosts, has one activity that fails, and a job that was given up."""
    ordito.said("person", "add", "anna")

    async def work(tx):
        anna = await actor_rows.required_local(tx, "anna")
        values = {"uri": f"{anna.uri}#1", "type": "Like", "object_uri": anna.uri, "public": False, "document": "{}"}
        activity = await deliveries.add_activity(tx, {"actor_id": anna.id, **values})
        later = tx.now + timedelta(hours=1)
        inboxes = [f"https://{name}.example/inbox" for name in ("slow", "gone", "good")]
        await deliveries.owe(tx, activity, anna.id, inboxes, later)
        await tx.execute(_update(inboxes[0], reason="deliver.timeout", attempts=3))
        await tx.execute(_update(inboxes[1], due_at=None, outcome="given up", reason="deliver.dns"))
        await tx.execute(_update(inboxes[2], due_at=None, outcome="delivered"))
        await peers.remember(tx, "slow.example", failures=3, resume_at=tx.now + timedelta(hours=2))
        await peers.remember(tx, "other.example", failures=1, resume_at=tx.now + timedelta(hours=2))
        await jobs.add(tx, "backfill", "https://far.example/c/1", {})
        await jobs.put_back(tx, (await jobs.waiting(tx))[0].id, None, "Unreached")
        row = {"actor_uri": "https://far.example/u/1", "activity_id": "https://far.example/a/1", "kind": "Create"}
        rest = {"document": "{}", "arrived_at": tx.now, "due_at": later, "claimed": False}
        await inbox_items.add(
            tx, [{"id": tx.new_id(), **row, **rest, "attempts": 2, "reason": "KeyError: an error of this node"}]
        )

    ordito.within(work)
    return ordito


def _update(inbox, **values):
    return update(Delivery).where(Delivery.inbox == inbox).values(**values)


def test_a_quiet_node_has_nothing_to_tell(sqlite_ordito):
    assert sqlite_ordito.said("queue").splitlines() == [
        "Coming in: 0 waiting",
        "Going out: 0 waiting",
        "Other work: 0 waiting",
    ]
    assert sqlite_ordito.json("queue")["deliveries"] == []


def test_what_waits_and_fails_is_told_with_the_reason(troubled):
    found = troubled.json("queue")
    assert found["inbox_waiting"] == 1
    assert [(i["kind"], i["attempts"], i["reason"]) for i in found["inbox_failures"]] == [
        ("Create", 2, "KeyError: an error of this node")
    ]
    assert [(lane["host"], lane["waiting"], lane["attempts"], lane["reason"]) for lane in found["deliveries"]] == [
        ("slow.example", 1, 3, "deliver.timeout")
    ]
    assert found["deliveries"][0]["rests_until"] > found["deliveries"][0]["next_try"]
    assert [(e["host"], e["outcome"], e["reason"]) for e in found["undelivered"]] == [
        ("gone.example", "given up", "deliver.dns")
    ]
    assert [(j["kind"], j["next_try"], j["reason"]) for j in found["jobs"]] == [("backfill", None, "Unreached")]
    text = troubled.said("queue")
    for word in ("slow.example", "gone.example", "given up", "backfill"):
        assert word in text
    whys = [entry["why"] for kind in ("inbox_failures", "deliveries", "undelivered", "jobs") for entry in found[kind]]
    assert whys == [
        "An error of this node (KeyError); its log says more.",
        "The server did not answer in time.",
        "The server's name is not known: it may be gone, or its domain has lapsed.",
        "What it needs is on a server that cannot be reached.",
    ]
    for why in whys:
        assert why in text
    for code in ("deliver.timeout", "deliver.dns", "Unreached"):
        assert code not in text
    assert "good.example" not in text


def test_one_host_is_tried_again_alone(troubled):
    assert troubled.said("queue", "--retry", "slow.example") == "1 is due now."
    assert "Nothing waits for no.example" in troubled.refused("queue", "--retry", "no.example")
    found = troubled.json("queue")
    assert [(lane["host"], lane["attempts"], lane["rests_until"]) for lane in found["deliveries"]] == [
        ("slow.example", 0, None)
    ]
    assert [e["host"] for e in found["undelivered"]] == ["gone.example"]
    resting = troubled.within(peers.failing)
    assert set(resting) == {"other.example"}


def test_everything_is_tried_again(troubled):
    assert troubled.json("queue", "--retry") == {"retried": 3}
    found = troubled.json("queue")
    assert [lane["host"] for lane in found["deliveries"]] == ["gone.example", "slow.example"]
    assert found["undelivered"] == []
    assert found["jobs"][0]["next_try"] is not None


def test_every_reason_of_the_client_has_a_sentence():
    """What `federation.client` says of a delivery that failed, as it stands in its sources."""
    sources = "".join(path.read_text() for path in Path(federation.client.__path__[0]).glob("*.py"))
    forbidden = set(re.findall(r'Forbidden\("([a-z.]+)"', sources))
    ends = set(re.findall(r'f"\{kind\}\.([a-z]+)"', sources))
    assert len(forbidden) > 5
    assert len(ends) == 5
    for reason in (*forbidden, *(f"deliver.{end}" for end in ends), *(str(status) for status in range(400, 600))):
        assert "error of this node" not in sentence(reason), reason
    assert "error of this node" in sentence("fetch.unheard")
    assert sentence(None) == ""
    assert len({sentence(str(status)) for status in (401, 403, 404, 500)}) == 4


def test_what_workers_write_has_a_sentence():
    for reason in (
        "the host is blocked here",
        "retired",
        "rejected",
        "begun too often",
        "held: our Follow has not been answered yet",
        "slow: what it needs does not come in time",
        "unreachable: a reference cannot be reached",
    ):
        assert "error of this node" not in sentence(reason), reason
