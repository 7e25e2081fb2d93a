"""A server that an operator blocks: nothing more comes from it, nothing goes to it, and what was between ends."""

import pytest

from node.errors import Forbidden
from node.queries import follows as follow_rows, inbox_items
from node.services import hosts
from tests.borders import Border


@pytest.mark.both_databases
async def test_followings_end_in_both_directions(border: Border) -> None:
    await border.italy.follow(border.giulia, "eleni@b.test")
    await border.greece.follow(border.eleni, "giulia@a.test")
    await border.settle()
    eleni = await border.italy.actor(border.eleni.uri)
    pairs = [(border.giulia, eleni), (eleni, border.giulia), (eleni, border.group)]
    assert [await _accepted(border, *pair) for pair in pairs] == [True] * 3
    assert await border.italy.do(lambda tx: hosts.block(tx, "b.test")) == 3
    assert [await _accepted(border, *pair) for pair in pairs] == [False] * 3
    anna = await border.italy.actor(border.anna.uri)
    assert await _accepted(border, anna, border.group)
    with pytest.raises(Forbidden, match="blocked"):
        await border.italy.follow(border.giulia, "eleni@b.test")
    await border.italy.do(lambda tx: hosts.unblock(tx, "b.test"))
    await border.italy.follow(border.giulia, "eleni@b.test")
    await border.settle()
    assert await _accepted(border, border.giulia, eleni)


async def _accepted(border: Border, follower, target) -> bool:
    return await border.italy.read(lambda tx: follow_rows.accepted(tx, follower.id, target.id))


async def test_what_is_owed_to_it_is_withdrawn_and_others_get_it(border: Border) -> None:
    post = await border.italy.post(border.giulia, "Ciao", group="cucito@a.test")
    await border.italy.do(lambda tx: hosts.block(tx, "b.test"))
    await border.settle()
    assert await border.greece.known(post.uri) is None
    assert (await border.germany.required(post.uri)).content == post.content
    later = await border.italy.post(border.giulia, "Ancora @eleni@b.test", group="cucito@a.test")
    await border.settle()
    assert await border.greece.known(later.uri) is None
    assert await border.germany.known(later.uri) is not None


async def test_what_it_sent_before_has_no_effect_any_more(border: Border) -> None:
    accepted = await border.greece.post(border.eleni, "Prima", group="cucito@a.test")
    await border.greece.work()
    assert await border.italy.read(inbox_items.waiting) == 1
    await border.italy.do(lambda tx: hosts.block(tx, "b.test"))
    await border.settle()
    assert (await border.italy.outcomes())["refused"] == 1
    assert await border.italy.known(accepted.uri) is None


async def test_nothing_comes_from_it_by_another_road(border: Border) -> None:
    opener = await border.opener()
    await border.germany.do(lambda tx: hosts.block(tx, "b.test"))
    answer = await border.answer(border.greece, border.eleni, opener.uri)
    assert await border.italy.known(answer.uri) is not None
    assert await border.germany.known(answer.uri) is None
