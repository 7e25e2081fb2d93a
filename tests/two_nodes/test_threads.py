"""A thread of a group of one node, written and read on two others: the same everywhere, and once in each home."""

from datetime import timedelta

import pytest

from node.database import Transaction
from node.queries import posts as post_rows, timelines
from node.services import posts, reactions
from tests.borders import Border
from tests.nodes import Network

pytestmark = pytest.mark.both_databases


async def test_a_thread_reads_alike_on_three_nodes(border: Border) -> None:
    opener = await border.opener()
    first = await border.answer(border.greece, border.eleni, opener.uri, "Εγώ!")
    second = await border.answer(border.italy, border.giulia, first.uri, "Brava!")
    third = await border.answer(border.germany, border.anna, opener.uri, "Danke!")
    expected = [opener.uri, first.uri, second.uri, third.uri]
    assert await border.threads(opener.uri) == [expected] * 3
    group = await border.group_at(border.greece)
    assert {(await border.greece.required(uri)).group_id for uri in expected} == {group.id}


async def test_a_thread_stands_once_in_each_home(border: Border) -> None:
    opener = await border.opener()
    await border.answer(border.greece, border.eleni, opener.uri)
    assert await border.italy.home(border.giulia) == [opener.content]
    assert await border.germany.home(border.anna) == [opener.content]
    own_answer_and_thread = await border.greece.home(border.eleni)
    assert own_answer_and_thread.count(opener.content) == 1


async def test_the_plain_original_is_left_out_while_she_follows_the_group(border: Border) -> None:
    await border.greece.follow(border.eleni, "anna@c.test")
    await border.settle()
    texts = [(await border.opener(f"Nummer {n}")).content for n in range(5)]
    seen: list[int] = []
    originals: list[int] = []
    before: int | None = None
    while True:
        page = timelines.Page(2, before)
        rows = await border.greece.read(lambda tx, page=page: timelines.home(tx, border.eleni, page))
        if not rows:
            break
        before = rows[-1].id
        seen += [row.id for row in rows]
        originals += [row.reblog_of_id or row.id for row in rows]
    assert len(set(originals)) == len(originals) == len(texts)
    await border.leave(border.greece, border.eleni)
    assert sorted(await border.greece.home(border.eleni)) == sorted(texts)  # now as her friend's own posts


async def test_a_group_post_does_not_go_to_the_authors_followers(border: Border) -> None:
    maria = await border.greece.person("maria")
    await border.greece.follow(maria, "anna@c.test")
    await border.settle()
    await border.leave(border.greece, border.eleni)
    await border.settle()
    in_group = await border.opener()
    to_followers = await border.germany.post(border.anna, "Guten Morgen")
    await border.settle()
    assert await border.greece.known(in_group.uri) is None
    assert await border.greece.home(maria) == [to_followers.content]


async def test_an_edit_reaches_every_node_and_keeps_what_was(border: Border) -> None:
    opener = await border.opener("Montag")
    draft = posts.Draft("Dienstag", group=await border.group_at(border.germany))
    await border.germany.do(lambda tx: posts.edit(tx, border.anna, opener, draft))
    await border.settle()
    for node in border.all:
        copy = await node.required(opener.uri)
        assert copy.content == "<p>Dienstag</p>"
        history = await node.read(lambda tx, copy=copy: post_rows.edits(tx, copy.id))
        assert [edit.content for edit in history] == ["<p>Montag</p>"]
    assert await border.greece.home(border.eleni) == ["<p>Dienstag</p>"]


async def test_a_delete_reaches_everyone_who_got_it_also_those_who_left(border: Border) -> None:
    opener = await border.opener()
    answer = await border.answer(border.greece, border.eleni, opener.uri)
    await border.leave(border.greece, border.eleni)
    await border.settle()
    assert (await border.greece.required(opener.uri)).content
    await border.germany.do(lambda tx: posts.delete(tx, border.anna, opener))
    await border.settle()
    for node in border.all:
        copy = await node.required(opener.uri)
        assert copy.deleted_at is not None
        assert copy.content == ""
    assert await border.threads(opener.uri) == [[answer.uri]] * 3
    assert await border.italy.home(border.giulia) == []


async def test_likes_travel_to_every_follower_and_back(border: Border) -> None:
    opener = await border.opener()
    copy = await border.greece.required(opener.uri)
    await border.greece.do(lambda tx: reactions.favourite(tx, border.eleni, copy))
    await border.settle()
    assert [await border.likes(node, opener.uri, border.eleni) for node in border.all] == [True] * 3
    await border.greece.do(lambda tx: reactions.unfavourite(tx, border.eleni, copy))
    await border.settle()
    assert [await border.likes(node, opener.uri, border.eleni) for node in border.all] == [False] * 3
    assert [await node.next_due() for node in border.all] == [None] * 3  # nothing is held: it was taken back once


async def test_boosts_go_to_the_boosters_followers_and_the_author(border: Border) -> None:
    maria = await border.italy.person("maria")
    await border.italy.follow(maria, "eleni@b.test")
    await border.settle()
    opener = await border.opener()
    assert await border.italy.home(maria) == []
    copy = await border.greece.required(opener.uri)
    await border.greece.do(lambda tx: reactions.reblog(tx, border.eleni, copy))
    await border.settle()
    assert await border.italy.home(maria) == [opener.content]

    async def boosted(tx: Transaction) -> bool:
        eleni = await border.germany.actor(border.eleni.uri)
        return await post_rows.reblog(tx, eleni.id, opener.id) is not None

    assert await border.germany.read(boosted)
    await border.greece.do(lambda tx: reactions.unreblog(tx, border.eleni, copy))
    await border.settle()
    assert await border.italy.home(maria) == []
    assert not await border.germany.read(boosted)


async def test_what_opens_a_thread_stands_first_whatever_the_clocks_say(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, eleni = await here.person("anna"), await there.person("eleni")
    await here.group("garden", anna)
    await there.follow(eleni, "garden@a.test")
    await nodes.settle()
    opener = await here.post(anna, "Hello", group="garden@a.test")
    await nodes.settle()
    copy = await there.required(opener.uri)
    nodes.clock.move(-timedelta(minutes=3))
    early = await there.post(eleni, "Earlier, says my clock", to=copy)
    nodes.clock.move(timedelta(minutes=3))
    late = await here.post(anna, "Later", to=opener)
    await nodes.settle()
    assert await here.thread(opener.uri) == await there.thread(opener.uri) == [opener.uri, early.uri, late.uri]
