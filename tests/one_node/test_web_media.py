"""Files in pages: those of this node are shown with their words, those of others are links that somebody may follow."""

import re

from node.services import media
from tests import recordings
from tests.apps import phone
from tests.nodes import Network
from tests.one_node.browsing import HTML
from tests.one_node.mastodon.test_media import V1, attached, fetched, send, uploaded


async def page(node, path: str) -> str:
    status, _, text = await node.get(path, accept=HTML)
    assert status == 200
    assert 'src="http' not in text
    return str(text)


def pictures(text: str) -> list[str]:
    """All but the sign of the node."""
    return [found for found in re.findall(r"<img [^>]*>", text) if "/static/icon" not in found]


async def test_a_picture_of_this_node_is_shown_with_its_words(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    mine = await phone(node, anna)
    file = await uploaded(mine, recordings.picture("JPEG", (900, 600)), description='A "lake"')
    post = await attached(node, anna, file)
    text = await page(node, f"/posts/{post.id}")
    (shown,) = pictures(text)
    assert 'alt="A &#34;lake&#34;"' in shown
    assert 'width="640" height="427"' in shown
    (source,) = re.findall(r'src="(/media/[^"]*)"', shown)
    assert (await fetched(node, node.base + source))[1]["Content-Type"] == "image/webp"


async def test_sounds_and_films_are_played_in_the_page(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    mine = await phone(node, anna)
    for data, tag in ((recordings.film(), "video"), (recordings.sound(), "audio")):
        file = (await send(mine, V1, data, description="Waves")).body
        post = await attached(node, anna, file)
        (played,) = re.findall(rf"<{tag} [^>]*>", await page(node, f"/posts/{post.id}"))
        assert 'aria-label="Waves"' in played
        assert 'preload="none"' in played


async def test_what_is_not_for_every_eye_is_a_link(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    mine = await phone(node, anna)
    file = await uploaded(mine, recordings.picture(), description="A wound")
    found = await node.do(lambda tx: media.attach(tx, anna, [int(file["id"])]))
    post = await node.post(anna, "look", attachments=found, sensitive=True)
    text = await page(node, f"/posts/{post.id}")
    assert pictures(text) == []
    assert f'href="{file["url"]}"' in text
    assert "A wound" in text


async def test_a_picture_of_another_node_is_a_link(sqlite_nodes: Network) -> None:
    a, b = await sqlite_nodes.node("a"), await sqlite_nodes.node("b")
    anna, bea = await a.person("anna"), await b.person("bea")
    await b.follow(bea, "anna@a.test")
    await sqlite_nodes.settle()
    file = await uploaded(await phone(a, anna), recordings.picture(), description="A lake")
    post = await attached(a, anna, file)
    await sqlite_nodes.settle()
    known = await b.required(post.uri)
    text = await page(b, f"/posts/{known.id}")
    assert pictures(text) == []
    assert f'href="{file["url"]}"' in text
