"""Mastodon.py, the library of most scripts and bots: a member of Italy's node, and a group in Greece."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mastodon import Mastodon, MastodonNotFoundError, StreamListener
from PIL import Image

from tests.clients.conftest import PASSWORD, Partners, until
from tests.clients.consent import consent

pytestmark = pytest.mark.xdist_group("clients")
SCOPES = ["read", "write", "follow", "push"]
BACK = "http://localhost/callback"


@pytest.fixture
def anna(partners: Partners, tmp_path: Path) -> Mastodon:
    """Signed in by OAuth, as the library does it; http is for tests alone."""
    client_id, client_secret = Mastodon.create_app(
        "a script", scopes=SCOPES, redirect_uris=BACK, api_base_url=partners.italy.base
    )
    app = Mastodon(client_id=client_id, client_secret=client_secret, api_base_url=partners.italy.base)
    url = app.auth_request_url(redirect_uris=BACK, scopes=SCOPES, state="as sent", allow_http=True)
    back = parse_qs(urlsplit(consent(url, "anna", PASSWORD)).query)
    assert back["state"] == ["as sent"]
    app.log_in(code=back["code"][0], redirect_uri=BACK, scopes=SCOPES, allow_http=True)
    return app


class Heard(StreamListener):
    """What the stream said, in order."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.notices: list[Any] = []

    def on_update(self, status: Any) -> None:
        self.updates.append(status)

    def on_notification(self, notification: Any) -> None:
        self.notices.append(notification)


@contextmanager
def streaming(app: Mastodon) -> Iterator[Heard]:
    heard = Heard()
    handle = app.stream_user(heard, run_async=True, timeout=60)
    until(handle.is_receiving)
    try:
        yield heard
    finally:
        threading.Thread(target=handle.close, daemon=True).start()


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(made, "JPEG")
    return made.getvalue()


def joined(app: Mastodon, partners: Partners) -> Any:
    """The group, which she is a member of."""
    group = app.search_v2(f"@{partners.group}", resolve=True, result_type="accounts").accounts[0]
    assert (group.acct, group.group) == (partners.group, True)
    app.account_follow(group.id)
    until(lambda: app.account_relationships(group.id)[0].following)
    return group


@pytest.mark.both_databases
def test_she_reads_and_answers_in_a_group_abroad(anna: Mastodon, partners: Partners) -> None:
    me = anna.account_verify_credentials()
    assert (me.acct, anna.instance_v1().uri) == ("anna", partners.italy.host)
    group = joined(anna, partners)
    assert [entry.title for entry in anna.lists()] == ["Κουζίνα"]
    later = partners.greece.said("post", "--as", "eleni", "--group", "kitchen", "And who the olives?")
    wrapper = until(lambda: next((s for s in anna.timeline_home() if s.reblog and s.reblog.uri == later), None))
    assert (wrapper.account.id, wrapper.reblog.account.username) == (group.id, "eleni")
    answer = anna.status_post(f"@eleni@{partners.greece.host} I do", in_reply_to_id=wrapper.reblog.id)
    assert answer.in_reply_to_id == wrapper.reblog.id
    until(lambda: "I do" in str(partners.greece.json("inspect", answer.uri)))
    thread = anna.status_context(wrapper.reblog.id)
    assert [post.uri for post in thread.descendants] == [answer.uri]


def test_she_opens_a_thread_by_naming_the_group(anna: Mastodon, partners: Partners) -> None:
    joined(anna, partners)
    opener = anna.status_post(f"@{partners.group} I have too much basil")
    until(lambda: any(s.reblog and s.reblog.id == opener.id for s in anna.timeline_home()))
    assert opener.uri in str(partners.greece.json("timeline", "--group", "kitchen"))


def test_she_uploads_edits_and_deletes(anna: Mastodon, partners: Partners) -> None:
    media = anna.media_post(picture(), mime_type="image/jpeg", description="a teal board", synchronous=True)
    written = anna.status_post("Look at this", media_ids=[media], sensitive=False)
    shown = written.media_attachments[0]
    assert (shown.type, shown.description, shown.meta.original.width) == ("image", "a teal board", 320)
    edited = anna.status_update(written.id, "Look at that")
    assert (edited.id, "that" in edited.content, edited.edited_at is not None) == (written.id, True, True)
    assert [("this" in e.content, "that" in e.content) for e in anna.status_history(written.id)] == [
        (True, False),
        (False, True),
    ]
    assert anna.status_delete(written.id).text == "Look at that"
    with pytest.raises(MastodonNotFoundError):
        anna.status(written.id)


def test_she_is_told_of_answers_while_she_looks(anna: Mastodon, partners: Partners) -> None:
    joined(anna, partners)
    question = anna.status_post(f"@{partners.group} Does anybody have an oven?")
    until(lambda: question.uri in str(partners.greece.json("timeline", "--group", "kitchen")))
    with streaming(anna) as heard:
        partners.greece.said("post", "--as", "eleni", "--reply-to", question.uri, f"@{partners.anna} I have one")
        until(lambda: heard.notices)
    assert (heard.notices[0].type, heard.notices[0].account.username) == ("mention", "eleni")
    listed = anna.notifications()
    assert [(n.type, n.status.in_reply_to_id) for n in listed if n.type == "mention"] == [("mention", question.id)]
