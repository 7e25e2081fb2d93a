"""An app on one node, and people, groups and polls of another."""

from datetime import timedelta

import pytest

from tests.apps import phone
from tests.nodes import Network

pytestmark = pytest.mark.both_databases

STATUSES = "/api/v1/statuses"
HOME = "/api/v1/timelines/home"


async def test_an_app_writes_into_a_group_of_another_node(nodes: Network) -> None:
    """By mentioning it, also where nobody here has heard of it yet, and by answering in its thread."""
    greece, italy = await nodes.node("a"), await nodes.node("b")
    owner = await italy.person("giulia", role="facilitator")
    group = await italy.group("cucito", owner)
    eleni = await phone(greece, await greece.person("eleni"))
    opener = await eleni.post(STATUSES, "Status", status="Ποια ράβει; @cucito@b.test", visibility="public")
    assert (opener["mentions"][0]["acct"], opener["visibility"]) == ("cucito@b.test", "public")
    await nodes.settle()
    there = await italy.required(opener["uri"])
    assert there.group_id == group.id

    giulia = await phone(italy, owner)
    answer = await giulia.post(STATUSES, "Status", status="Io!", in_reply_to_id=str(there.id), visibility="public")
    await nodes.settle()
    context = await eleni.get(f"{STATUSES}/{opener['id']}/context", "Context")
    assert [status["uri"] for status in context["descendants"]] == [answer["uri"]]
    local = context["descendants"][0]
    assert local["mentions"][0]["acct"] == "cucito@b.test"
    second = await eleni.post(STATUSES, "Status", status="Ωραία", in_reply_to_id=local["id"], visibility="public")
    await nodes.settle()
    assert (await italy.required(second["uri"])).group_id == group.id
    whole = await giulia.get(f"{STATUSES}/{there.id}/context", "Context")
    assert [status["uri"] for status in whole["descendants"]] == [answer["uri"], second["uri"]]


async def test_what_is_done_on_one_node_is_seen_on_the_other(nodes: Network) -> None:
    greece, italy = await nodes.node("a"), await nodes.node("b")
    eleni, giulia = await greece.person("eleni"), await italy.person("giulia")
    await greece.follow(eleni, "giulia@b.test")
    await nodes.settle()
    hers, theirs = await phone(italy, giulia), await phone(greece, eleni)
    status = await hers.post(STATUSES, "Status", status="Ciao", spoiler_text="Saluti", language="it")
    await nodes.settle()
    copy = (await theirs.get(HOME, "[Status]"))[0]
    assert (copy["uri"], copy["spoiler_text"], copy["language"]) == (status["uri"], "Saluti", "it")
    await theirs.post(f"{STATUSES}/{copy['id']}/favourite", "Status")
    await nodes.settle()
    path = f"{STATUSES}/{status['id']}"
    assert [account["acct"] for account in await hers.get(f"{path}/favourited_by")] == ["eleni@a.test"]
    nodes.clock.at += timedelta(minutes=1)
    await hers.put(path, "Status", status="Buongiorno")
    await nodes.settle()
    history = await theirs.get(f"{STATUSES}/{copy['id']}/history", "[StatusEdit]")
    assert [version["content"] for version in history] == ["<p>Ciao</p>", "<p>Buongiorno</p>"]
    await hers.delete(path)
    await nodes.settle()
    assert (await theirs.ask("GET", f"{STATUSES}/{copy['id']}")).status == 404


@pytest.mark.parametrize("group", ["", "@cucito@b.test "])
async def test_a_poll_crosses_the_border_and_its_votes_come_back(nodes: Network, group: str) -> None:
    greece, italy = await nodes.node("a"), await nodes.node("b")
    eleni, giulia = await greece.person("eleni"), await italy.person("giulia")
    if group:
        await italy.group("cucito", await italy.person("owner", role="facilitator"))
    await greece.follow(eleni, "cucito@b.test" if group else "giulia@b.test")
    await nodes.settle()
    hers, theirs = await phone(italy, giulia), await phone(greece, eleni)
    poll = {"options": ["Lunedì", "Venerdì"], "expires_in": 3600, "multiple": True}
    status = await hers.post(STATUSES, "Status", status=f"{group}Quando?", poll=poll, visibility="public")
    await nodes.settle()
    copy = (await theirs.get(HOME, "[Status]"))[0]
    path = f"/api/v1/polls/{(copy['reblog'] or copy)['id']}"
    voted = await theirs.post(f"{path}/votes", "Poll", choices=[0, 1])
    assert (voted["own_votes"], voted["voters_count"], voted["votes_count"]) == ([0, 1], 1, 2)
    await nodes.settle()
    counted = await hers.get(f"/api/v1/polls/{status['id']}", "Poll")
    assert (counted["voters_count"], [option["votes_count"] for option in counted["options"]]) == (1, [1, 1])

    other = await phone(italy, await italy.person("other"))
    await other.post(f"/api/v1/polls/{status['id']}/votes", "Poll", choices=[1])
    nodes.clock.at += timedelta(seconds=30)
    assert (await theirs.get(path, "Poll"))["voters_count"] == 1
    nodes.clock.at += timedelta(minutes=1)
    asked = await theirs.get(path, "Poll")
    assert (asked["voters_count"], asked["own_votes"]) == (2, [0, 1])

    third = await phone(italy, await italy.person("third"))
    await third.post(f"/api/v1/polls/{status['id']}/votes", "Poll", choices=[0])
    nodes.clock.at += timedelta(minutes=3)
    await nodes.settle()
    stored = await greece.required(status["uri"])
    assert (stored.poll["voters"], [option["votes"] for option in stored.poll["options"]]) == (3, [2, 2])
    nodes.clock.at += timedelta(hours=1)
    await nodes.settle()
    assert (await theirs.get(path, "Poll"))["expired"] is True
    assert (await greece.required(status["uri"])).poll["closed_at"] is not None
