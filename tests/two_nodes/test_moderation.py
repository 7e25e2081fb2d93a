"""What moderators decide, on the group's node and on another, and how every node shows it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Forbidden, Invalid
from node.queries import follows as follow_rows, groups as group_rows
from node.services import departures, moderating, owning, posts
from tests.borders import Border
from tests.nodes import Node

Place = tuple[Node, Actor, Actor]
"""Where a moderator is: her node, herself, the group as her node has it."""


@pytest.fixture(params=["on the group's node", "on another node"])
async def place(border: Border, request: pytest.FixtureRequest) -> Place:
    """Giulia, on the group's own node, or Eleni, a moderator on another."""
    if request.param == "on the group's node":
        return border.italy, border.giulia, border.group
    eleni = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: moderating.set_moderator(tx, border.giulia, border.group, eleni, moderates=True))
    await border.settle()
    return border.greece, border.eleni, await border.group_at(border.greece)


Work = Callable[[Transaction, Actor, Actor], Awaitable[None]]


async def act(border: Border, place: Place, work: Work) -> None:
    node, moderator, group = place
    await node.do(lambda tx: work(tx, moderator, group))
    await border.settle()


async def test_a_removed_post_disappears_everywhere_but_for_its_author(border: Border, place: Place) -> None:
    opener = await border.opener()
    answer = await border.answer(border.greece, border.eleni, opener.uri)
    here = await place[0].required(opener.uri)
    await act(border, place, lambda tx, by, group: moderating.remove_post(tx, by, group, here, "Werbung"))
    assert await border.threads(opener.uri) == [[answer.uri]] * 3
    assert await border.italy.home(border.giulia) == []
    assert opener.content not in await border.greece.home(border.eleni)
    author_sees = await border.germany.thread(opener.uri, border.anna)
    assert author_sees == [opener.uri, answer.uri]
    hers = await border.germany.required(opener.uri)
    assert (hers.removed_at is not None, hers.removal_reason) == (True, "Werbung")
    assert opener.content in await border.germany.home(border.anna)

    here = await place[0].required(opener.uri)
    await act(border, place, lambda tx, by, group: moderating.restore_post(tx, by, group, here))
    assert await border.threads(opener.uri) == [[opener.uri, answer.uri]] * 3
    assert await border.italy.home(border.giulia) == [opener.content]
    assert opener.content in await border.greece.home(border.eleni)


async def test_an_edit_of_a_removed_post_is_not_relayed(border: Border) -> None:
    opener = await border.opener("Vorher")
    here = await border.italy.required(opener.uri)
    await border.italy.do(lambda tx: moderating.remove_post(tx, border.giulia, border.group, here, ""))
    await border.settle()
    mine = await border.germany.required(opener.uri)
    await border.germany.do(lambda tx: posts.edit(tx, border.anna, mine, posts.Draft("Nachher")))
    await border.settle()
    assert (await border.greece.required(opener.uri)).content == "<p>Vorher</p>"
    assert await border.greece.thread(opener.uri) == []


async def test_a_locked_thread_takes_no_answers_anywhere(border: Border, place: Place) -> None:
    opener = await border.opener()
    answer = await border.answer(border.greece, border.eleni, opener.uri)
    here = await place[0].required(opener.uri)
    await act(border, place, lambda tx, by, group: moderating.lock(tx, by, group, here, locked=True))
    maria = await border.italy.person("maria")
    for uri in (opener.uri, answer.uri):  # the lock is of the thread, not of its first post alone
        for node, author in ((border.germany, border.anna), (border.italy, maria)):
            with pytest.raises(Forbidden, match="locked"):
                await border.answer(node, author, uri)
    moderator = await border.answer(place[0], place[1], opener.uri, "Basta")
    assert await border.threads(opener.uri) == [[opener.uri, answer.uri, moderator.uri]] * 3

    here = await place[0].required(opener.uri)
    await act(border, place, lambda tx, by, group: moderating.lock(tx, by, group, here, locked=False))
    again = await border.answer(border.germany, border.anna, opener.uri)
    assert await border.threads(opener.uri) == [[opener.uri, answer.uri, moderator.uri, again.uri]] * 3


