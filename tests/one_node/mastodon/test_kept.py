"""What is kept of accounts and statuses is never older than its row, and never another reader's."""

import pytest

from federation.addressing import Visibility
from node.queries import actors as actor_rows
from node.services import posts, reactions
from tests.apps import Phone, phone
from tests.nodes import Node
from tests.one_node.mastodon.test_timelines import HOME, PUBLIC, following

pytestmark = pytest.mark.both_databases


async def test_an_edit_and_a_new_name_are_there_at_once(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    post = await node.post(boris, "before #seeds")
    nobody = Phone(node)
    [before] = await nobody.get(PUBLIC, "[Status]")
    assert await nobody.get(PUBLIC, "[Status]") == [before]

    draft = posts.Draft("after #soil @anna@a.test", mentioned={"@anna@a.test": anna})
    await node.do(lambda tx: posts.edit(tx, boris, post, draft))
    await node.do(lambda tx: actor_rows.change(tx, boris, name="Boris B."))
    await node.do(lambda tx: reactions.favourite(tx, anna, post))
    [after] = await nobody.get(PUBLIC, "[Status]")
    assert "after" in after["content"]
    assert before["edited_at"] is None
    assert after["edited_at"] is not None
    assert [tag["name"] for tag in after["tags"]] == ["soil"]
    assert (after["account"]["display_name"], after["favourites_count"]) == ("Boris B.", 1)


async def test_what_is_a_readers_own_is_nobody_elses(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    post = await node.post(boris, "for all")
    mine, his, nobody = await phone(node, anna), await phone(node, boris), Phone(node)
    await mine.post(f"/api/v1/statuses/{post.id}/favourite")
    await mine.post(f"/api/v1/statuses/{post.id}/bookmark")
    path = f"/api/v1/statuses/{post.id}"
    hers, of_him, of_nobody = [await app.get(path, "Status") for app in (mine, his, nobody)]
    assert (hers["favourited"], hers["bookmarked"]) == (True, True)
    assert (of_him["favourited"], of_him["bookmarked"]) == (False, False)
    assert {"favourited", "bookmarked", "muted", "filtered"}.isdisjoint(of_nobody)
    assert of_nobody["content"] == hers["content"]


async def test_what_is_kept_opens_nothing(node: Node) -> None:
    anna, boris, carla = [await node.person(name) for name in ("anna", "boris", "carla")]
    await following(node, anna, boris)
    private = await node.post(boris, "followers", visibility=Visibility.FOLLOWERS)
    mine, hers = await phone(node, anna), await phone(node, carla)
    assert [status["id"] for status in await mine.get(HOME, "[Status]")] == [str(private.id)]
    for app in (hers, Phone(node)):
        assert (await app.ask("GET", f"/api/v1/statuses/{private.id}")).status == 404
        assert await app.get(f"/api/v1/accounts/{boris.id}/statuses") == []
    await (await phone(node, boris)).post(f"/api/v1/accounts/{anna.id}/block")
    assert await mine.get(HOME) == []
    assert (await mine.ask("GET", f"/api/v1/statuses/{private.id}")).status == 404
