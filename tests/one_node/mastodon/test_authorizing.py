"""The page on which somebody lets an app in: what it says, what it sends, and what it never does."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.apps import Phone
from tests.nodes import Network, Node
from tests.one_node.browsing import PASSWORD, Browser, give_password, signed_in
from tests.one_node.mastodon.letting_in import CALLBACK, allow, answer, challenge, decide, register
from tests.one_node.mastodon.test_apps import REAL

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
ODD = "a b&c=d+e/%2F?é"
"""A state that is hard to hand back."""


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


@pytest.fixture
async def anna(node: Node):
    async with await signed_in(node, await node.person("anna")) as browser:
        yield browser


@pytest.mark.parametrize("uri", [uri for uri in REAL if uri != OUT_OF_BAND])
async def test_the_answer_goes_to_a_real_address_letter_by_letter(node: Node, anna: Browser, uri: str):
    app = await register(node, uri)
    seen = await allow(anna, app.question(state="s1"))
    assert seen.status == 302
    code = answer(seen, uri)["code"]
    assert seen.headers["Location"] == f"{uri}?code={code}&state=s1"
    assert (await app.exchange(code)).status == 200


async def test_what_an_address_has_already_stays(node: Node, anna: Browser):
    uri = "https://app.example/back?keep=%20it&again=%20"
    app = await register(node, uri)
    seen = await allow(anna, app.question(state=ODD))
    assert answer(seen, uri)["state"] == ODD
    assert seen.headers["Location"].startswith(f"{uri}&code=")
    without = await allow(anna, app.question())
    assert "state" not in answer(without, uri)


async def test_a_refusal_is_told_to_the_app(node: Node, anna: Browser):
    app = await register(node)
    seen = await decide(anna, app.question(state=ODD), "refuse")
    assert (seen.status, seen.headers["Cache-Control"]) == (302, "private, no-store")
    told = answer(seen, CALLBACK)
    assert (told["error"], told["state"]) == ("access_denied", ODD)
    assert told["error_description"]
    assert "code" not in told
    out_of_band = await register(node, OUT_OF_BAND)
    assert (await decide(anna, out_of_band.question(), "refuse")).headers["Location"] == "/apps"


async def test_the_page_says_which_app_as_whom_and_what(node: Node, anna: Browser):
    app = await register(node, client_name="Rete <b>", website="https://rete.example", scopes="read write push")
    seen = await anna.get(app.question(scope="read read:lists push"))
    assert "Let Rete <b> in?" in seen.words
    assert "https://rete.example" in seen.words
    assert "You are signed in as anna. @anna@a.test" in seen.words
    assert "Read all that you can read here" in seen.words
    assert "Send notices to your device" in seen.words
    assert "See your lists" not in seen.words  # the wider one says it
    assert "in your name" not in seen.words
    assert seen.headers["Cache-Control"] == "private, no-store"
    assert "<script" not in seen.text


async def test_every_scope_has_words(node: Node, anna: Browser):
    from node.services import scopes  # noqa: PLC0415  # only here

    app = await register(node, scopes=" ".join(scopes.ALL))
    for scope in scopes.ALL:
        seen = await anna.get(app.question(scope=scope))
        assert seen.status == 200, scope
        assert seen.words.partition("It may then ")[2].partition(".")[0], scope


async def test_a_browser_may_follow_the_answer_anywhere_and_keep_its_opener(node: Node, anna: Browser):
    app = await register(node)
    page = await anna.get(app.question())
    policy = page.headers["Content-Security-Policy"]
    assert "form-action" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "Cross-Origin-Opener-Policy" not in page.headers
    assert "form-action 'self'" in (await anna.get("/home")).headers["Content-Security-Policy"]


async def test_the_whole_question_is_kept_through_signing_in(node: Node):
    await give_password(node, await node.person("anna"))
    app = await register(node, scopes="read write")
    many = {"scope": "read write", "state": ODD + "x" * 1500, "code_challenge": challenge()}
    path = app.question(**many, code_challenge_method="S256").replace("authorize?", "authorize/?")
    async with Browser(node) as browser:
        sent = await browser.get(path)
        assert sent.status == 303
        page = await browser.get(sent.headers["Location"])
        back = page.field("next")
        assert dict(parse_qsl(urlsplit(back).query)) == dict(parse_qsl(urlsplit(path).query))
        seen = await browser.post("/sign-in", name="anna", password=PASSWORD, next=back)
        assert seen.headers["Location"] == back
        told = answer(await allow(browser, back), CALLBACK)
    assert told["state"] == many["state"]
    assert (await app.exchange(told["code"], code_verifier="v" * 43)).status == 200


async def test_an_app_can_want_her_to_sign_in_again(node: Node, anna: Browser):
    await give_password(node, await node.person("maria"))
    app = await register(node)
    assert (await anna.get(app.question(force_login="false"))).status == 200
    for value in ("true", "1"):
        sent = await anna.get(app.question(force_login=value))
        assert sent.status == 303
        page = await anna.get(sent.headers["Location"])
        assert (page.status, "Password" in page.words) == (200, True)
    back = page.field("next")
    await anna.post("/sign-in", name="maria", password=PASSWORD, next=back)
    token = (await app.exchange(answer(await allow(anna, back), CALLBACK)["code"])).body["access_token"]
    assert (await Phone(node, token).get("/api/v1/accounts/verify_credentials"))["acct"] == "maria"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "unknown"},
        {"client_id": ""},
        {"redirect_uri": "https://app.example/back/"},
        {"redirect_uri": "https://APP.example/back"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"response_type": ""},
        {"scope": "read write follow push admin:read"},
        {"scope": "made:up"},
        {"code_challenge": challenge()},
        {"code_challenge": challenge(), "code_challenge_method": "plain"},
        {"code_challenge": "short", "code_challenge_method": "S256"},
    ],
)
@pytest.mark.parametrize("knows_her", [True, False])
async def test_a_wrong_question_leads_nowhere(node: Node, anna: Browser, changed: dict[str, str], knows_her: bool):
    app = await register(node)
    assert (await anna.get(app.question())).status == 200
    async with Browser(node) as nobody:
        seen = await (anna if knows_her else nobody).get(app.question(**changed))
    assert seen.status == 400
    assert "Location" not in seen.headers
    assert "<h1>This app" in seen.text


async def test_nothing_is_decided_without_the_page(node: Node, anna: Browser):
    app = await register(node)
    asked = urlsplit(app.question()).query
    page = await anna.get(app.question())
    for fields, headers in (
        ({"csrf": "0" * 64}, {"Sec-Fetch-Site": "same-origin"}),
        ({"csrf": page.form_token}, {"Sec-Fetch-Site": "cross-site"}),
        ({"csrf": page.form_token}, {"Origin": "https://evil.example"}),
    ):
        seen = await anna.post("/oauth/authorize", headers=headers, asked=asked, answer="allow", **fields)
        assert (seen.status, "Location" in seen.headers) == (403, False)
    wrong = asked.replace("app.example", "evil.example")
    assert (await anna.post("/oauth/authorize", asked=wrong, answer="allow")).status == 400
    assert (await anna.post("/oauth/authorize", asked=asked, answer="allow")).status == 302
    async with Browser(node) as nobody:
        seen = await nobody.post("/oauth/authorize", asked=asked, answer="allow")
        assert seen.status == 303
        assert seen.headers["Location"].startswith("/sign-in?next=")


async def test_a_code_to_type_is_shown_on_a_page(node: Node, anna: Browser):
    app = await register(node, OUT_OF_BAND)
    seen = await allow(anna, app.question(state="x"))
    assert seen.status == 302
    page = await anna.get(seen.headers["Location"])
    assert (page.status, page.headers["Cache-Control"]) == (200, "private, no-store")
    code = seen.headers["Location"].partition("code=")[2]
    assert f'value="{code}"' in page.text
    assert "readonly" in page.text
    assert (await app.exchange(code)).status == 200
    assert (await anna.get("/oauth/authorize/native?code=<b>")).status == 404


async def test_she_sees_her_apps_and_takes_them_out(node: Node, anna: Browser):
    first, second = await register(node, client_name="Alpha"), await register(node, client_name="Beta")
    tokens = [await app.token(anna) for app in (first, first, second)]
    waiting = await first.code(anna)
    async with await signed_in(node, await node.person("maria")) as maria:
        hers = await first.token(maria)
    page = await anna.get("/apps")
    assert page.words.index("Beta") < page.words.index("Alpha")
    assert "On 2 devices." in page.words
    await anna.post("/apps", app=first.credentials["id"])
    me = "/api/v1/accounts/verify_credentials"
    states = [(await Phone(node, token).ask("GET", me)).status for token in [*tokens, hers]]
    assert states == [401, 401, 200, 200]
    assert (await first.exchange(waiting)).status == 400
    words = (await anna.get("/apps")).words
    assert ("Alpha" in words, "Beta" in words) == (False, True)
    assert 'href="/apps"' in (await anna.get("/@anna")).text
    async with Browser(node) as nobody:
        assert (await nobody.get("/apps")).status == 303
        assert 'href="/apps"' not in (await nobody.get("/@anna")).text


async def test_a_token_of_the_command_line_is_shown_too(node: Node, anna: Browser):
    from tests.apps import phone  # noqa: PLC0415  # only here

    made = await phone(node, await node.find("anna@a.test"))
    assert "Programs with a token from the command line" in (await anna.get("/apps")).words
    await anna.post("/apps", app="")
    assert (await made.ask("GET", "/api/v1/accounts/verify_credentials")).status == 401
