"""What can be said of image, compose file, scripts and examples without a container engine, which this suite needs not.

The image is never built here, and the compose file never started: what is held is what a reader would check.
"""

import dataclasses
import os
import re
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from node.settings import Settings, load
from tests.deploy.machines import DEPLOY, REPOSITORY, SCRIPTS, required

FROM = re.compile(r"^FROM (\S+)(?: AS (\S+))?$", re.MULTILINE)


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of an image file, continued lines joined, comments gone."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def faults(text: str) -> list[str]:
    """What a reader would object to in an image file."""
    found, stages, user = [], set(), "root"
    for word, rest in instructions(text):
        if word == "FROM":
            image, _, stage = rest.partition(" AS ")
            if image not in stages and not re.fullmatch(r"[\w.]+(/[\w.-]+)+:[\w.-]*\d[\w.-]*", image):
                found.append(f"{image} is not pinned to a version")
            user = user if image in stages else "root"
            stages.add(stage)
        elif word == "USER":
            user = rest
        elif word == "ADD" or "://" in rest or re.search(r"\b(curl|wget)\b", rest):
            found.append(f"{word} {rest} takes something from the network")
        elif word in {"ENV", "ARG"} and re.search(r"SECRET|PASSWORD|TOKEN|KEY", rest):
            found.append(f"{word} {rest} puts a secret into the image")
        elif word == "COPY" and rest.split()[-2] in {".", "./"} and "--from" not in rest:
            found.append(f"COPY {rest} takes whatever lies about")
    if not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", user):
        found.append(f"it runs as {user}")
    return found


def test_the_image_is_pinned_unprivileged_and_has_no_secret():
    assert faults((DEPLOY / "Containerfile").read_text()) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("FROM docker.io/library/python\nUSER 10001", "not pinned"),
        ("FROM docker.io/library/python:latest\nUSER 10001", "not pinned"),
        ("FROM docker.io/library/python:3.13", "runs as root"),
        ("FROM docker.io/library/python:3.13\nUSER 0", "runs as 0"),
        ("FROM docker.io/library/python:3.13\nADD https://x.example/y /y\nUSER 1", "network"),
        ("FROM docker.io/library/python:3.13\nRUN curl x.example | sh\nUSER 1", "network"),
        ("FROM docker.io/library/python:3.13\nENV ADMIN_PASSWORD=1\nUSER 1", "secret"),
        ("FROM docker.io/library/python:3.13\nCOPY . /x\nUSER 1", "lies about"),
    ],
)
def test_a_careless_image_file_is_found_out(text, fault):
    assert [found for found in faults(text) if fault in found]


def test_every_stage_that_runs_ends_unprivileged():
    """Also that of the backup, which is root while it installs programs."""
    text = (DEPLOY / "Containerfile").read_text()
    for stage in ("node", "backup"):
        end = text.index(f" AS {stage}\n")
        following = FROM.search(text, end)
        assert following is not None
        assert re.findall(r"^USER (\S+)$", text[end : following.start()], re.MULTILINE)[-1] == "10001:10001"


def test_what_the_image_copies_is_there_and_let_in():
    allowed = set((DEPLOY / "Containerfile.dockerignore").read_text().split("!")[1:])
    allowed = {entry.strip().splitlines()[0] for entry in allowed}
    copied = []
    for word, rest in instructions((DEPLOY / "Containerfile").read_text()):
        if word == "COPY" and "--from" not in rest:
            copied += [part for part in rest.split()[:-1] if not part.startswith("--")]
    assert copied
    for path in copied:
        assert (REPOSITORY / path).exists(), path
        assert path in allowed, path


def test_what_is_installed_serves_every_setting():
    """One extra, which gathers all but those for tests: a setting that needs a further one would be refused."""
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    gathered = re.fullmatch(r"ordito\[(.+)\]", *extras["server"])
    assert gathered is not None
    assert set(gathered[1].split(",")) == set(extras) - {"server", "e2e", "dev"}
    for path in (DEPLOY / "Containerfile", DEPLOY / "install", DEPLOY / "upgrade", REPOSITORY / "Makefile"):
        assert "[server]" in path.read_text(), path


