"""Signing in by link and by password, and what keeps others from it."""

import re
from asyncio import gather
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest

from node.queries import actors as actor_rows, users as user_rows
from node.services import users
from node.services.sessions import LASTS
from node.services.tokens import token_hash
from node.web.braking import MISSES, Brake, Braked
from tests.nodes import Clock, Network, Node
from tests.one_node.browsing import PASSWORD, Browser, give_password, signed_in


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


async def link_for(node: Node, name: str) -> str:
    async def work(tx: Any) -> str:
        user, _ = await users.required(tx, name)
        return await users.sign_in_link(tx, user)

    link: str = await node.do(work)
    return link.removeprefix(node.base)


async def test_a_link_signs_in_once_and_looking_at_it_does_not_use_it_up(node: Node):
    await node.person("maria")
    link = await link_for(node, "maria")
    async with Browser(node) as preview, Browser(node) as hers, Browser(node) as thief:
        for _ in range(3):
            assert "Sign in on this device" in (await preview.get(link)).words
        assert (await preview.get("/home")).status == 303
        for browser in (hers, thief):
            seen = await browser.get(link)
            assert (seen.status, seen.headers["Cache-Control"]) == (200, "private, no-store")
        seen = await hers.post(link)
        assert (seen.status, seen.headers["Location"]) == (303, "/home")
        assert (await hers.get("/home")).status == 200
        for seen in (await thief.post(link), await thief.get(link), await preview.get(link)):
            assert (seen.status, seen.headers["Cache-Control"]) == (410, "private, no-store")
            assert "This link works no more" in seen.words
            assert "Ask those who run this place for a new one." in seen.words
            assert "<form" not in seen.text
        assert (await thief.get("/home")).status == 303


