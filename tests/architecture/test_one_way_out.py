"""Connections to other hosts are opened in `federation.client` alone, and `federation` serves nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "federation" / "client"
MODULES = {
    "urllib.request",
    "urllib3",
    "http.client",
    "requests",
    "httpx",
    "aiohttp.client",
    "aiohttp.connector",
    "pycurl",
}
NAMES = {
    *("ClientSession", "TCPConnector", "UnixConnector", "create_connection", "open_connection", "sock_connect"),
    *("create_datagram_endpoint", "open_unix_connection", "HTTPConnection", "HTTPSConnection", "urlopen"),
}


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, and every `module.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def spoken(tree: ast.AST) -> Iterator[str]:
    """Every name and attribute, as it is used or imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]


def ways_out(source: str) -> set[str]:
    tree = ast.parse(source)
    modules = {name for name in imported(tree) if any(f"{name}.".startswith(f"{module}.") for module in MODULES)}
    return modules | (NAMES & set(spoken(tree)))


def imports_of(source: str, module: str) -> set[str]:
    return {name for name in imported(ast.parse(source)) if f"{name}.".startswith(f"{module}.")}


def test_nothing_but_the_client_opens_a_connection():
    found = {
        str(path.relative_to(ROOT)): ways
        for path in sources("node", "federation")
        if CLIENT not in path.parents and (ways := ways_out(path.read_text()))
    }
    assert found == {}


def test_the_client_is_seen_to_open_connections():
    found = set().union(*(ways_out(path.read_text()) for path in sources("federation/client")))
    assert {"ClientSession", "TCPConnector"} <= found


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "import httpx as web",
        "from http import client",
        "import http.client",
        "from urllib.request import urlopen",
        "import urllib.request as r",
        "import aiohttp\naiohttp.ClientSession()",
        "from aiohttp import ClientSession as S",
        "from aiohttp.client import _RequestContextManager",
        "import socket\nsocket.create_connection(('a', 1))",
        "import asyncio\nasync def f(): await asyncio.open_connection('a', 1)",
        "async def f(loop): await loop.sock_connect(s, a)",
    ],
)
def test_each_way_out_would_be_seen(source):
    assert ways_out(source)


@pytest.mark.parametrize(
    "source", ["from aiohttp import web", "from urllib.parse import quote", "import socket", "requests = 1"]
)
def test_what_is_no_way_out_is_let_be(source):
    assert not ways_out(source)


def test_federation_serves_nothing_and_leaves_aiohttp_to_the_client():
    for path in sources("federation"):
        source = path.read_text()
        assert not imports_of(source, "aiohttp.web"), path
        assert CLIENT in path.parents or not imports_of(source, "aiohttp"), path
    assert imports_of("from aiohttp import web", "aiohttp.web")
    assert imports_of("import aiohttp.web_request", "aiohttp")
    assert not imports_of("import aiohttp_x", "aiohttp")
