"""masto.js, the engine of Phanpy and Elk: a member of Italy's node, a group in Greece, and a WebSocket."""

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from PIL import Image

from tests.clients import masto_js
from tests.clients.conftest import PASSWORD, Partners, until
from tests.clients.consent import consent
from tests.clients.masto_js import Masto, Refused

pytestmark = pytest.mark.xdist_group("clients")
BACK = "http://localhost/callback"
SCOPES = "read write follow push"


@pytest.fixture
def anna(partners: Partners) -> Iterator[Masto]:
    """Signed in by OAuth, as Elk does it."""
    if not masto_js.PROGRAM.installed():
        pytest.skip(masto_js.PROGRAM.missing)
    with masto_js.running(partners.italy.base) as app:
        registered = app.call("v1.apps.create", {"clientName": "Elk", "redirectUris": BACK, "scopes": SCOPES})
        asked = {"client_id": registered["clientId"], "redirect_uri": BACK, "scope": SCOPES, "response_type": "code"}
        back = consent(f"{partners.italy.base}/oauth/authorize?{urlencode(asked)}", "anna", PASSWORD)
        known = {"clientId": registered["clientId"], "clientSecret": registered["clientSecret"]}
        code = parse_qs(urlsplit(back).query)["code"][0]
        grant = {"grantType": "authorization_code", "code": code, "redirectUri": BACK}
        app.tell("token", token=app.call("token.create", known | grant, client="oauth")["accessToken"])
        yield app


def joined(app: Masto, partners: Partners) -> dict[str, Any]:
    """The group, which she is a member of."""
    query = {"q": f"@{partners.group}", "resolve": True, "type": "accounts"}
    found: dict[str, Any] = app.call("v2.search.list", query)["accounts"][0]
    app.call("v1.accounts.$.follow", select=found["id"])
    until(lambda: app.call("v1.accounts.relationships.fetch", {"id": [found["id"]]})[0]["following"])
    return found


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(made, "PNG")
    return made.getvalue()


def test_she_reads_answers_and_is_told_at_once(anna: Masto, partners: Partners) -> None:
    assert anna.call("v1.accounts.verifyCredentials")["acct"] == "anna"
    streaming = anna.call("v2.instance.fetch")["configuration"]["urls"]["streaming"]
    group = joined(anna, partners)
    anna.tell("stream", url=streaming, stream="user")
    later = partners.greece.said("post", "--as", "eleni", "--group", "kitchen", "And who the olives?")
    heard = until(lambda: [e for e in anna.tell("heard") if e["event"] == "update"])
    assert (heard[0]["stream"], heard[0]["payload"]["account"]["id"]) == (["user"], group["id"])
    thread = heard[0]["payload"]["reblog"]
    assert thread["uri"] == later
    text = f"@eleni@{partners.greece.host} I do"
    answer = anna.call("v1.statuses.create", {"status": text, "inReplyToId": thread["id"]})
    until(lambda: "I do" in str(partners.greece.json("inspect", answer["uri"])))
    partners.greece.said("post", "--as", "eleni", "--reply-to", answer["uri"], f"@{partners.anna} Thank you")
    told = until(lambda: [e for e in anna.tell("heard") if e["event"] == "notification"])
    assert told[0]["payload"]["status"]["inReplyToId"] == answer["id"]
    context = anna.call("v1.statuses.$.context.fetch", select=thread["id"])
    assert context["descendants"][0]["id"] == answer["id"]


def test_she_uploads_edits_and_deletes(anna: Masto) -> None:
    media = anna.upload(picture(), "a teal board")
    written = anna.call("v1.statuses.create", {"status": "Look at this", "mediaIds": [media["id"]]})
    assert written["mediaAttachments"][0]["description"] == "a teal board"
    edited = anna.call("v1.statuses.$.update", {"status": "Look at that"}, select=written["id"])
    assert "that" in edited["content"]
    anna.call("v1.statuses.$.remove", select=written["id"])
    with pytest.raises(Refused) as refused:
        anna.call("v1.statuses.$.fetch", select=written["id"])
    assert refused.value.status == 404
