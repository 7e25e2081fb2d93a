"""The upgrade of containers, with an engine that only notes what it is told: what is done, in which order."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machines import DEPLOY, done, refused, script

# FAILS names the call that goes wrong, once.
ENGINE = """#!/usr/bin/env bash
echo "$*" >> "$CALLS"
if [ -n "${FAILS:-}" ] && [[ $* == $FAILS ]] && [ ! -e "$CALLS.failed" ]; then touch "$CALLS.failed"; exit 1; fi
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text(ENGINE)
    (tmp_path / "bin" / "docker").chmod(0o755)
    return tmp_path


def upgrade(folder: Path, fails: str = "") -> tuple["subprocess.CompletedProcess[str]", list[str]]:
    """How it ended, and the first two or three words of each call."""
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    ended = script(folder / "deploy" / "upgrade-containers", PATH=path, CALLS=str(folder / "calls"), FAILS=fails)
    calls = [line.removeprefix("compose ") for line in (folder / "calls").read_text().splitlines()]
    return ended, [" ".join(call.replace(" -T postgres", "").split()[:3]) for call in calls]


def test_a_backup_comes_first_and_the_old_image_is_kept(folder):
    ended, calls = upgrade(folder)
    assert "The new version runs." in done(ended)
    assert calls == [
        "tag ordito:current ordito:previous",
        "tag ordito-backup:current ordito-backup:previous",
        "run --rm backup",
        "build --pull node",
        "stop node",
        "exec pg_dump --format=custom",
        "up --detach --wait",
    ]
    assert not list((folder / "deploy").glob("before-upgrade*"))


def test_without_a_backup_nothing_is_changed(folder):
    ended, calls = upgrade(folder, "compose run*")
    assert "nothing was changed" in refused(ended)
    assert calls[-1] == "run --rm backup"


def test_a_version_that_does_not_start_is_taken_back_with_its_data(folder):
    ended, calls = upgrade(folder, "compose up*")
    assert "runs as before" in refused(ended)
    assert calls[-6:] == [
        "logs --tail=50 node",
        "stop node",
        "tag ordito:previous ordito:current",
        "exec pg_restore --no-owner",
        "exec psql --no-psqlrc",
        "up --detach --wait",
    ]


def test_a_database_that_cannot_be_copied_stops_it(folder):
    ended, calls = upgrade(folder, "*pg_dump*")
    assert "nothing was changed" in refused(ended)
    assert calls[-2:] == ["tag ordito:previous ordito:current", "start node"]