async def test_a_moderators_lock_outlives_the_authors_edit(border: Border) -> None:
    opener = await border.opener()
    here = await border.italy.required(opener.uri)
    await border.italy.do(lambda tx: moderating.lock(tx, border.giulia, border.group, here, locked=True))
    mine = await border.germany.required(opener.uri)  # her node does not know of the lock yet
    await border.germany.do(lambda tx: posts.edit(tx, border.anna, mine, posts.Draft("Anders")))
    await border.settle()
    for node in border.all:
        copy = await node.required(opener.uri)
        assert copy.content == "<p>Anders</p>"
        assert copy.locked_at is not None


async def test_an_answer_sent_before_the_lock_was_known_is_refused_by_the_group(border: Border) -> None:
    opener = await border.opener()
    here = await border.italy.required(opener.uri)
    late = await border.greece.post(border.eleni, "Zu spät @anna@c.test", to=await border.greece.required(opener.uri))
    await border.italy.do(lambda tx: moderating.lock(tx, border.giulia, border.group, here, locked=True))
    await border.settle()
    assert await border.italy.known(late.uri) is None
    assert (await border.italy.outcomes())["refused"] == 1
    assert await border.italy.thread(opener.uri) == await border.germany.thread(opener.uri) == [opener.uri]


async def test_pins_federate(border: Border, place: Place) -> None:
    opener = await border.opener()
    here = await place[0].required(opener.uri)
    await act(border, place, lambda tx, by, group: moderating.pin(tx, by, group, here, pinned=True))
    assert [await border.pins(node) for node in border.all] == [[opener.uri]] * 3
    here = await place[0].required(opener.uri)
    await act(border, place, lambda tx, by, group: moderating.pin(tx, by, group, here, pinned=False))
    assert [await border.pins(node) for node in border.all] == [[]] * 3


async def test_moderators_are_named_and_taken_out(border: Border, place: Place) -> None:
    before = await border.moderators(border.italy)
    anna = await place[0].actor(border.anna.uri) if place[0] is border.italy else await place[0].find("anna@c.test")
    await act(border, place, lambda tx, by, group: moderating.set_moderator(tx, by, group, anna, moderates=True))
    assert [await border.moderators(node) for node in border.all] == [[*before, anna.uri]] * 3
    await act(border, place, lambda tx, by, group: moderating.set_moderator(tx, by, group, anna, moderates=False))
    assert [await border.moderators(node) for node in border.all] == [before] * 3


async def test_a_moderator_elsewhere_cannot_take_the_owner_out(border: Border, place: Place) -> None:
    node, moderator, group = place
    giulia = await node.actor(border.giulia.uri)
    if node is border.italy:
        with pytest.raises(Invalid, match="owner"):
            await act(
                border, place, lambda tx, by, group: moderating.set_moderator(tx, by, group, giulia, moderates=False)
            )
    else:
        await node.do(lambda tx: moderating.set_moderator(tx, moderator, group, giulia, moderates=False))
        await border.settle()
    assert giulia.uri in await border.moderators(border.italy)


async def test_nobody_else_moderates(border: Border) -> None:
    opener = await border.opener()
    group, here = await border.group_at(border.greece), await border.greece.required(opener.uri)
    acts: list[Callable[[Transaction], Awaitable[None]]] = [
        lambda tx: moderating.remove_post(tx, border.eleni, group, here, ""),
        lambda tx: moderating.lock(tx, border.eleni, group, here, locked=True),
        lambda tx: moderating.pin(tx, border.eleni, group, here, pinned=True),
        lambda tx: moderating.set_moderator(tx, border.eleni, group, border.eleni, moderates=True),
        lambda tx: moderating.ban(tx, border.eleni, group, border.eleni, until=None, reason=""),
        lambda tx: moderating.approve(tx, border.eleni, group, border.eleni),
        lambda tx: moderating.invite(tx, border.eleni, group, border.eleni),
    ]
    for work in acts:
        with pytest.raises(Forbidden, match="moderators"):
            await border.greece.do(work)


