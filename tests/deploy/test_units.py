"""The systemd units, as systemd itself judges them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machines import DEPLOY, required

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
CONFINING = frozenset(
    {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "prctl", "prlimit64", "setpriority"}
)
"""The calls by which the process that decodes uploads takes away from itself what it does not need."""
WORST_EXPOSURE = 15
"""Tenths, of 100: what is left open is the network, and calls that any Python program makes."""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units, with the programs that they start in place: `verify` looks for them."""
    opt = tmp_path / "ordito"
    for program in ("current/bin/ordito", "deploy/backup"):
        (opt / program).parent.mkdir(parents=True)
        (opt / program).write_text("#!/bin/sh\n")
        (opt / program).chmod(0o755)
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/ordito", str(opt)))
    return tmp_path


def verify(unit: Path) -> list[str]:
    """What systemd has to say against this unit; what other units of this machine lack is not asked."""
    command = (required("systemd-analyze", "systemd"), "verify", "--man=no", str(unit))
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in said.stderr.splitlines() if "ordito" in line]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(installed, unit):
    assert verify(installed / unit.name) == []


def test_systemd_would_say_what_is_wrong(installed):
    unit = installed / "ordito.service"
    unit.write_text(unit.read_text().replace("NoNewPrivileges=yes", "NoNewPrivilege=yes"))
    assert any("NoNewPrivilege" in line for line in verify(unit))
    shutil.rmtree(installed / "ordito")
    assert any("is not executable" in line for line in verify(unit))


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_locked_in(unit, tmp_path):
    assert exposure(unit) <= WORST_EXPOSURE
    open_one = tmp_path / unit.name
    open_one.write_text("[Service]\nExecStart=/bin/true\n")
    assert exposure(open_one) > 80


def exposure(unit: Path) -> int:
    command = (required("systemd-analyze", "systemd"), "security", "--offline=true", "--no-pager", str(unit))
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: (\d+)\.(\d)", said.stdout)
    if found is None:
        pytest.skip("systemd before 250 does not judge a unit offline: upgrade systemd")
    return int(found[1]) * 10 + int(found[2])


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_not_root_and_names_no_secret(unit):
    text = unit.read_text()
    assert "\nUser=ordito\n" in text
    assert "\nProtectSystem=strict\n" in text
    assert "PASSWORD" not in text.upper()


def test_what_decodes_uploads_can_lock_itself_in():
    """Where one of these calls is refused, it goes on without: nobody would notice."""
    text = (DEPLOY / "systemd" / "ordito.service").read_text()
    assert allowed(text) >= CONFINING
    assert "mount" not in allowed(text)
    assert "\nOOMPolicy=continue\n" in text


def allowed(unit: str) -> set[str]:
    """The calls that are left, by the groups of the systemd that is here."""
    command = (required("systemd-analyze", "systemd"), "syscall-filter", "--no-pager")
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    groups = {
        name: set(re.findall(r"^    ([@\w-]+)", members, re.MULTILINE))
        for name, members in re.findall(r"^(@[\w-]+)\n((?:    .*\n)+)", said, re.MULTILINE)
    }
    found = _calls("@default", groups)
    for without, names in re.findall(r"^SystemCallFilter=(~?)(.+)$", unit, re.MULTILINE):
        calls = {call for name in names.split() for call in _calls(name, groups)}
        found = found - calls if without else found | calls
    return found


def _calls(name: str, groups: dict[str, set[str]]) -> set[str]:
    if not name.startswith("@"):
        return {name}
    return {call for member in groups[name] for call in _calls(member, groups)}
