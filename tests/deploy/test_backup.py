"""Backup and restore: a node comes back on a new machine and goes on federating; who steals a backup reads nothing."""

import os
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import free_port
from tests.deploy.machines import DEPLOY, Machine, done, eventually, refused, required, script
from tests.postgres import Server

pytestmark = pytest.mark.both_databases

PHOTO = secrets.token_bytes(5000)


@pytest.fixture(scope="module")
def gpg_keys() -> Iterator[tuple[Path, Path]]:
    """(public, private), as files; they were made on another computer."""
    required("gpg", "gnupg")
    elsewhere = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))  # short: GnuPG makes a socket in it
    gpg = ("gpg", "--batch", "--quiet", "--homedir", str(elsewhere), "--pinentry-mode", "loopback", "--passphrase", "")
    subprocess.run([*gpg, "--quick-generate-key", "anna@ngo.example", "future-default"], check=True)
    public, private = elsewhere / "backup.asc", elsewhere / "private.asc"
    for path, what in ((public, "--export"), (private, "--export-secret-keys")):
        path.write_bytes(subprocess.run([*gpg, "--armor", what], check=True, capture_output=True).stdout)
    yield public, private
    subprocess.run(["gpgconf", "--homedir", elsewhere, "--kill", "gpg-agent"], check=False)
    shutil.rmtree(elsewhere)


@pytest.fixture
async def urls(database: Server | None) -> AsyncIterator[tuple[str, str]]:
    """Of the database that is lost and of the one it is restored into; empty for SQLite."""
    async with AsyncExitStack() as stack:
        if database is None:
            yield "", ""
        else:
            yield (
                await stack.enter_async_context(database.database()),
                await stack.enter_async_context(database.empty()),
            )


def machine(name: str, folder: Path, **settings: str) -> Machine:
    port = free_port()
    return Machine(folder / name, port, settings, public=f"http://{name}.localhost:{port}")


def pair(folder: Path, url: str) -> tuple[Machine, Machine]:
    a, b = machine("a", folder), machine("b", folder)
    opened = {"ORDITO_ALLOW_HOSTS": f"{a.host},{b.host}"}
    return replace(a, settings={**opened, "ORDITO_DATABASE_URL": url}), replace(b, settings=opened)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: stat.filemode(path.stat().st_mode) for path in folder.iterdir()}


def test_a_restored_node_goes_on_federating(tmp_path, urls, gpg_keys):
    """Keys, secret, follows and media are those of before: what it signs is accepted, what is relayed to it arrives."""
    lost, other = pair(tmp_path, urls[0])
    circle = f"circle@{other.host}"
    backups = tmp_path / "backups"
    with other.serving():
        other.said("person", "add", "maria")
        other.said("group", "create", "circle", "--name", "Circle", "--owner", "maria")
        with lost.serving():
            lost.said("person", "add", "anna")
            lost.said("follow", "--as", "anna", circle)
            eventually(lambda: len(other.json("group", "members", "circle")) == 2)
            other.said("post", "--as", "maria", "--group", "circle", "Before the fire")
            eventually(lambda: lost.texts("--as", "anna") == ["Before the fire"])
            for part in ("files", "remote", "scratch"):
                (lost.folder / "media" / part / "ab").mkdir(parents=True)
                (lost.folder / "media" / part / "ab" / "photo.webp").write_bytes(PHOTO)
            to = {"ORDITO_BACKUP_TO": str(gpg_keys[0]), "ORDITO_BACKUP_DIR": str(backups)}
            backup = done(lost.script("backup", **to))
        assert [str(path) for path in backups.iterdir()] == [backup]

        found = replace(lost, folder=tmp_path / "new", settings={**lost.settings, "ORDITO_DATABASE_URL": urls[1]})
        done(found.script("restore", backup, "--key", str(gpg_keys[1])))
        with found.serving():
            assert found.texts("--as", "anna") == ["Before the fire"]
            found.said("post", "--as", "anna", "--group", circle, "After the fire")
            eventually(lambda: "After the fire" in other.texts("--group", "circle"))
            other.said("post", "--as", "maria", "--group", "circle", "Good to hear from you")
            eventually(lambda: "Good to hear from you" in found.texts("--as", "anna"))
    media = found.folder / "media"
    assert (media / "files" / "ab" / "photo.webp").read_bytes() == PHOTO
    assert list(media.rglob("photo.webp")) == [media / "files" / "ab" / "photo.webp"]
    assert modes(tmp_path)["new"] == "drwx------"
    assert modes(found.folder)["secret"] == "-rw-------"
    assert not {"restore-work", "database.pgdump"} & {name.partition(".")[0] for name in modes(found.folder)}


