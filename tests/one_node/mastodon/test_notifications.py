"""Notices: who is told of what, once, and of nothing that she may not or does not want to see."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Notification, Post
from node.queries import follows as follow_rows, groups as group_rows, mutes, notifications as notice_rows
from node.services import blocks, departures, follows, notifications, posts, reactions, reports
from node.workers.jobs import retention
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.one_node.test_inbox_batches import counted

pytestmark = pytest.mark.both_databases

PATH = "/api/v1/notifications"
Told = list[tuple[str, str, str | None]]


async def told(app: Phone, **asked: Any) -> Told:
    """(type, by whom, about which status) of each, the newest first."""
    rows = await app.get(PATH, "[Notification]", **asked)
    return [(row["type"], row["account"]["acct"], row.get("status", {}).get("id")) for row in rows]


async def watches(node: Node, follower: Actor, target: Actor, *, notifies: bool = True) -> None:
    async def work(tx: Transaction) -> None:
        follow = await follow_rows.add(tx, follower, target, f"{follower.uri}#follow/{target.id}")
        await follow_rows.change(tx, follow, accepted_at=tx.now, notifies=notifies)

    await node.do(work)


@pytest.fixture
async def anna(node: Node) -> Actor:
    return await node.person("anna")


@pytest.fixture
async def eleni(node: Node) -> Actor:
    return await node.person("eleni")


@pytest.fixture
async def annas(node: Node, anna: Actor) -> Phone:
    return await phone(node, anna)


async def test_what_is_done_to_her_and_her_posts(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    mine = await node.post(anna, "Good morning")
    named = await node.post(eleni, "Good morning, @anna@a.test")
    await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
    await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
    await node.do(lambda tx: reactions.reblog(tx, eleni, mine))
    await node.do(lambda tx: follows.request(tx, eleni, anna))
    assert await told(annas) == [
        ("follow", "eleni", None),
        ("reblog", "eleni", str(mine.id)),
        ("favourite", "eleni", str(mine.id)),
        ("mention", "eleni", str(named.id)),
    ]
    assert await told(await phone(node, eleni)) == []


async def test_what_is_undone_takes_its_notice_along(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    mine = await node.post(anna, "Good morning")
    named = await node.post(eleni, "@anna@a.test hello")
    await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
    await node.do(lambda tx: reactions.reblog(tx, eleni, mine))
    await node.do(lambda tx: follows.request(tx, eleni, anna))
    assert len(await told(annas)) == 4
    await node.do(lambda tx: reactions.unfavourite(tx, eleni, mine))
    await node.do(lambda tx: reactions.unreblog(tx, eleni, mine))
    await node.do(lambda tx: follows.end(tx, eleni, anna))
    assert await told(annas) == [("mention", "eleni", str(named.id))]
    await node.do(lambda tx: posts.delete(tx, eleni, named))
    assert await told(annas) == []
    assert await node.read(lambda tx: tx.all(sqlalchemy.select(Notification))) == []


async def test_a_request_to_follow_becomes_a_follower(node: Node, eleni: Actor) -> None:
    maria = await node.person("maria", approves=True)
    marias = await phone(node, maria)
    await node.do(lambda tx: follows.request(tx, eleni, maria))
    await node.do(lambda tx: follows.request(tx, eleni, maria))
    assert await told(marias) == [("follow_request", "eleni", None)]
    await node.do(lambda tx: follows.accept(tx, maria, eleni))
    assert await told(marias) == [("follow", "eleni", None)]
    await node.do(lambda tx: follows.reject(tx, maria, eleni))
    assert await told(marias) == []


async def test_a_request_to_join_is_for_the_moderators(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    group = await node.group("garden", anna, joining="approval")
    await node.do(lambda tx: follows.request(tx, eleni, group))
    assert await told(annas) == [("follow_request", "eleni", None)]
    assert await told(await phone(node, eleni)) == []
    await node.do(lambda tx: group_rows.remove_moderator(tx, group.id, anna.id))
    assert await told(annas) == []
    await node.do(lambda tx: group_rows.add_moderator(tx, group.id, anna.id))
    assert len(await told(annas)) == 1
    await node.do(lambda tx: follows.accept(tx, group, eleni))
    assert await told(annas) == []


async def test_whoever_watches_somebody_hears_of_each_thread(
    node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    maria = await node.person("maria")
    await watches(node, anna, eleni)
    await watches(node, maria, eleni, notifies=False)
    first = await node.post(eleni, "One")
    own = await node.post(eleni, "Two", to=first)
    await node.post(eleni, "An answer", to=await node.post(maria, "Three"))
    both = await node.post(eleni, "Four, @anna@a.test")
    assert await told(annas) == [
        ("mention", "eleni", str(both.id)),
        ("status", "eleni", str(own.id)),
        ("status", "eleni", str(first.id)),
    ]
    assert [row[0] for row in await told(await phone(node, maria))] == ["mention"]


async def test_whoever_watches_a_group_hears_of_its_threads(
    node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    group = await node.group("garden", eleni)
    await watches(node, anna, group)
    await watches(node, anna, eleni)
    thread = await node.post(eleni, "One", group="garden@a.test")
    await node.post(eleni, "An answer", to=thread)
    maria = await node.person("maria")
    await node.post(maria, "Two", group="garden@a.test")
    rows = await annas.get(PATH, "[Notification]")
    assert [(row["type"], row["account"]["acct"]) for row in rows] == [
        ("status", "garden"),
        ("status", "eleni"),
        ("status", "eleni"),
    ]
    assert rows[0]["status"]["reblog"]["account"]["acct"] == "maria"


async def test_an_edit_is_told_to_whoever_boosted_or_answered(
    node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    post = await node.post(eleni, "One")
    await node.post(anna, "An answer", to=post)
    for text in ("Two", "Three"):
        await node.do(lambda tx, text=text: posts.edit(tx, eleni, post, posts.Draft(text)))
    assert await told(annas) == [("update", "eleni", str(post.id))]
    maria = await node.person("maria")
    mentioned = {"maria": maria}
    draft = posts.Draft("Four, @maria", mentioned=mentioned)
    for _ in range(2):
        await node.do(lambda tx: posts.edit(tx, eleni, post, draft))
    assert await told(await phone(node, maria)) == [("mention", "eleni", str(post.id))]


async def test_what_she_does_not_want_to_hear(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    """Each way of not hearing hides what is there and keeps out what comes."""
    mine = await node.post(anna, "Good morning")

    async def likes(*, then: int) -> None:
        await node.do(lambda tx: reactions.unfavourite(tx, eleni, mine))
        await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
        assert len(await told(annas)) == then

    await likes(then=1)
    await node.do(lambda tx: mutes.mute(tx, anna.id, eleni.id, notifications=True, until=None))
    assert await told(annas) == []
    await likes(then=0)
    await node.do(lambda tx: mutes.mute(tx, anna.id, eleni.id, notifications=False, until=None))
    await likes(then=1)
    await node.do(lambda tx: blocks.block(tx, anna, eleni))
    assert await told(annas) == []
    await likes(then=0)


async def test_a_muted_thread_is_silent(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    mine = await node.post(anna, "Good morning")
    answer = await node.post(eleni, "Hello", to=mine)
    await annas.post(f"/api/v1/statuses/{mine.id}/mute")
    await node.post(eleni, "Hello again", to=answer)
    await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
    assert await told(annas) == [("mention", "eleni", str(answer.id))]


async def test_what_she_may_not_see_any_more_is_left_out(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    await watches(node, anna, eleni)
    post = await node.post(eleni, "To my followers", visibility=Visibility.FOLLOWERS)
    assert await told(annas) == [("status", "eleni", str(post.id))]
    notice_id = (await annas.get(PATH))[0]["id"]
    assert (await annas.get(f"{PATH}/{notice_id}", "Notification"))["status"]["id"] == str(post.id)
    await node.do(lambda tx: follow_rows.remove(tx, anna.id, eleni.id))
    assert await told(annas) == []
    assert (await annas.ask("GET", f"{PATH}/{notice_id}")).body == {"error": "Record not found"}


async def test_an_account_that_goes_takes_its_notices_along(
    node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    await node.post(eleni, "@anna@a.test hello")
    await node.post(anna, "@eleni@a.test hello")
    assert len(await told(annas)) == 1
    await node.do(lambda tx: departures.delete_person(tx, eleni))
    assert await told(annas) == []
    assert await node.read(lambda tx: tx.all(sqlalchemy.select(Notification))) == []


async def test_a_poll_that_ends_is_told_to_its_author_and_voters(
    nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    draft = posts.Draft("When?", poll=posts.PollDraft(("Monday", "Friday"), nodes.clock.at + timedelta(hours=1)))
    post = await node.do(lambda tx: posts.publish(tx, eleni, draft))
    await annas.post(f"/api/v1/polls/{post.id}/votes", "Poll", choices=[1])
    await node.do(lambda tx: notifications.poll_ended(tx, eleni, post))
    await node.do(lambda tx: notifications.poll_ended(tx, eleni, post))
    for app in (annas, await phone(node, eleni)):
        assert await told(app) == [("poll", "eleni", str(post.id))]


async def test_moderators_hear_of_newcomers_and_reports(node: Node) -> None:
    chief = await node.person("chief", role="moderator")
    chiefs = await phone(node, chief)
    anna, eleni = await node.person("anna"), await node.person("eleni")
    application = await node.read(_application)
    post = await node.post(eleni, "Something rude")
    await node.do(lambda tx: reports.file(tx, application, anna, eleni, [post], "This is rude", forward=False))
    await node.do(lambda tx: reports.file(tx, application, anna, eleni, [post], "Again", forward=False))
    rows = await chiefs.get(PATH, "[Notification]")
    assert [(row["type"], row["account"]["acct"]) for row in rows] == [
        ("admin.report", "node"),
        ("admin.report", "node"),
        ("admin.sign_up", "eleni"),
        ("admin.sign_up", "anna"),
    ]
    assert rows[1]["report"]["comment"] == "This is rude"
    assert rows[1]["report"]["status_ids"] == [str(post.id)]
    assert await told(await phone(node, anna)) == []
    await node.do(lambda tx: tx.execute(_demoted(chief)))
    assert await told(chiefs) == []


async def _application(tx: Transaction) -> Actor:
    from node.services import node_actor  # noqa: PLC0415  # only here

    return await node_actor.required(tx)


def _demoted(actor: Actor) -> Any:
    from node.database.tables import User  # noqa: PLC0415  # only here

    return sqlalchemy.update(User).where(User.actor_id == actor.id).values(role="member")


async def some_notices(node: Node, anna: Actor, count: int) -> list[Post]:
    found = []
    for number in range(count):
        author = await node.person(f"friend{number}")
        found.append(await node.post(author, f"@anna@a.test {number}"))
    return found


async def test_pages_and_types(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    written = await some_notices(node, anna, 4)
    await node.do(lambda tx: follows.request(tx, eleni, anna))
    ids = [("mention", f"friend{number}", str(post.id)) for number, post in enumerate(written)]
    assert await told(annas, **{"types[]": "follow"}) == [("follow", "eleni", None)]
    assert await told(annas, **{"exclude_types[]": "follow"}) == ids[::-1]
    assert await told(annas, **{"types[]": "annual_report"}) == []
    assert await told(annas, account_id=str(eleni.id)) == [("follow", "eleni", None)]
    first = await annas.ask("GET", f"{PATH}?limit=2&types[]=mention")
    last = first.body[-1]["id"]
    base = f"{node.base}{PATH}?limit=2&types%5B%5D=mention"
    assert (
        first.headers["Link"]
        == f'<{base}&max_id={last}>; rel="next", <{base}&min_id={first.body[0]["id"]}>; rel="prev"'
    )
    assert await told(annas, limit=2, max_id=last) == ids[1::-1]
    oldest = (await annas.get(PATH))[-1]["id"]
    assert await told(annas, limit=2, min_id=oldest) == ids[2:0:-1]
    assert await told(annas, limit=2, since_id=oldest) == [("follow", "eleni", None), ids[3]]
    assert "Link" not in (await annas.ask("GET", f"{PATH}?max_id=1")).headers


async def test_reading_and_putting_away(node: Node, anna: Actor, annas: Phone) -> None:
    await some_notices(node, anna, 3)
    rows = await annas.get(PATH)
    assert await annas.get(f"{PATH}/unread_count", "Count") == {"count": 3}
    assert await annas.get(f"{PATH}/unread_count", limit=2) == {"count": 2}
    await annas.post("/api/v1/markers", notifications={"last_read_id": rows[1]["id"]})
    assert await annas.get(f"{PATH}/unread_count") == {"count": 1}
    other = await phone(node, await node.person("other"))
    assert (await other.ask("POST", f"{PATH}/{rows[0]['id']}/dismiss")).status == 404
    assert await annas.post(f"{PATH}/{rows[0]['id']}/dismiss") == {}
    assert await annas.get(PATH) == rows[1:]
    assert await annas.post(f"{PATH}/clear") == {}
    assert await annas.get(PATH) == []


async def test_a_page_costs_as_many_statements_as_one_notice(node: Node, anna: Actor, annas: Phone) -> None:
    costs = []
    await some_notices(node, anna, 1)
    for limit in (1, 12):
        await annas.get(PATH)  # counts what is known for some minutes then
        with counted(node, reads=True) as seen:
            assert len(await annas.get(PATH, "[Notification]")) == limit
        costs.append(len(seen))
        for number in range(11):
            author = await node.person(f"more{limit}-{number}")
            await node.post(author, f"@anna@a.test {number}")
    assert costs[0] == costs[1]


async def test_notices_are_kept_for_half_a_year(nodes: Network, node: Node, anna: Actor, annas: Phone) -> None:
    await some_notices(node, anna, 1)
    nodes.clock.move(timedelta(days=179))
    await retention.run(node.context, {})
    assert len(await node.read(lambda tx: notice_rows.page(tx, anna, notice_rows.Wanted(), _page()))) == 1
    nodes.clock.move(timedelta(days=2))
    await retention.run(node.context, {})
    assert await told(annas) == []


def _page() -> Any:
    from node.queries.windows import Page  # noqa: PLC0415  # only here

    return Page()


async def test_scopes(node: Node, anna: Actor) -> None:
    reader, writer = await phone(node, anna, "read:notifications"), await phone(node, anna, "write:notifications")
    assert await reader.get(PATH) == []
    assert await writer.post(f"{PATH}/clear") == {}
    for app, method, path in ((writer, "GET", PATH), (reader, "POST", f"{PATH}/clear")):
        answered = await app.ask(method, path)
        assert (answered.status, answered.body["error"]) == (403, "This action is outside the authorized scopes")
