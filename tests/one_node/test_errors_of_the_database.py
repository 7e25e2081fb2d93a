"""What the log gets of a statement that fails: which one it was, and nothing of what stood in it."""

from io import StringIO
from typing import Any

import pytest
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from node.database import Transaction
from node.database.tables import HostBlock
from tests.nodes import Node

pytestmark = pytest.mark.both_databases


async def test_no_parameter_of_a_failing_insert_is_logged(node: Node) -> None:
    written = StringIO()
    rendering: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    log = structlog.wrap_logger(structlog.WriteLogger(written), processors=rendering)
    name = "very-private"

    async def twice(tx: Transaction) -> None:
        for _ in range(2):
            await tx.execute(insert(HostBlock).values(host=name, created_at=tx.now))

    try:
        async with node.context.database.transaction() as tx:
            await twice(tx)
    except IntegrityError:
        log.exception("request.failed")
    assert "INSERT INTO host_blocks" in written.getvalue()
    assert name not in written.getvalue()