@pytest.fixture
def node(tmp_path: Path) -> Machine:
    """A node on SQLite that was set up, and whose backups have a place."""
    found = machine("a", tmp_path)
    found.said("init", "--yes")
    found.environment_of_scripts = {"ORDITO_BACKUP_DIR": str(tmp_path / "backups")}
    return found


@pytest.fixture
def restored(node: Machine, tmp_path: Path) -> Machine:
    return replace(node, folder=tmp_path / "new")


def backups_of(node: Machine) -> list[Path]:
    return sorted(Path(node.environment_of_scripts["ORDITO_BACKUP_DIR"]).glob("*"))


def test_a_backup_cannot_be_read_without_the_key(node, restored, gpg_keys):
    backup = Path(done(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0]))))
    content = backup.read_bytes()
    assert (node.folder / "secret").read_bytes() not in content
    assert b"SQLite format 3" not in content
    assert modes(backup.parent)[backup.name] == "-rw-------"
    process = restored.script("restore", str(backup), HOME=str(node.folder.parent / "nobody"))
    assert process.returncode != 0
    assert list(restored.folder.iterdir()) == []
    done(restored.script("restore", str(backup), "--key", str(gpg_keys[1])))
    assert (restored.folder / "secret").read_bytes() == (node.folder / "secret").read_bytes()


def test_nothing_readable_is_left_behind(node, gpg_keys):
    (node.folder / "backup-work.abc").mkdir()  # of a backup that a power cut ended
    (node.folder / "backup-work.abc" / "ordito.sqlite3").write_bytes(b"readable")
    before = {path.name for path in node.folder.iterdir() if not path.name.startswith("ordito.sqlite3-")}
    done(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0])))
    after = {path.name for path in node.folder.iterdir() if not path.name.startswith("ordito.sqlite3-")}
    assert after == before - {"backup-work.abc"} | {"backup.lock"}
    assert [path.suffix for path in backups_of(node)] == [".gpg"]


def test_age_encrypts_too_and_the_key_can_stay_elsewhere(node, restored, tmp_path):
    required("age", "age")
    key = tmp_path / "backup-key.txt"
    made = subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True, text=True)
    backup = done(node.script("backup", ORDITO_BACKUP_TO=made.stderr.split()[-1]))
    assert "needs its key" in refused_or_said(restored, backup)
    command = f'age --decrypt --identity "{key}" "{backup}" | {DEPLOY}/restore -'
    piped = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        env={"PATH": os.environ["PATH"], **restored.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    done(piped)
    assert restored.json("person", "list") == node.json("person", "list")
    assert "AGE-SECRET-KEY" in key.read_text()
    private = key.read_text().splitlines()[-1]
    assert "private key" in refused(node.script("backup", ORDITO_BACKUP_TO=private))


def refused_or_said(node: Machine, backup: str) -> str:
    """A refusal inside of a pipe: tar complains after it."""
    process = node.script("restore", backup)
    assert process.returncode != 0
    return process.stderr


def test_backups_go_when_they_are_old_and_only_after_a_new_one(node, gpg_keys):
    folder = Path(node.environment_of_scripts["ORDITO_BACKUP_DIR"])
    folder.mkdir()
    days = {"ordito-31.tar.gpg": 31, "ordito-29.tar.gpg": 29, "holiday.jpg": 400}
    for name, age in days.items():
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (time.time() - age * 86400,) * 2)
    refused(node.script("backup", ORDITO_BACKUP_TO=""))
    assert len(backups_of(node)) == 3
    new = Path(done(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0]))))
    assert set(backups_of(node)) == {folder / "ordito-29.tar.gpg", folder / "holiday.jpg", new}


