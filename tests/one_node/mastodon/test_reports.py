"""Reports from apps: of an account and of posts of it that she may read."""

import pytest

from federation.addressing import Visibility
from node.queries import moderation
from tests.apps import Phone, phone
from tests.nodes import Node

pytestmark = pytest.mark.both_databases
REPORTS = "/api/v1/reports"


async def test_she_reports_an_account_and_its_posts(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine = await phone(node, anna)
    rude = await node.post(bea, "rude")
    hidden = await node.post(bea, "not for anna", visibility=Visibility.FOLLOWERS)
    own = await node.post(anna, "hers")
    ids = [str(post.id) for post in (rude, hidden, own)]
    made = await mine.post(
        REPORTS,
        "Report",
        account_id=str(bea.id),
        status_ids=ids,
        comment="Insults",
        category="violation",
        rule_ids=["1"],
        forward=True,
    )
    assert (made["comment"], made["category"], made["rule_ids"]) == ("Insults", "violation", ["1"])
    assert (made["status_ids"], made["target_account"]["id"]) == ([str(rude.id)], str(bea.id))
    assert (made["action_taken"], made["forwarded"]) == (False, False)
    (kept,) = await node.read(moderation.open_reports)
    assert (kept.reporter_id, kept.target_id, kept.posts) == (anna.id, bea.id, [rude.id])


async def test_words_may_be_left_out_and_a_category_is_one_of_four(node: Node) -> None:
    mine, bea = await phone(node, await node.person("anna")), await node.person("bea")
    made = await mine.post(REPORTS, "Report", account_id=str(bea.id), category="odd")
    assert (made["category"], made["comment"], made["status_ids"], made["rule_ids"]) == ("other", "", [], None)
    answered = await mine.ask("POST", REPORTS, data={"account_id": str(bea.id), "category": "spam"})
    assert answered.body["category"] == "spam"


async def test_after_a_block_she_reports_what_everybody_may_read(node: Node) -> None:
    mine, bea = await phone(node, await node.person("anna")), await node.person("bea")
    rude = await node.post(bea, "rude")
    await mine.post(f"/api/v1/accounts/{bea.id}/block")
    made = await mine.post(REPORTS, "Report", account_id=str(bea.id), status_ids=[str(rude.id)], comment="x")
    assert made["status_ids"] == [str(rude.id)]


async def test_what_is_no_report(node: Node) -> None:
    anna = await node.person("anna")
    mine, narrow = await phone(node, anna), await phone(node, anna, "write:statuses")
    for app, data, status in (
        (mine, {}, 400),
        (mine, {"account_id": "1"}, 404),
        (mine, {"account_id": "x"}, 404),
        (narrow, {"account_id": str(anna.id)}, 403),
        (Phone(node), {"account_id": str(anna.id)}, 401),
    ):
        answered = await app.ask("POST", REPORTS, json=data)
        assert (answered.status, "error" in answered.body) == (status, True)
    assert await node.read(moderation.open_reports) == []
