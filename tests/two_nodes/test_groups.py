"""A group of one node, followed, posted to and answered in from another."""

import pytest

from tests.nodes import Network

pytestmark = pytest.mark.both_databases


async def test_a_thread_crosses_the_border_and_back(nodes: Network) -> None:
    italy, greece = await nodes.node("a"), await nodes.node("b")
    owner = await italy.person("giulia", role="facilitator")
    await italy.group("cucito", owner)
    eleni = await greece.person("eleni")
    await greece.follow(eleni, "cucito@a.test")
    await nodes.settle()

    opener = await italy.post(owner, "Chi porta la macchina da cucire?", group="cucito@a.test")
    await nodes.settle()
    copy = await greece.required(opener.uri)
    assert copy.content == opener.content
    assert await greece.home(eleni) == [opener.content]

    answer = await greece.post(eleni, "Εγώ!", to=copy)
    await nodes.settle()
    assert (await italy.required(answer.uri)).in_reply_to_uri == opener.uri
    assert await italy.thread(opener.uri) == await greece.thread(opener.uri) == [opener.uri, answer.uri]