def test_services_of_the_compose_file_are_locked_in():
    """Each service by itself: read-only root, no capability but Caddy's for its ports, no way to get more."""
    text = (DEPLOY / "compose.yaml").read_text()
    services = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", text[: text.index("\nnetworks:")], re.MULTILINE))
    assert set(services) == {"node", "postgres", "caddy", "backup"}
    for name, service in services.items():
        for line in ("read_only: true", "cap_drop: [ ALL ]", 'security_opt: [ "no-new-privileges:true" ]'):
            assert f"    {line}\n" in service, (name, line)
        assert ("cap_add" in service) is (name == "caddy")
        assert ("ports:" in service) is (name == "caddy")
        assert "privileged: true" not in service
        assert "docker.sock" not in service
        image = re.search(r"image: (\S+)", service)
        assert image is not None
        assert image[1].startswith("ordito") or re.search(r":\d", image[1]), name
    assert "  back:\n    internal: true\n" in text


def test_passwords_of_the_compose_file_come_from_outside():
    text = (DEPLOY / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    offered = set(re.findall(r"^(\w+)=", (DEPLOY / "compose.env.example").read_text(), re.MULTILINE))
    assert used == offered
    assert re.search(r"^POSTGRES_PASSWORD=$", (DEPLOY / "compose.env.example").read_text(), re.MULTILINE)
    assert "ORDITO_TRUSTED_PROXIES" in text
    assert re.search(r'ORDITO_TRUSTED_PROXIES: "([\d.]+)"', text)[1] == re.search(r"ipv4_address: ([\d.]+)", text)[1]


def test_compose_takes_the_file():
    engine = SimpleNamespace(path=required("docker", "docker-compose-v2"))
    if subprocess.run([engine.path, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose: apt-get install docker-compose-v2")
    given = {"ORDITO_HOST": "node.example", "ORDITO_CONTACT": "a@node.example", "POSTGRES_PASSWORD": "x"}
    command = (engine.path, "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet")
    said = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def example(path: Path) -> dict[str, str]:
    """Of the example, also what is commented out there."""
    return dict(re.findall(r"^#?(ORDITO_\w+)=(.*)$", path.read_text(), re.MULTILINE))


def test_the_example_environment_is_one_that_the_node_takes():
    written = example(DEPLOY / "ordito.env.example")
    settings = load(written)
    assert settings.base_url == "https://node.example"
    known = {f"ORDITO_{entry.name.upper()}" for entry in dataclasses.fields(Settings)}
    backup = {"ORDITO_BACKUP_TO", "ORDITO_BACKUP_DIR", "ORDITO_BACKUP_DAYS"}
    assert set(written) <= known | backup
    assert written["ORDITO_BACKUP_TO"] == ""


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_well_formed(name):
    path = DEPLOY / name
    subprocess.run(["bash", "-n", path], check=True)
    text = path.read_text()
    assert "set -euo pipefail" in text or "settings.sh" in text
    assert os.access(path, os.X_OK) is (path.suffix != ".sh")


@pytest.mark.parametrize("name", SCRIPTS)
def test_shellcheck_has_nothing_against_a_script(name):
    said = subprocess.run(
        [required("shellcheck", "shellcheck"), "--external-sources", DEPLOY / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout


def test_caddy_takes_the_file_as_it_is_shipped():
    command = (required("caddy", "caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))
    for host, valid in (("node.example", True), ("node.example {", False)):
        environment = {**os.environ, "ORDITO_HOST": host}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (said.returncode == 0) is valid, said.stderr


def test_no_access_log_holds_addresses_of_visitors():
    text = (DEPLOY / "Caddyfile").read_text()
    assert not re.search(r"^\s*log\b", text, re.MULTILINE)