@pytest.mark.parametrize(
    ("to", "sentence"),
    [("", "public key"), ("me@ngo.example", "public key"), ("/nowhere/backup.asc", "cannot be read")],
)
def test_without_a_public_key_there_is_no_backup(node, to, sentence):
    assert sentence in refused(node.script("backup", ORDITO_BACKUP_TO=to))
    assert backups_of(node) == []


def test_a_private_key_on_the_server_is_refused(node, gpg_keys):
    assert "private key" in refused(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[1])))
    assert backups_of(node) == []


def test_a_restore_overwrites_nothing(node, gpg_keys):
    backup = done(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0])))
    secret = (node.folder / "secret").read_bytes()
    assert "is not empty" in refused(node.script("restore", backup, "--key", str(gpg_keys[1])))
    assert (node.folder / "secret").read_bytes() == secret
    assert node.json("person", "list")


def test_a_backup_of_nothing_is_refused(tmp_path, gpg_keys):
    nowhere = machine("nowhere", tmp_path)
    assert "no node here" in refused(nowhere.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0])))


def test_a_restore_says_that_the_other_database_is_needed(node, restored, gpg_keys):
    backup = done(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0])))
    (node.folder.parent / "plain").mkdir()
    dump = node.folder.parent / "plain" / "database.pgdump"
    dump.write_bytes(b"")
    (dump.parent / "secret").write_bytes(b"")
    archive = subprocess.run(["tar", "-C", dump.parent, "-c", "."], check=True, capture_output=True).stdout
    process = subprocess.run(
        [DEPLOY / "restore", "-"],
        env={"PATH": os.environ["PATH"], **restored.environment},
        input=archive,
        capture_output=True,
        check=False,
    )
    assert process.returncode == 1
    assert b"set ORDITO_DATABASE_URL" in process.stderr
    assert list(restored.folder.iterdir()) == []
    done(restored.script("restore", backup, "--key", str(gpg_keys[1])))


def test_a_script_started_by_hand_reads_what_systemd_reads(node, gpg_keys, tmp_path):
    settings = {**node.environment, **node.environment_of_scripts, "ORDITO_BACKUP_TO": str(gpg_keys[0])}
    file = tmp_path / "ordito.env"
    file.write_text("# ours\n\n" + "\n".join(f"{name}={value}" for name, value in settings.items()))
    backup = Path(done(script(DEPLOY / "backup", ORDITO_ENV_FILE=str(file))))
    assert backup.parent == tmp_path / "backups"
    file.write_text(file.read_text().replace(str(gpg_keys[0]), "$(touch " + str(tmp_path / "run") + ")"))
    refused(script(DEPLOY / "backup", ORDITO_ENV_FILE=str(file)))
    assert not (tmp_path / "run").exists()


def test_settings_are_read_from_the_file_too(node, gpg_keys, tmp_path):
    """A secret that ordito.toml puts elsewhere is in the backup, and is restored to where the file says."""
    elsewhere = tmp_path / "keys" / "secret"
    elsewhere.parent.mkdir()
    (node.folder / "secret").rename(elsewhere)
    with (node.folder / "ordito.toml").open("a") as file:
        file.write(f'secret_file = "{elsewhere}"\n')
    backup = done(node.script("backup", ORDITO_BACKUP_TO=str(gpg_keys[0])))
    secret = elsewhere.read_bytes()
    elsewhere.unlink()
    new = replace(node, folder=tmp_path / "new")
    new.folder.mkdir()
    (new.folder / "ordito.toml").write_text(f'secret_file = "{elsewhere}"\n')
    done(new.script("restore", backup, "--key", str(gpg_keys[1])))
    assert elsewhere.read_bytes() == secret
    assert new.json("person", "list")
