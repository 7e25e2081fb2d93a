"""`ordito init`, `db`, and what every command makes of its settings and its database."""

import stat
import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest
from sqlalchemy import select

from node.cli.root import COMMANDS
from node.context.opening import user_agent
from node.database.migration import HEAD
from node.database.tables import Actor
from node.queries import users as user_rows
from node.services import setup
from node.services.tokens import token_hash

pytestmark = pytest.mark.from_nothing


def address_in_file(ordito):
    return tomllib.loads((ordito.folder / "ordito.toml").read_text())["base_url"]


def link_in(text):
    return next(line.strip() for line in text.splitlines() if "/sign-in/" in line)


def test_init_makes_all_that_a_node_needs(sqlite_ordito):
    link = link_in(sqlite_ordito.said("init", "--yes"))
    assert address_in_file(sqlite_ordito) == sqlite_ordito.base
    assert stat.S_IMODE(sqlite_ordito.folder.stat().st_mode) == 0o700
    for name in ("secret", "ordito.toml", "ordito.sqlite3"):
        assert stat.S_IMODE((sqlite_ordito.folder / name).stat().st_mode) == 0o600, name
    user = sqlite_ordito.within(lambda tx: user_rows.use_link(tx, token_hash(link.rpartition("/")[2])))
    assert user.role == "operator"
    assert [p["name"] for p in sqlite_ordito.json("person", "list")] == ["operator"]


def test_init_again_gives_a_new_link_until_an_operator_has_come_in(ordito):
    first, second = (link_in(ordito.said("init", "--yes")) for _ in range(2))
    assert first != second
    assert len(ordito.json("person", "list")) == 1

    async def come_in(tx):
        operator = (await user_rows.operators(tx))[0]
        await user_rows.change(tx, await user_rows.by_actor(tx, operator.id), active_at=tx.now)

    ordito.within(come_in)
    assert "/sign-in/" not in ordito.said("init", "--yes")


def test_an_operator_with_a_password_needs_no_link(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna", "--role", "operator", "--password", "correct horse")
    assert "/sign-in/" not in sqlite_ordito.said("init", "--yes")
    assert [p["name"] for p in sqlite_ordito.json("person", "list")] == ["anna"]


def test_a_taken_name_does_not_keep_the_operator_out(sqlite_ordito):
    sqlite_ordito.said("person", "add", "operator")
    assert "/sign-in/" in sqlite_ordito.said("init", "--yes")
    found = {p["name"]: p["role"] for p in sqlite_ordito.json("person", "list")}
    assert found == {"operator": "member", "operator2": "operator"}


def test_init_asks_for_the_address_or_takes_it_from_the_option(sqlite_ordito):
    sqlite_ordito.settings = {"ORDITO_BASE_URL": "", "ORDITO_ENV": ""}
    assert "--base-url" in sqlite_ordito.refused("init", "--yes")
    asked = sqlite_ordito("init", given="https://node.example/\n")
    assert asked.exit_code == 0
    assert address_in_file(sqlite_ordito) == "https://node.example"
    assert sqlite_ordito("init", "--yes", "--base-url", "https://node.example").exit_code == 0
    assert "keeps its address" in sqlite_ordito.refused("init", "--yes", "--base-url", "https://other.example")
    assert address_in_file(sqlite_ordito) == "https://node.example"


def test_init_keeps_what_stands_in_the_file(sqlite_ordito):
    sqlite_ordito.folder.mkdir(mode=0o700)
    (sqlite_ordito.folder / "ordito.toml").write_text('node_name = "Rete"\n')
    sqlite_ordito.said("init", "--yes")
    text = (sqlite_ordito.folder / "ordito.toml").read_text()
    assert tomllib.loads(text) == {"base_url": sqlite_ordito.base, "node_name": "Rete"}
    sqlite_ordito.said("init", "--yes")
    assert (sqlite_ordito.folder / "ordito.toml").read_text() == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"ORDITO_BASE_URL": "http://node.example", "ORDITO_ENV": "production"},
        {"ORDITO_BASE_URL": "https://node.example/path"},
        {"ORDITO_BASE_URL": "", "ORDITO_ENV": "production"},
        {
            "ORDITO_ALLOW_PRIVATE_NETWORKS": "10.0.0.0/8",
            "ORDITO_ENV": "production",
            "ORDITO_BASE_URL": "https://a.test",
        },
        {"ORDITO_LISTEN": "8420"},
        {"ORDITO_LOG_LEVEL": "loud"},
        {"ORDITO_DATABASE_URL": "mysql://localhost/ordito"},
        {"ORDITO_CONFIG": "/nowhere/ordito.toml"},
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(sqlite_ordito, wrong):
    sqlite_ordito.settings = wrong
    for command in (("person", "list"), ("serve",), ("db", "version"), ("doctor",)):
        assert any(name in sqlite_ordito.refused(*command) for name in wrong), command


def test_a_database_that_is_not_there_is_one_sentence(sqlite_ordito):
    url = "postgresql+asyncpg://ordito:hidden-password@127.0.0.1:1/ordito"
    sqlite_ordito.settings = {"ORDITO_DATABASE_URL": url}
    for command in (("person", "list"), ("db", "upgrade"), ("serve",)):
        sentence = sqlite_ordito.refused(*command)
        assert sentence.startswith("The database cannot be used")
        assert "hidden-password" not in sentence


def test_what_is_no_database_is_one_sentence(sqlite_ordito):
    sqlite_ordito.folder.mkdir(mode=0o700)
    (sqlite_ordito.folder / "ordito.sqlite3").write_text("not a database at all, but long enough to look at\n" * 20)
    assert "cannot be used" in sqlite_ordito.refused("person", "list")


def test_a_data_directory_that_cannot_be_is_one_sentence(sqlite_ordito):
    sqlite_ordito.folder.write_text("a file")
    assert "cannot be used" in sqlite_ordito.refused("person", "list")


def test_a_secret_that_others_can_read_is_refused(sqlite_ordito):
    sqlite_ordito.said("person", "add", "anna")
    (sqlite_ordito.folder / "secret").chmod(0o644)
    assert "readable by others" in sqlite_ordito.refused("person", "add", "maria")
    (sqlite_ordito.folder / "secret").chmod(0o600)
    assert sqlite_ordito.said("person", "add", "maria")


def test_a_node_keeps_its_address(ordito):
    ordito.said("person", "add", "anna")
    former = ordito.base
    ordito.port += 1
    sentence = ordito.refused("person", "list")
    assert former in sentence
    assert ordito.base in sentence


def test_the_schema_is_told_and_brought_up(sqlite_ordito):
    assert "no database yet" in sqlite_ordito.refused("db", "version")
    assert sqlite_ordito.said("db", "upgrade") == f"The schema is at {HEAD} now."
    assert sqlite_ordito.said("db", "version") == HEAD
    assert sqlite_ordito.said("db", "upgrade") == f"The schema is at {HEAD}, as before."


def test_roles_and_processes_need_postgresql(sqlite_ordito):
    for options in (("--processes", "2"), ("--role", "web"), ("--role", "worker")):
        assert "need PostgreSQL" in sqlite_ordito.refused("serve", *options)
    assert sqlite_ordito("serve", "--processes", "0").exit_code == 2
    assert sqlite_ordito("serve", "--role", "king").exit_code == 2


def test_the_node_is_named_to_others(sqlite_ordito):
    settings = sqlite_ordito.loaded()
    assert user_agent(settings).startswith("Ordito/0.")
    assert user_agent(settings).endswith(f"(+{sqlite_ordito.base}/)")
    named = replace(settings, contact="abuse@ngo.example")
    assert user_agent(named).endswith(f"(+{sqlite_ordito.base}/; abuse@ngo.example)")


def test_the_nodes_actor_is_made_once(sqlite_ordito):
    for _ in range(2):
        sqlite_ordito.said("queue")
    made = select(Actor.username).where(Actor.type == "Application")
    assert len(sqlite_ordito.within(lambda tx: tx.all(made))) == 1
    assert not sqlite_ordito.within(setup.lacks_node)
    assert sqlite_ordito.within(setup.lacks_operator)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(sqlite_ordito, command):
    text = sqlite_ordito.said(command, "--help")
    assert f"ordito {command}" in text
    assert not sqlite_ordito.folder.exists()


def test_the_root_lists_every_command_and_its_version(sqlite_ordito):
    text = sqlite_ordito.said("--help")
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert "..." not in text.partition("Commands:")[2].replace("node's", "")
    assert sqlite_ordito.said("--version").startswith("ordito ")
    assert sqlite_ordito("fly").exit_code == 2


def test_help_loads_neither_database_nor_server(sqlite_ordito):
    code = (
        "import sys; from click.testing import CliRunner; from node.cli import main; "
        "CliRunner().invoke(main, ['--help']); "
        "print([m for m in ('sqlalchemy', 'aiohttp', 'alembic', 'cryptography', 'structlog') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