async def test_a_false_moderator_elsewhere_is_refused_by_the_group(border: Border) -> None:
    """Greece believes that Eleni moderates; the group's own rows say who does."""
    opener = await border.opener()
    group, here = await border.group_at(border.greece), await border.greece.required(opener.uri)
    await border.greece.do(lambda tx: group_rows.add_moderator(tx, group.id, border.eleni.id))
    await border.greece.do(lambda tx: moderating.lock(tx, border.eleni, group, here, locked=True))
    await border.greece.do(lambda tx: moderating.set_moderator(tx, border.eleni, group, border.eleni, moderates=True))
    await border.greece.do(lambda tx: moderating.remove_post(tx, border.eleni, group, here, ""))
    await border.settle()
    assert (await border.italy.outcomes())["refused"] == 3
    copy = await border.italy.required(opener.uri)
    assert copy.locked_at is None
    assert copy.removed_at is None
    assert await border.moderators(border.italy) == [border.giulia.uri]


async def test_a_ban_ends_at_its_time(border: Border, place: Place) -> None:
    until = border.nodes.clock.at + timedelta(days=3)
    anna = await place[0].find("anna@c.test")
    await act(
        border, place, lambda tx, by, group: moderating.ban(tx, by, group, anna, until=until, reason="Beleidigung")
    )
    with pytest.raises(Forbidden, match="closed it to you"):
        await border.opener()
    await border.germany.follow(border.anna, "cucito@a.test")
    await border.settle()
    assert await _member(border) is False
    border.nodes.clock.move(timedelta(days=4))
    await border.germany.follow(border.anna, "cucito@a.test")
    await border.settle()
    assert await _member(border) is True
    opener = await border.opener()
    assert await border.greece.known(opener.uri) is not None


async def test_a_ban_is_lifted(border: Border, place: Place) -> None:
    anna = await place[0].find("anna@c.test")
    await act(border, place, lambda tx, by, group: moderating.ban(tx, by, group, anna, until=None, reason=""))
    assert await _member(border) is False
    await act(border, place, lambda tx, by, group: moderating.unban(tx, by, group, anna))
    await border.germany.follow(border.anna, "cucito@a.test")
    await border.settle()
    assert await _member(border) is True
    opener = await border.opener()
    assert await border.greece.known(opener.uri) is not None


async def test_who_is_banned_is_refused_by_the_group_though_her_node_lets_her(border: Border) -> None:
    opener = await border.opener()
    anna = await border.italy.actor(border.anna.uri)
    await border.italy.do(lambda tx: moderating.ban(tx, border.giulia, border.group, anna, until=None, reason=""))
    answer = await border.germany.post(border.anna, "Doch! @eleni@b.test", to=opener)
    thread = await border.germany.post(border.anna, "Noch eins", group="cucito@a.test")
    await border.settle()
    for node in (border.italy, border.greece):
        assert await node.thread(opener.uri) == [opener.uri]
        assert await node.known(thread.uri) is None
    assert await border.italy.known(answer.uri) is None


async def _member(border: Border) -> bool:
    anna = await border.italy.actor(border.anna.uri)
    return await border.italy.read(lambda tx: follow_rows.accepted(tx, anna.id, border.group.id))


async def test_a_closed_group_takes_answers_and_no_threads(border: Border) -> None:
    opener = await border.opener()
    await border.italy.do(lambda tx: owning.close(tx, border.giulia, border.group, closed=True))
    await border.settle()
    with pytest.raises(Forbidden, match="open threads"):
        await border.opener("Neu")
    answer = await border.answer(border.greece, border.eleni, opener.uri)
    assert await border.threads(opener.uri) == [[opener.uri, answer.uri]] * 3
    await border.italy.do(lambda tx: owning.close(tx, border.giulia, border.group, closed=False))
    await border.settle()
    assert await border.greece.known((await border.opener("Wieder")).uri) is not None


