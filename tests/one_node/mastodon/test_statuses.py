"""Reading statuses: several at once, and what stands around one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.apps import Phone, phone
from tests.nodes import Node

pytestmark = pytest.mark.both_databases

STATUSES = "/api/v1/statuses"


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


async def written(app: Phone, text: str, to: str | None = None, **more: str) -> str:
    answers = {"in_reply_to_id": to} if to else {}
    return str((await app.post(STATUSES, "Status", status=text, **answers, **more))["id"])


async def test_several_come_in_the_order_asked_for(node: Node, mine: Phone) -> None:
    first, second = await written(mine, "1"), await written(mine, "2")
    hidden = await written(await phone(node, await node.person("berta")), "3", visibility="private")
    for query in ("id[]={0}&id[]={1}&id[]={2}&id[]=7&id[]=x", "id[0]={0}&id[1]={1}&id[2]={2}"):
        found = await mine.get(f"{STATUSES}?{query.format(second, hidden, first)}", "[Status]")
        assert [status["id"] for status in found] == [second, first]
    assert [one["id"] for one in await Phone(node).get(f"{STATUSES}?id={first}", "[Status]")] == [first]
    assert await mine.get(STATUSES, "[Status]") == []


async def test_a_status_stands_among_those_above_and_below(mine: Phone) -> None:
    """Ancestors from the beginning on, descendants depth first."""
    root = await written(mine, "root")
    middle = await written(mine, "middle", root)
    other = await written(mine, "other", root)
    one, two = await written(mine, "1", middle), await written(mine, "2", middle)
    below_one = await written(mine, "1.1", one)
    three = await written(mine, "3", other)
    for status, above, below in (
        (root, [], [middle, one, below_one, two, other, three]),
        (middle, [root], [one, below_one, two]),
        (below_one, [root, middle, one], []),
    ):
        context = await mine.get(f"{STATUSES}/{status}/context", "Context")
        assert [entity["id"] for entity in context["ancestors"]] == above
        assert [entity["id"] for entity in context["descendants"]] == below


async def test_what_she_may_not_see_hides_nothing_around_it(node: Node, mine: Phone) -> None:
    berta, cora = await phone(node, await node.person("berta")), await phone(node, await node.person("cora"))
    root = await written(cora, "root")
    hidden = await written(berta, "for my followers", root, visibility="private")
    answer = await written(berta, "@anna hello", hidden, visibility="direct")
    context = await mine.get(f"{STATUSES}/{root}/context", "Context")
    assert [entity["id"] for entity in context["descendants"]] == [answer]
    above = await mine.get(f"{STATUSES}/{answer}/context", "Context")
    assert [entity["id"] for entity in above["ancestors"]] == [root]
    control = await berta.get(f"{STATUSES}/{root}/context", "Context")
    assert [entity["id"] for entity in control["descendants"]] == [hidden, answer]


async def test_a_thread_of_any_size_costs_as_many_statements(node: Node, mine: Phone) -> None:
    root = await written(mine, "root")
    counts = []
    for more in (2, 12):
        for number in range(more):
            await written(mine, f"@anna #x {number}", root)
        with counted(node) as statements:
            await mine.get(f"{STATUSES}/{root}/context", "Context")
        counts.append(len(statements))
    assert counts[0] == counts[1] > 3


@contextmanager
def counted(node: Node) -> Iterator[list[str]]:
    """What readers ask the database."""
    engine, seen = node.context.database.reader.sync_engine, []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_every_time_and_every_id_has_one_form(mine: Phone) -> None:
    """Three digits of a second and `Z` (Ice Cubes), digits in a text (Ivory), no null for a list or flag (Tusky),
    pictures that are addresses (Toot!)."""
    first = await mine.post(STATUSES, "Status", status="x", poll={"options": ["a", "b"], "expires_in": 300})
    second = await mine.put(f"{STATUSES}/{first['id']}", "Status", status="y")
    times = [second["created_at"], second["edited_at"], first["poll"]["expires_at"]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    later = await mine.post(STATUSES, "Status", status="z")
    assert all(re.fullmatch(r"[0-9]{17,19}", status["id"]) for status in (first, later))
    assert int(later["id"]) > int(first["id"])
    null = {name for name, value in later.items() if value is None}
    assert null <= {"edited_at", "language", "in_reply_to_id", "in_reply_to_account_id", "reblog", "card", "poll"} | {
        "application"
    }
    account = later["account"]
    assert all(account[name].startswith("http") for name in ("avatar", "avatar_static", "header", "header_static"))


async def test_a_status_without_a_card_has_an_empty_one(mine: Phone) -> None:
    assert await mine.get(f"{STATUSES}/{await written(mine, 'x')}/card", "CardOrNothing") == {}
