"""Following and joining across nodes: on request, by invitation, at once; leaving, and what is then still owed."""

from datetime import timedelta

import pytest

from federation.addressing import Visibility
from node.database import Transaction
from node.errors import Forbidden, Invalid
from node.queries import deliveries, follows as follow_rows, users as user_rows
from node.services import blocks, follows, groups, moderating, permissions
from node.services.newcomers import KeyPair
from tests.borders import Border, border_of
from tests.nodes import Network, Node


async def accepted(node: Node, follower: str, target: str) -> bool:
    one, other = await node.actor(follower), await node.actor(target)
    return await node.read(lambda tx: follow_rows.accepted(tx, one.id, other.id))


async def pending(node: Node, target: str) -> list[str]:
    actor = await node.actor(target)
    return [person.uri for person in await node.read(lambda tx: follow_rows.pending(tx, actor.id))]


async def test_joining_on_approval(nodes: Network) -> None:
    border = await border_of(nodes, joining="approval")
    eleni, anna, group = border.eleni.uri, border.anna.uri, border.group
    assert await pending(border.italy, group.uri) == [eleni, anna]
    assert not await accepted(border.greece, eleni, group.uri)
    there = await border.italy.actor(eleni)
    await border.italy.do(lambda tx: moderating.approve(tx, border.giulia, group, there))
    refused = await border.italy.actor(anna)
    await border.italy.do(lambda tx: moderating.remove_member(tx, border.giulia, group, refused))
    await border.settle()
    assert await accepted(border.greece, eleni, group.uri)
    assert await accepted(border.italy, eleni, group.uri)
    assert not await accepted(border.germany, anna, group.uri)
    assert await pending(border.italy, group.uri) == []
    post = await border.italy.post(border.giulia, "Solo per noi", group="cucito@a.test")
    await border.settle()
    assert await border.greece.known(post.uri) is not None
    assert await border.germany.known(post.uri) is None
    await border.germany.follow(border.anna, "cucito@a.test")  # she may ask again
    await border.settle()
    assert await pending(border.italy, group.uri) == [anna]


async def test_only_members_post_in_a_group_on_approval(nodes: Network) -> None:
    border = await border_of(nodes, joining="approval")
    post = await border.greece.post(border.eleni, "Posso?", group="cucito@a.test")
    await border.settle()
    assert await border.italy.known(post.uri) is None
    assert (await border.italy.outcomes())["refused"] == 1
    there = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: moderating.approve(tx, border.giulia, border.group, there))
    await border.settle()
    post = await border.greece.post(border.eleni, "Adesso?", group="cucito@a.test")
    await border.settle()
    assert await border.italy.known(post.uri) is not None


async def test_joining_by_invitation(nodes: Network) -> None:
    border = await border_of(nodes, joining="invite")
    assert not await accepted(border.greece, border.eleni.uri, border.group.uri)
    assert await pending(border.italy, border.group.uri) == []
    there = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: moderating.invite(tx, border.giulia, border.group, there))
    await border.greece.follow(border.eleni, "cucito@a.test")
    await border.germany.follow(border.anna, "cucito@a.test")
    await border.settle()
    assert await accepted(border.greece, border.eleni.uri, border.group.uri)
    assert not await accepted(border.germany, border.anna.uri, border.group.uri)
    maria = await border.italy.person("maria")
    with pytest.raises(Forbidden, match="invitation"):
        await border.italy.follow(maria, "cucito@a.test")


async def test_a_repeated_follow_is_answered_again(border: Border) -> None:
    group = await border.group_at(border.greece)

    async def forget(tx: Transaction) -> None:
        follow = await follow_rows.between(tx, border.eleni.id, group.id)
        assert follow is not None
        await follow_rows.change(tx, follow, accepted_at=None)

    await border.greece.do(forget)  # the Accept was lost
    await border.greece.follow(border.eleni, "cucito@a.test")
    await border.settle()
    assert await accepted(border.greece, border.eleni.uri, border.group.uri)
    there = await border.italy.actor(border.eleni.uri)
    assert (await border.italy.read(lambda tx: follow_rows.counts(tx, there.id)))[1] == 1


async def test_who_left_gets_nothing_more(border: Border) -> None:
    await border.leave(border.greece, border.eleni)
    await border.settle()
    post = await border.opener()
    assert await border.greece.known(post.uri) is None
    assert await border.italy.known(post.uri) is not None
    assert not await accepted(border.italy, border.eleni.uri, border.group.uri)


@pytest.mark.parametrize("leaves", [True, False])
async def test_what_is_owed_to_one_who_leaves_is_withdrawn(border: Border, leaves: bool) -> None:
    post = await border.italy.post(border.giulia, "Ancora in viaggio", group="cucito@a.test")
    if leaves:
        await border.leave(border.greece, border.eleni)
        while await border.greece.work():  # her Undo arrives before the post has left
            pass
    await border.settle()
    assert (await border.greece.known(post.uri) is None) == leaves
    assert await border.germany.known(post.uri) is not None


async def test_what_is_owed_stays_while_another_follower_shares_the_inbox(border: Border) -> None:
    await border.greece.follow(await border.greece.person("maria"), "cucito@a.test")
    await border.settle()
    post = await border.italy.post(border.giulia, "Per Maria", group="cucito@a.test")
    await border.leave(border.greece, border.eleni)
    while await border.greece.work():
        pass
    await border.settle()
    assert await border.greece.known(post.uri) is not None


