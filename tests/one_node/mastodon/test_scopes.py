"""Every route of the client API says who may call it and with which scopes, and is closed to all others."""

import re
from datetime import timedelta

import pytest

from node import mastodon
from node.mastodon.routing import Access, Route
from node.services import scopes
from tests.apps import Answered, Phone, phone
from tests.nodes import Network, Node
from tests.one_node.browsing import signed_in
from tests.one_node.mastodon.letting_in import App, register

WITHOUT_SCOPES = {
    ("GET", "/api/v1/apps/verify_credentials"),
    ("GET", "/api/v1/streaming/health"),
}
"""Beside what anybody may call without a token: an app may always ask which one it is."""
OUTSIDE = {"error": "This action is outside the authorized scopes"}
NO_USER = {"error": "This method requires an authenticated user"}
TABLE = mastodon.table()


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    """Nothing is there under these names; who may not ask is not told so."""
    return re.sub(r"\{\w+(?::([^{}]*))?\}", lambda part: example(part[1] or ".+"), route.path)


def example(pattern: str) -> str:
    return next(text for text in ("1", "x", "ungrouped-1") if re.fullmatch(pattern, text))


def too_little(route: Route) -> str:
    """Scopes that are none of those that it takes."""
    found = next(name for name in ("push", "profile", "read:blocks") if not scopes.covers([name], route.scopes))
    assert found not in route.scopes
    return found


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


@pytest.fixture
async def app(node: Node) -> App:
    return await register(node, scopes=" ".join(scopes.ALL))


async def call(node: Node, route: Route, token: str | None) -> Answered:
    return await Phone(node, token).ask(route.method, address(route))


def test_the_table_is_whole() -> None:
    assert len(TABLE) > 40
    paths = [named(route) for route in TABLE]
    assert sorted({path for path in paths if paths.count(path) > 1}) == []
    for route in TABLE:
        assert set(route.scopes) <= set(scopes.ALL), named(route)
        if route.access in {Access.USER, Access.APP} and (route.method, route.path) not in WITHOUT_SCOPES:
            assert route.scopes, f"{named(route)} names no scope"
        if route.method != "GET" and route.access is Access.ANYBODY:
            assert route.path == "/api/v1/apps", f"{named(route)} may be called by anybody"


async def test_without_a_token_nothing_of_a_person_is_there(node: Node) -> None:
    for route in TABLE:
        if route.access in {Access.USER, Access.APP}:
            answered = await call(node, route, None)
            assert (answered.status, answered.body) == (401, NO_USER), named(route)
            assert answered.headers["Access-Control-Allow-Origin"] == "*"
            wrong = await call(node, route, "no-such-token")
            assert (wrong.status, wrong.body) == (401, {"error": "The access token is invalid"}), named(route)


async def test_a_token_does_what_its_scopes_say_and_nothing_else(node: Node, app: App) -> None:
    anna = await node.person("anna")
    tokens = {scope: (await phone(node, anna, scope)).token for scope in ("push", "profile", "read:blocks")}
    for route in TABLE:
        if route.scopes:
            answered = await call(node, route, tokens[too_little(route)])
            assert (answered.status, answered.body) == (403, OUTSIDE), named(route)


async def test_each_scope_of_a_route_is_enough(sqlite_nodes: Network, node: Node, app: App) -> None:
    """That nothing is refused for want of a scope: what else becomes of such an empty call is not asked here."""
    async with await signed_in(node, await node.person("anna")) as browser:
        for scope in scopes.ALL:
            token = await app.token(browser, scope=scope)
            for route in TABLE:
                if scope in route.scopes and not route.endless:
                    answered = await call(node, route, token)
                    assert answered.body != OUTSIDE, f"{scope}: {named(route)}"
                    assert answered.status not in {401, 500}, f"{scope}: {named(route)} {answered.body}"
            sqlite_nodes.clock.at += timedelta(minutes=30)  # no limit of calls has a part in this


async def test_an_app_by_itself_is_no_person(node: Node, app: App) -> None:
    token = await app.own_token(" ".join(scopes.ALL))
    for route in TABLE:
        if route.access is Access.USER:
            answered = await call(node, route, token)
            assert (answered.status, answered.body) == (422, NO_USER), named(route)
