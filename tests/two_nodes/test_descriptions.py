"""What a group and a person say of themselves, and accounts that go, as other nodes show them."""

from node.queries import follows as follow_rows
from node.services import actors, departures, owning, reactions
from node.services.profiles import Profile
from tests.borders import Border


async def test_a_groups_description_reaches_its_followers(border: Border) -> None:
    profile = Profile("Cucito insieme", {"de": "Nähen"}, about="Ago e *filo*", languages=["it", "de"])
    description = owning.Description(profile, {"it": "Con rispetto.", "de": "Mit Respekt."}, ["cucito"])
    await border.italy.do(lambda tx: owning.describe(tx, border.giulia, border.group, description))
    await border.settle()
    for node in (border.greece, border.germany):
        group = await border.group_at(node)
        assert (group.name, group.summary, group.languages) == (
            "Cucito insieme",
            "<p>Ago e <em>filo</em></p>",
            ["it", "de"],
        )
        assert [(entry["name"], entry["value"]) for entry in group.fields] == [
            ("Rules (Italiano)", "Con rispetto."),
            ("Rules (Deutsch)", "Mit Respekt."),
        ]
        assert await node.read(lambda tx, group=group: _member_here(tx, group.id))


async def _member_here(tx, group_id: int) -> bool:
    return await follow_rows.any_local_follower(tx, group_id)


async def test_a_profile_reaches_followers(border: Border) -> None:
    await border.greece.follow(border.eleni, "giulia@a.test")
    await border.settle()
    values = {"name": "Giulia C.", "summary": "<p>Sarta</p>"}
    await border.italy.do(lambda tx: actors.change_profile(tx, border.giulia, values))
    await border.settle()
    giulia = await border.greece.actor(border.giulia.uri)
    assert (giulia.name, giulia.summary) == ("Giulia C.", "<p>Sarta</p>")


async def test_a_deleted_person_is_gone_everywhere_with_her_likes(border: Border) -> None:
    opener = await border.opener()
    here = await border.greece.required(opener.uri)
    await border.greece.do(lambda tx: reactions.favourite(tx, border.eleni, here))
    await border.settle()
    assert await border.likes(border.germany, opener.uri, border.eleni)
    await border.greece.do(lambda tx: departures.delete_person(tx, border.eleni))
    await border.settle()
    for node in border.all:
        assert (await node.actor(border.eleni.uri)).deleted_at is not None
        assert not await border.likes(node, opener.uri, border.eleni)