async def test_what_is_owed_to_one_who_is_removed_or_banned_is_withdrawn(border: Border) -> None:
    post = await border.italy.post(border.giulia, "Non per tutti", group="cucito@a.test")
    eleni, anna = await border.italy.actor(border.eleni.uri), await border.italy.actor(border.anna.uri)
    await border.italy.do(lambda tx: moderating.remove_member(tx, border.giulia, border.group, eleni))
    await border.italy.do(
        lambda tx: moderating.ban(tx, border.giulia, border.group, anna, until=None, reason="Insulti")
    )
    await border.settle()
    assert await border.greece.known(post.uri) is None
    assert await border.germany.known(post.uri) is None
    assert not await accepted(border.germany, border.anna.uri, border.group.uri)


async def test_a_follower_of_a_person_is_asked_for_and_may_be_sent_away(border: Border) -> None:
    sofia = await border.italy.person("sofia", approves=True)
    await border.greece.follow(border.eleni, "sofia@a.test")
    await border.settle()
    assert not await accepted(border.greece, border.eleni.uri, sofia.uri)
    eleni = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: follows.accept(tx, sofia, eleni))
    await border.settle()
    private = await border.italy.post(sofia, "Solo amiche", visibility=Visibility.FOLLOWERS)
    await border.settle()
    assert await border.greece.home(border.eleni) == [private.content]
    await border.italy.do(lambda tx: follows.reject(tx, sofia, eleni))
    later = await border.italy.post(sofia, "Senza di lei", visibility=Visibility.FOLLOWERS)
    await border.settle()
    assert not await accepted(border.greece, border.eleni.uri, sofia.uri)
    assert await border.greece.known(later.uri) is None
    assert await border.greece.home(border.eleni) == []


async def test_a_block_ends_both_followings_and_withdraws_what_is_owed(border: Border) -> None:
    await border.greece.follow(border.eleni, "giulia@a.test")
    await border.italy.follow(border.giulia, "eleni@b.test")
    await border.settle()
    shown = await border.italy.post(border.giulia, "Ancora amiche")
    await border.settle()
    assert await border.greece.home(border.eleni) == [shown.content]
    owed = await border.italy.post(border.giulia, "Cara @eleni@b.test", visibility=Visibility.DIRECT)
    eleni = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: blocks.block(tx, border.giulia, eleni))
    await border.settle()
    assert await border.greece.known(owed.uri) is None
    for node in (border.italy, border.greece):
        assert not await accepted(node, border.eleni.uri, border.giulia.uri)
        assert not await accepted(node, border.giulia.uri, border.eleni.uri)
    assert await border.greece.home(border.eleni) == []
    unwanted = await border.greece.post(border.eleni, "Cara @giulia@a.test")
    await border.settle()
    assert await border.italy.known(unwanted.uri) is None
    await border.italy.do(lambda tx: blocks.unblock(tx, border.giulia, eleni))
    await border.settle()
    await border.greece.follow(border.eleni, "giulia@a.test")
    await border.settle()
    assert await accepted(border.greece, border.eleni.uri, border.giulia.uri)


async def test_a_group_has_texts_in_several_languages_and_tells_them(nodes: Network) -> None:
    node = await nodes.node("a")
    group = await node.group(
        "cucito",
        name="Cucito",
        names={"it": "Cucito", "el": "Ράψιμο"},
        summaries={"it": "Per chi cuce", "el": "Για όσες ράβουν"},
        rules={"it": "Gentilezza", "el": "Ευγένεια"},
        languages=["it", "el"],
        topics=["cucito"],
        joining="approval",
    )
    _, _, document = await node.get(group.uri)
    assert document["nameMap"] == {"it": "Cucito", "el": "Ράψιμο"}
    assert document["summaryMap"]["el"] == "Για όσες ράβουν"
    assert [language["identifier"] for language in document["language"]] == ["it", "el"]
    assert document["manuallyApprovesFollowers"] is True


@pytest.mark.parametrize(("role", "may"), [("member", False), ("facilitator", True), ("operator", True)])
async def test_facilitators_create_groups_unless_the_setting_says_everybody(
    sqlite_nodes: Network, role: str, may: bool
) -> None:
    node = await sqlite_nodes.node("a")
    everybody = await sqlite_nodes.node("b", ORDITO_WHO_CREATES_GROUPS="member")
    assert await _may_create(node, role) is may
    assert await _may_create(everybody, role)


async def _may_create(node: Node, role: str) -> bool:
    person = await node.person("vera", role=role)

    async def asked(tx: Transaction) -> bool:
        user = await user_rows.by_actor(tx, person.id)
        assert user is not None
        try:
            permissions.may_create_group(tx, user)
        except Forbidden:
            return False
        return True

    return await node.read(asked)


@pytest.mark.parametrize("visibility", ["members", "hidden"])
@pytest.mark.parametrize("joining", ["open", "approval", "invite"])
async def test_members_only_groups_are_refused_with_a_sentence(
    sqlite_nodes: Network, visibility: str, joining: str
) -> None:
    node = await sqlite_nodes.node("a")
    draft = groups.GroupDraft("riparo", "Riparo", joining=joining, visibility=visibility)
    with pytest.raises(Invalid, match="cannot be open" if joining == "open" else "not ready"):
        await node.do(lambda tx: groups.create(tx, None, draft, KeyPair.generate()))


async def test_a_follow_waits_for_its_answer_for_a_second(border: Border) -> None:
    maria = await border.greece.person("maria")
    await border.greece.follow(maria, "cucito@a.test")
    while any([await node.work() for node in border.all]):
        pass
    assert not await accepted(border.greece, maria.uri, border.group.uri)
    due = await border.italy.read(deliveries.next_due)
    assert due is not None
    assert timedelta(0) < due - border.nodes.clock.at <= timedelta(seconds=1)
    await border.settle()
    assert await accepted(border.greece, maria.uri, border.group.uri)
