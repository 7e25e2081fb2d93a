"""Upgrades: a backup first, and back to the version and the data of before if the new one does not start."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import free_port
from tests.deploy.machines import DEPLOY, REPOSITORY, Machine, done, eventually, programs, refused, required, script
from tests.postgres import Server

# What systemd does of it here: start and stop the node, run the backup; each call is noted.
SYSTEMCTL = """#!/usr/bin/env bash
set -eu
echo "$@" >> "$SERVER/calls"
case "$*" in
    "start ordito")
        setsid "$SERVER/home/current/bin/ordito" serve >> "$SERVER/log" 2>&1 &
        echo $! > "$SERVER/pid" ;;
    "stop ordito")
        kill "$(cat "$SERVER/pid")" 2>/dev/null || true
        while kill -0 "$(cat "$SERVER/pid")" 2>/dev/null; do sleep 0.05; done ;;
    "start ordito-backup") echo backup of "$(cat "$SERVER/home/current/version")" >> "$SERVER/backups" ;;
esac
"""
GOOD = f"""#!/usr/bin/env bash
cd {REPOSITORY}
exec {sys.executable} -m node "$@"
"""
# It changes the database before it fails, as a migration may.
BROKEN = f"""#!/usr/bin/env bash
cd {REPOSITORY}
[ "$1" != serve ] || exit 1
[ "$2" != upgrade ] || exec {sys.executable} -c '
import asyncio, sys
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from node.database.engine import database_url
from node.settings import load

pytestmark = pytest.mark.both_databases

async def spoil():
    engine = create_async_engine(database_url(load()))
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE users SET role = '"'"'member'"'"'"))
        await connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
    await engine.dispose()
asyncio.run(spoil())
sys.exit(1)
'
exec {sys.executable} -m node "$@"
"""  # noqa: S608  # a program, built of paths alone


@dataclass
class Installed:
    """A machine as `install` leaves it: a checkout, a release that runs, settings in a file."""

    folder: Path
    node: Machine

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def release(self, version: str, program: str) -> None:
        """Tags a version at the origin, and puts its release in place, as if it had been built."""
        git(self.folder / "origin", "commit", "--allow-empty", "--quiet", "--message", version)
        git(self.folder / "origin", "tag", version)
        binary = self.home / "releases" / version / "bin" / "ordito"
        binary.parent.mkdir(parents=True)
        binary.write_text(program)
        binary.chmod(0o755)
        (binary.parents[1] / "version").write_text(version)

    def upgrade(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {"ORDITO_ENV_FILE": str(self.folder / "ordito.env"), "SERVER": str(self.folder)}
        path = os.pathsep.join([str(self.folder / "bin"), programs()])
        return script(self.home / "deploy" / "upgrade", *arguments, **environment, PATH=path)

    def runs(self) -> str:
        return (self.home / "current" / "version").read_text()

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def answers(self) -> bool:
        return script(DEPLOY / "answers", **self.node.environment).returncode == 0


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Anna", "-c", "user.email=anna@ngo.example")
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True)


@pytest.fixture
async def url(database: Server | None) -> AsyncIterator[str]:
    async with AsyncExitStack() as stack:
        yield "" if database is None else await stack.enter_async_context(database.database())


@pytest.fixture
def server(tmp_path: Path, url: str) -> Iterator[Installed]:
    required("git", "git")
    port = free_port()
    node = Machine(
        tmp_path / "data", port, {"ORDITO_DATABASE_URL": url} if url else {}, public=f"http://a.localhost:{port}"
    )
    found = Installed(tmp_path, node)
    shutil.copytree(DEPLOY, tmp_path / "origin" / "deploy")
    git(tmp_path / "origin", "init", "--quiet")
    git(tmp_path / "origin", "add", ".")
    git(tmp_path / "origin", "commit", "--quiet", "--message", "Begin")
    subprocess.run(["git", "clone", "--quiet", tmp_path / "origin", found.home], check=True)
    found.release("v1", GOOD)
    git(found.home, "fetch", "--quiet", "--tags")
    git(found.home, "merge", "--quiet", "v1")
    (found.home / "current").symlink_to(found.home / "releases" / "v1")
    (tmp_path / "ordito.env").write_text("".join(f'{name}="{value}"\n' for name, value in node.environment.items()))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    node.said("person", "add", "anna", "--role", "operator")
    systemctl = {**os.environ, **node.environment, "SERVER": str(tmp_path)}
    subprocess.run([tmp_path / "bin" / "systemctl", "start", "ordito"], env=systemctl, check=True)
    eventually(found.answers)
    yield found
    subprocess.run([tmp_path / "bin" / "systemctl", "stop", "ordito"], env=systemctl, check=True)


def test_a_new_version_runs_after_a_backup_of_the_old_one(server):
    server.release("v2", GOOD)
    assert "runs on v2" in done(server.upgrade())
    assert server.runs() == "v2"
    assert server.answers()
    assert (server.folder / "backups").read_text() == "backup of v1\n"
    assert server.calls()[1:] == ["start ordito-backup", "stop ordito", "start ordito"]
    assert not (server.node.folder / "before-upgrade").exists()
    before = len(server.calls())
    assert "the version that runs: v2" in done(server.upgrade())
    assert len(server.calls()) == before


def test_a_version_that_does_not_start_is_taken_back_with_its_changes(server):
    people = server.node.said("person", "list")
    assert "operator" in people
    server.release("v2", BROKEN)
    assert "runs as before, on v1" in refused(server.upgrade("v2"))
    assert server.runs() == "v1"
    assert server.answers()
    assert server.node.said("person", "list") == people
    assert not (server.node.folder / "before-upgrade").exists()
    server.release("v3", GOOD)
    assert "runs on v3" in done(server.upgrade("v3"))
    assert server.node.said("person", "list") == people


def test_without_a_backup_nothing_is_changed(server):
    server.release("v2", GOOD)
    failing = SYSTEMCTL.replace('"start ordito-backup")', '"start ordito-backup") exit 1 ;; never)')
    (server.folder / "bin" / "systemctl").write_text(failing)
    assert "nothing was changed" in refused(server.upgrade())
    assert server.runs() == "v1"
    assert server.answers()
