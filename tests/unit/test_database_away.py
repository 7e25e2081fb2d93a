"""A PostgreSQL that is full, starts up, shuts down or is not there: everybody waits for it, and nothing dies of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from node.context import Context
from node.database import Database, changes, engine
from node.database.failures import UNAVAILABLE, explain
from node.events import Bus, Topic
from node.settings import Settings, load
from node.workers import loop
from tests import postgres


def settings_of(folder: Path, url: str) -> Settings:
    return load({"ORDITO_ENV": "development", "ORDITO_DATA_DIR": str(folder), "ORDITO_DATABASE_URL": url})


class Answering:
    """The port of a PostgreSQL that says to everybody why it lets nobody in."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.asked = asyncio.Semaphore(0)
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._read(reader)  # asks for TLS first
            writer.write(b"N")
            await self._read(reader)
            fields = b"SFATAL\0VFATAL\0C" + self.code.encode() + b"\0Mthe database system is starting up\0\0"
            writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
            await writer.drain()
        writer.close()
        self.asked.release()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> None:
        await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big") - 4)


@asynccontextmanager
async def answering(code: str) -> AsyncIterator[Answering]:
    stub = Answering(code)
    server = await asyncio.start_server(stub.answer, "127.0.0.1", 0)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
        await server.wait_closed()


async def failure(settings: Settings) -> Exception:
    database = Database(settings, Bus())
    try:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001  # which one it is, is what is asked
        return error
    finally:
        await database.close()
    raise AssertionError("it answered")


@pytest.mark.parametrize("code", ["57P01", "57P02", "57P03", "53300", "08006"])
async def test_a_server_that_lets_nobody_in_for_now_is_unavailable(tmp_path: Path, code: str) -> None:
    async with answering(code) as stub:
        error = await failure(settings_of(tmp_path, f"postgresql+asyncpg://a@127.0.0.1:{stub.port}/a"))
    assert isinstance(error, UNAVAILABLE)
    assert "starting up" in (explain(error) or "")


async def test_a_server_that_does_not_know_the_password_is_not(tmp_path: Path) -> None:
    async with answering("28P01") as stub:
        error = await failure(settings_of(tmp_path, f"postgresql+asyncpg://a@127.0.0.1:{stub.port}/a"))
    assert not isinstance(error, UNAVAILABLE)


@pytest.mark.parametrize("where", ["127.0.0.1:1/a", "/a?host={folder}"])
async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, where: str) -> None:
    error = await failure(settings_of(tmp_path, f"postgresql+asyncpg://a@{where.format(folder=tmp_path)}"))
    assert isinstance(error, UNAVAILABLE)


async def test_a_connection_that_the_server_ends_is_unavailable(
    tmp_path: Path, postgres_server: postgres.Server | None
) -> None:
    if postgres_server is None:
        pytest.skip(postgres.MISSING)
    database = Database(settings_of(tmp_path, postgres_server.url), Bus())
    try:
        with pytest.raises(UNAVAILABLE):
            async with database.transaction() as tx:
                await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        async with database.transaction() as tx:
            assert await tx.one(text("SELECT 1")) == 1
    finally:
        await database.close()


@pytest.mark.parametrize("idle", [0.0, 60.0])
async def test_a_connection_that_was_lost_while_idle_is_made_anew(
    tmp_path: Path, postgres_server: postgres.Server | None, monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    """Nobody notices, unless it was in use a moment before: then one is told to try again."""
    if postgres_server is None:
        pytest.skip(postgres.MISSING)
    monkeypatch.setattr(engine, "IDLE", idle)
    database = Database(settings_of(tmp_path, postgres_server.url), Bus())
    other = Database(settings_of(tmp_path, postgres_server.url), Bus())
    try:
        async with database.reading() as tx:
            lost = await tx.one(text("SELECT pg_backend_pid()"))
        async with other.reading() as tx:
            assert await tx.one(text("SELECT pg_terminate_backend(:pid, 10000)"), pid=lost)
        if idle:
            with pytest.raises(UNAVAILABLE):
                async with database.reading() as tx:
                    await tx.one(text("SELECT 1"))
        async with database.reading() as tx:
            assert await tx.one(text("SELECT pg_backend_pid()")) != lost
    finally:
        await database.close()
        await other.close()


async def test_who_listens_waits_for_a_server_that_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "RECONNECT", 0.001)
    stop = asyncio.Event()
    async with answering("57P03") as stub:
        settings = settings_of(tmp_path, f"postgresql+asyncpg://a@127.0.0.1:{stub.port}/a")
        database = Database(settings, Bus())
        with capture_logs() as logged:
            watching = asyncio.create_task(changes.watch(database, settings, stop))
            for _ in range(3):
                await asyncio.wait_for(stub.asked.acquire(), 10)
            stop.set()
            await watching
        await database.close()
    assert [entry["event"] for entry in logged] == ["listen.lost"]


class Asking(loop.Worker):
    topics: ClassVar[Sequence[Topic]] = ()

    async def turn(self) -> bool:
        async with self.context.database.transaction() as tx:
            await tx.execute(text("SELECT 1"))
        return True

    async def next_due(self) -> datetime | None:
        return None

    async def finish(self) -> None:
        """Nothing is under way."""


async def test_workers_wait_for_a_server_that_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BUSY_PAUSE", 0.001)
    stop = asyncio.Event()
    async with answering("57P03") as stub:
        database = Database(settings_of(tmp_path, f"postgresql+asyncpg://a@127.0.0.1:{stub.port}/a"), Bus())
        context: Any = SimpleNamespace(bus=database.bus, database=database)
        working = asyncio.create_task(Asking(cast("Context", context)).run(stop))
        for _ in range(3):
            await asyncio.wait_for(stub.asked.acquire(), 10)
        stop.set()
        await working
        await database.close()