async def test_a_link_that_is_old_or_made_up_signs_nobody_in(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a")
    await node.person("maria")
    link = await link_for(node, "maria")
    sqlite_nodes.clock.move(timedelta(hours=23))
    async with Browser(node) as browser:
        assert (await browser.get(link)).status == 200
        sqlite_nodes.clock.move(timedelta(hours=2))
        answers = set()
        for path in (link, "/sign-in/" + "x" * 43, "/sign-in/%3Cscript%3E"):
            for seen in (await browser.get(path), await browser.post(path)):
                answers.add((seen.status, seen.text))
        assert [status for status, _ in answers] == [410], "nobody is told which of them ever worked"
        assert "<script" not in answers.pop()[1]


async def test_a_link_of_an_account_that_was_closed_says_so_before_it_is_used(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a", ORDITO_CONTACT="help@a.test")
    await node.person("maria")
    link = await link_for(node, "maria")

    async def disable(tx: Any) -> None:
        user, _ = await users.required(tx, "maria")
        await user_rows.change(tx, user, disabled_at=tx.now)

    async with Browser(node) as browser:
        assert (await browser.get(link)).status == 200
        await node.do(disable)
        seen = await browser.get(link)
        assert (seen.status, 'href="mailto:help@a.test"' in seen.text) == (410, True)


async def test_name_or_email_and_password_sign_in(node: Node):
    maria = await node.person("maria")
    await give_password(node, maria)

    async def email(tx: Any) -> None:
        user, _ = await users.required(tx, "maria")
        await user_rows.change(tx, user, email="maria@a.test")

    await node.do(email)
    for name in ("maria", "MARIA", " maria ", "Maria@A.test"):
        async with Browser(node) as browser:
            seen = await browser.sign_in(name, next="/groups")
            assert (seen.status, seen.headers["Location"]) == (303, "/groups"), name
            assert "Sign out" in (await browser.get("/home")).words
            assert (await browser.get("/sign-in")).status == 303


async def test_wrong_and_unknown_get_the_same_answer_in_the_same_time(node: Node):
    maria, gone = await node.person("maria"), await node.person("gone")
    await node.person("nopassword")
    await give_password(node, maria)
    await give_password(node, gone)

    async def disable(tx: Any) -> None:
        user, _ = await users.required(tx, "gone")
        await user_rows.change(tx, user, disabled_at=tx.now)

    await node.do(disable)
    answers, times = set(), {}
    for name, password in (("maria", "wrong"), ("nobody", "wrong"), ("nopassword", ""), ("gone", PASSWORD)):
        async with Browser(node) as browser:
            await browser.get("/sign-in")
            start = perf_counter()
            seen = await browser.post("/sign-in", name=name, password=password)
            times[name] = perf_counter() - start
            assert seen.status == 401
            assert (await browser.get("/home")).status == 303
            answers.add(re.sub(r'value="[^"]*"', "", seen.text))
    assert len(answers) == 1
    assert min(times.values()) > 0.01, "a hash is computed for each"


async def test_the_tenth_miss_brakes_the_account_and_the_address(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a")
    await give_password(node, await node.person("maria"))
    await give_password(node, await node.person("amal"))
    async with Browser(node) as browser:
        await browser.get("/sign-in")
        statuses = [(await browser.post("/sign-in", name="maria", password="no")).status for _ in range(MISSES)]
        assert statuses == [401] * (MISSES - 1) + [429]
        seen = await browser.post("/sign-in", name="maria", password=PASSWORD)
        assert seen.status == 429
        assert int(seen.headers["Retry-After"]) > 0
        assert "too many attempts" in seen.words
        assert (await browser.sign_in("amal")).status == 429, "the address is braked as well"
        sqlite_nodes.clock.move(timedelta(minutes=2))
        assert (await browser.sign_in("maria")).status == 303


async def test_a_burst_gets_no_further_than_one_attempt_after_the_other(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a")
    await give_password(node, await node.person("maria"))
    async with Browser(node) as browser:
        await browser.get("/sign-in")
        guesses = [browser.post("/sign-in", name="maria", password=str(number)) for number in range(2 * MISSES)]
        *missed, right = await gather(*guesses, browser.post("/sign-in", name="maria", password=PASSWORD))
        statuses = [seen.status for seen in missed]
        assert (right.status, statuses.count(401)) == (429, MISSES - 1)
        sqlite_nodes.clock.move(timedelta(minutes=2))
        assert (await browser.sign_in("maria")).status == 303


async def test_nobody_can_lock_her_out_of_a_device_she_has_used(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a")
    maria = await node.person("maria")
    async with await signed_in(node, maria) as hers, Browser(node) as other:
        await hers.post("/sign-out")
        for _ in range(MISSES + 2):
            await other.sign_in("maria", "guess")
        assert (await other.sign_in("maria")).status == 429
        assert (await hers.sign_in("maria")).status == 303
        await hers.post("/sign-out")
        for _ in range(MISSES):
            await hers.sign_in("maria", "guess")
        assert (await hers.sign_in("maria")).status == 429, "a device that was stolen has its own brake"


def test_a_brake_waits_longer_each_time_and_forgets():
    brake, clock = Brake(), Clock()
    for _ in range(MISSES - 1):
        brake.miss(["key"], clock())
    waits = []
    for _ in range(3):
        with pytest.raises(Braked) as refused:
            brake.miss(["key"], clock())
        waits.append(refused.value.retry_after)
    assert waits == sorted(set(waits))
    brake.check(["other"], clock())
    clock.move(timedelta(days=2))
    brake.miss(["key"], clock())
    brake.check(["key"], clock())


async def test_a_session_is_a_random_secret_kept_as_a_hash(node: Node):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as first, await signed_in(node, maria) as second:
        secret = first.cookies["session"]
        assert len(secret) >= 43
        assert secret != second.cookies["session"]
        assert await node.read(lambda tx: user_rows.by_token(tx, secret, "session")) is None
        found = await node.read(lambda tx: user_rows.by_token(tx, token_hash(secret), "session"))
        assert found[1].id == maria.id
        assert await node.read(lambda tx: user_rows.by_token(tx, token_hash(secret), "api")) is None


async def test_cookies_are_for_this_host_alone(sqlite_nodes: Network):
    plain = await sqlite_nodes.node("a")
    secure = await sqlite_nodes.node("b", ORDITO_BASE_URL="HTTPS://B.test")
    async with Browser(plain) as browser:
        cookie = (await browser.get("/sign-in")).headers["Set-Cookie"]
        assert cookie.startswith("form=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    async with secure.http.get("http://b.test/sign-in") as response:
        cookie = response.headers["Set-Cookie"]
        assert cookie.startswith("__Host-form=")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie


async def test_signing_in_makes_a_new_session_in_the_place_of_the_old(node: Node):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser, Browser(node) as former:
        old = browser.cookies["session"]
        link = await link_for(node, "maria")
        await browser.get(link)
        form = browser.token
        assert (await browser.post(link, csrf=form)).status == 303
        assert browser.cookies["session"] != old
        assert (await former.get("/home", Cookie=f"session={old}")).status == 303


async def test_signing_out_ends_the_session_and_takes_the_form_with_it(node: Node):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser, Browser(node) as thief:
        secret = browser.cookies["session"]
        assert (await thief.get("/home", Cookie=f"session={secret}")).status == 200
        assert (await browser.post("/sign-out")).status == 303
        assert "session" not in browser.cookies
        assert (await thief.get("/home", Cookie=f"session={secret}")).status == 303


async def test_a_session_lasts_from_its_last_use(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a")
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser:
        for _ in range(3):
            sqlite_nodes.clock.move(LASTS - timedelta(hours=1))
            seen = await browser.get("/home")
            assert seen.status == 200
            assert seen.headers["Set-Cookie"].startswith("session=")
        assert "Set-Cookie" not in (await browser.get("/home")).headers
        sqlite_nodes.clock.move(LASTS + timedelta(hours=1))
        assert (await browser.get("/home")).status == 303


@pytest.mark.parametrize("change", ["disabled", "suspended"])
async def test_who_may_not_be_here_any_more_is_signed_out_at_once(node: Node, change: str):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser:
        assert (await browser.get("/home")).status == 200

        async def work(tx: Any) -> None:
            user, actor = await users.required(tx, "maria")
            if change == "disabled":
                await user_rows.change(tx, user, disabled_at=tx.now)
            else:
                await actor_rows.change(tx, actor, suspended_at=tx.now)

        await node.do(work)
        assert (await browser.get("/home")).status == 303
