"""Whether this is the only process that works on the database: then whatever is leased was leased by one that is gone.

SQLite has one server process by rule. On PostgreSQL every worker process holds a shared advisory lock as long as it
lives; the server drops it when the process dies, however it dies. Who gets the lock exclusively is alone.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import text

from node.database.engine import direct_engine
from node.settings import Settings

LOCK: Final = 0x0ED172


@asynccontextmanager
async def present(settings: Settings, when_alone: Callable[[], Awaitable[Any]]) -> AsyncIterator[None]:
    """Says so to other processes as long as the block runs; first calls `when_alone` if there is no other."""
    if settings.sqlite:
        await when_alone()
        yield
        return
    engine = direct_engine(settings, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            alone = await connection.scalar(text(f"SELECT pg_try_advisory_lock({LOCK})"))
            if alone:
                await when_alone()
            await connection.execute(text(f"SELECT pg_advisory_lock_shared({LOCK})"))
            if alone:
                await connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
            yield
    finally:
        await engine.dispose()