async def test_an_archived_group_takes_nothing(border: Border) -> None:
    opener = await border.opener()
    await border.italy.do(lambda tx: owning.archive(tx, border.giulia, border.group, archived=True))
    await border.settle()
    answer = await border.answer(border.greece, border.eleni, opener.uri)
    assert await border.italy.known(answer.uri) is None
    assert await border.germany.thread(opener.uri) == await border.italy.thread(opener.uri) == [opener.uri]
    here = await border.italy.required(opener.uri)
    with pytest.raises(Forbidden, match="archived"):
        await border.italy.post(border.giulia, "Ancora", to=here)
    await border.italy.do(lambda tx: owning.archive(tx, border.giulia, border.group, archived=False))
    await border.settle()
    again = await border.answer(border.greece, border.eleni, opener.uri)
    assert await border.italy.known(again.uri) is not None


async def test_a_deleted_group_is_gone_everywhere(border: Border) -> None:
    opener = await border.opener()
    await border.italy.do(lambda tx: departures.delete_group(tx, border.giulia, border.group))
    await border.settle()
    status, _, document = await border.italy.get(border.group.uri)
    assert status == 410
    assert document["type"] == "Tombstone"
    for node, person in ((border.greece, border.eleni), (border.germany, border.anna)):
        assert (await border.group_at(node)).deleted_at is not None
        assert await node.home(person) == ([opener.content] if person is border.anna else [])
        with pytest.raises(Forbidden, match="deleted"):
            await border.answer(node, person, opener.uri)


async def test_only_owner_and_operator_decide_about_a_group(border: Border) -> None:
    maria = await border.italy.person("maria", role="moderator")
    olga = await border.italy.person("olga", role="operator")
    for work in (
        lambda tx, by: owning.close(tx, by, border.group, closed=True),
        lambda tx, by: owning.archive(tx, by, border.group, archived=True),
        lambda tx, by: owning.hand_over(tx, by, border.group, maria),
        lambda tx, by: departures.delete_group(tx, by, border.group),
    ):
        with pytest.raises(Forbidden, match="owner"):
            await border.italy.do(lambda tx, work=work: work(tx, maria))
    await border.italy.do(lambda tx: owning.hand_over(tx, olga, border.group, maria))
    assert await _owner(border) == maria.id


async def _owner(border: Border) -> int | None:
    return (await border.italy.read(lambda tx: group_rows.required(tx, border.group))).owner_id


async def test_a_group_is_handed_over_and_followers_learn_who_moderates(border: Border) -> None:
    maria = await border.italy.person("maria")
    await border.italy.do(lambda tx: owning.hand_over(tx, border.giulia, border.group, maria))
    await border.settle()
    assert await _owner(border) == maria.id
    assert [await border.moderators(node) for node in border.all] == [[border.giulia.uri, maria.uri]] * 3


@pytest.mark.parametrize("leaves", [departures.delete_person, departures.suspend])
async def test_who_owns_a_group_when_its_owner_goes(
    border: Border, leaves: Callable[[Transaction, Actor], Awaitable[None]]
) -> None:
    maria = await border.italy.person("maria")
    eleni = await border.italy.actor(border.eleni.uri)
    for person in (eleni, maria):  # Eleni is of another node: she cannot own it
        await border.italy.do(
            lambda tx, person=person: moderating.set_moderator(tx, border.giulia, border.group, person, moderates=True)
        )
    await border.italy.do(lambda tx: leaves(tx, border.giulia))
    await border.settle()
    assert await _owner(border) == maria.id
    assert [await border.moderators(node) for node in border.all] == [[eleni.uri, maria.uri]] * 3


async def test_without_a_moderator_the_operator_names_the_owner(border: Border) -> None:
    olga = await border.italy.person("olga", role="operator")
    maria = await border.italy.person("maria")
    await border.italy.do(lambda tx: departures.suspend(tx, border.giulia))
    assert await _owner(border) is None
    await border.italy.do(lambda tx: owning.hand_over(tx, olga, border.group, maria))
    await border.settle()
    assert await _owner(border) == maria.id
    assert await border.moderators(border.greece) == [maria.uri]
