"""The OpenAPI document, and schemathesis asking every route of it: nothing breaks the node, and shapes are as told.

What schemathesis makes up is the same in every run. In the long suite it asks more.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings as hypothesis_settings
from jsonschema import Draft202012Validator
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from node import mastodon
from node.mastodon.openapi import document
from node.services import scopes
from tests.apps import Phone, phone
from tests.conftest import LONG
from tests.nodes import Network, Node
from tests.one_node.browsing import signed_in
from tests.one_node.mastodon.letting_in import register

CHECKS = [content_type_conformance, response_schema_conformance]
EXAMPLES = 25 if LONG else 3
TABLE = mastodon.table()
STREAMS = {route.path for route in TABLE if route.endless}
DOCUMENT = document(TABLE, "https://a.example")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_route_stands_in_it_and_every_reference_leads_somewhere() -> None:
    told = {(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations}
    assert told == {(route.method, re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", route.path)) for route in TABLE}
    schemas = DOCUMENT["components"]["schemas"]
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert name
    known = {f"#/components/schemas/{name}" for name in schemas}
    assert set(references(DOCUMENT)) <= known
    names = [operation["operationId"] for operations in DOCUMENT["paths"].values() for operation in operations.values()]
    assert [name for name, count in Counter(names).items() if count > 1] == []


async def test_the_node_serves_it(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    served = await Phone(node).get("/api/openapi.json")
    assert served["servers"] == [{"url": node.base}]
    assert served["paths"] == DOCUMENT["paths"]


class Asker:
    """Asks a node from a thread of its own, as schemathesis does, in the name of somebody or of nobody."""

    def __init__(self, nodes: Network, node: Node, token: str, ids: list[int]) -> None:
        self.nodes, self.node, self.token, self.ids = nodes, node, token, ids
        [(self.address, self.port)] = nodes.names.answers["a.test"][0]
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []

    def ask(self, case: Any) -> None:
        """Ids in addresses are of what is there, as far as there is something."""
        for name in case.path_parameters or {}:
            if name == "id":
                case.path_parameters[name] = str(self.ids[self.statuses.total() % len(self.ids)])
        headers = {"Host": "a.test", "Authorization": f"Bearer {self.token}"}
        response = case.call(base_url=f"http://{self.address}:{self.port}", headers=headers, timeout=20)
        self.statuses[response.status_code] += 1
        if response.status_code == 500:
            self.faults.append(f"{case.method} {case.formatted_path}: {case.query} {case.body}")
        try:
            case.validate_response(response, checks=CHECKS, headers=headers)
        except FailureGroup as group:
            self.faults += [f"{case.method} {case.formatted_path}: {fault}" for fault in group.exceptions]

    def all(self, told: dict[str, Any]) -> None:
        """All that a document tells of."""
        loaded = schemathesis.openapi.from_dict(told)
        for found in loaded.get_all_operations():
            operation = found.ok()
            if operation.path in STREAMS:
                continue
            self.nodes.clock.at += timedelta(minutes=30)  # no limit of calls has a part in this

            @hypothesis_settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @seed(1)
            @given(case=operation.as_strategy())
            def asked(case: Any) -> None:
                self.ask(case)

            asked()


async def test_nothing_that_is_made_up_breaks_it(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna, maria = await node.person("anna", role="operator"), await node.person("maria")
    posts = [await node.post(author, f"Hello #sewing @{to}") for author, to in ((anna, "maria"), (maria, "anna"))]
    app = await register(node, scopes=" ".join(scopes.ALL))
    async with await signed_in(node, anna) as browser:
        token = await app.token(browser, scope=" ".join(scopes.ALL))
    ids = [posts[1].id, maria.id, posts[0].id, anna.id]
    asker = Asker(sqlite_nodes, node, token, ids)
    await asyncio.wait_for(asyncio.to_thread(asker.all, DOCUMENT), 600 if LONG else 240)
    assert asker.faults == []
    assert asker.statuses[200] > 100
    assert asker.statuses.keys() >= {200, 403, 404, 422}


async def test_what_is_not_as_told_is_found(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    mine = await phone(node, anna)
    asker = Asker(sqlite_nodes, node, str(mine.token), [anna.id])
    wrong = deepcopy(DOCUMENT)
    wrong["paths"] = {path: DOCUMENT["paths"][path] for path in ("/api/v1/accounts/{id}", "/api/v1/preferences")}
    await asyncio.to_thread(asker.all, wrong)
    assert asker.faults == []
    wrong["components"]["schemas"]["Account"]["required"].append("shoe_size")
    await asyncio.to_thread(asker.all, wrong)
    assert asker.faults
    assert all(f"GET /api/v1/accounts/{anna.id}: " in fault for fault in asker.faults)
