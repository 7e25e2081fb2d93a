"""Brings the schema up to date, under a lock, at start and by `ordito db upgrade`.

One linear history for both databases. On SQLite it runs on an engine without `foreign_keys`: a batch migration of a
parent table would else delete every child row (ON DELETE CASCADE), without an error.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from node.database.engine import database_url, sqlite_path
from node.database.vault import prepare_directory
from node.settings import Settings

HEAD = "0010"
"""The newest revision; a test holds it to the files. Known here so that a start need not import alembic."""
_LOCK = 0x0ED170


async def version(settings: Settings) -> str | None:
    """The revision of the database, or None where there is none yet."""
    if settings.sqlite and not sqlite_path(settings).exists():
        return None
    engine = create_async_engine(settings.database_direct_url or database_url(settings), hide_parameters=True)
    try:
        async with engine.connect() as connection:
            return str((await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one())
    except DBAPIError:
        return None
    finally:
        await engine.dispose()


async def upgrade(settings: Settings, revision: str = "head") -> None:
    """Runs what is missing. Several processes may start at once: one does it, the others wait."""
    prepare_directory(settings)
    if revision == "head" and await version(settings) == HEAD:
        return
    async with _file_lock(settings):
        engine = create_async_engine(settings.database_direct_url or database_url(settings), hide_parameters=True)
        if settings.sqlite:
            event.listen(engine.sync_engine, "connect", _own_transactions)
            event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
        try:
            async with engine.begin() as connection:
                if not settings.sqlite:
                    await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                await connection.run_sync(run_migrations, revision)
        finally:
            await engine.dispose()


def _own_transactions(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # aiosqlite's adapter; DDL is then rolled back too


def run_migrations(connection: Connection, revision: str) -> None:
    """On a connection that holds the lock. Raises where rows would be left without their parent."""
    from alembic import command  # noqa: PLC0415  # 0.4 s, and mostly there is nothing to migrate
    from alembic.config import Config  # noqa: PLC0415  # as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(
                f"the migration would leave {len(broken)} rows without their parent; nothing was changed"
            )


@asynccontextmanager
async def _file_lock(settings: Settings) -> AsyncIterator[None]:
    with (settings.data_dir / "migration.lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield
