"""How the log is written: one form for ours and for what libraries say, on stderr, without what tells of persons."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, structlog
from node.context.logs import configure
from node.settings import load
configure(load({environment}))
log = structlog.get_logger()
log.debug("too.small")
log.info("inbox.accepted", kind="Create")
logging.getLogger("some.library").warning("something %s", "odd")
logging.getLogger("some.library").info("chatter")
logging.getLogger("aiohttp.access").warning("192.0.2.1 GET /")
def fails(secret):
    raise ValueError("no")
try:
    fails("hunter2")
except ValueError:
    log.exception("request.failed")
"""


def written(**environment):
    program = PROGRAM.format(environment={"ORDITO_BASE_URL": "https://a.example", **environment})
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == ""
    return found.stderr


def test_production_writes_a_json_object_per_line():
    lines = [json.loads(line) for line in written().splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("inbox.accepted", "info"),
        ("something odd", "warning"),
        ("request.failed", "error"),
    ]
    assert lines[0]["kind"] == "Create"
    assert lines[0]["timestamp"].endswith("Z")
    assert "ValueError: no" in lines[2]["exception"]


@pytest.mark.parametrize("env", ["production", "development"])
def test_no_values_and_no_addresses_are_written(env):
    text = written(ORDITO_ENV=env)
    assert "ValueError" in text
    assert "hunter2" not in text
    assert "192.0.2.1" not in text


def test_the_level_is_the_settings():
    assert "inbox.accepted" not in written(ORDITO_LOG_LEVEL="warning")
    assert "too.small" in written(ORDITO_LOG_LEVEL="debug")


def test_development_is_readable():
    line = written(ORDITO_ENV="development").splitlines()[0]
    assert "inbox.accepted" in line
    assert "kind=Create" in line
    assert not line.startswith("{")
