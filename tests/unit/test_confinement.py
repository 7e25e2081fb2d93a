"""The process that decodes: what it cannot do once it has begun."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, os, socket, sys
from pathlib import Path
from node.storage.decoding import confinement
source, folder, other = (Path(path) for path in sys.argv[1:4])
confinement.limit(1_000_000_000, 10, 1_000_000)
first_to_go = Path("/proc/self/oom_score_adj").read_text().strip()
confinement.confine(source, folder)
def attempt(work):
    try:
        work()
    except BaseException as error:
        return type(error).__name__
    return "done"
told = {
    "first_to_go": first_to_go,
    "read": attempt(source.read_bytes),
    "write": attempt(lambda: (folder / "made").write_bytes(b"x")),
    "write_much": attempt(lambda: (folder / "much").write_bytes(bytes(2_000_000))),
    "memory": attempt(lambda: bytearray(2_000_000_000)),
    "connect": attempt(socket.socket),
    "run": attempt(lambda: os.execv("/bin/true", ["true"])),
    "read_other": attempt(other.read_bytes),
    "write_other": attempt(lambda: other.write_bytes(b"")),
}
(folder / "told").write_text(json.dumps(told))
"""


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}, reason="Linux alone")
def test_it_reads_one_file_and_writes_into_one_folder(tmp_path: Path) -> None:
    source, folder, other = tmp_path / "source", tmp_path / "out", tmp_path / "other"
    source.write_bytes(b"x")
    other.write_bytes(b"secret")
    folder.mkdir()
    subprocess.run([sys.executable, "-c", PROGRAM, source, folder, other], check=True)
    told = json.loads((folder / "told").read_text())
    assert (told["read"], told["write"]) == ("done", "done")
    assert told["first_to_go"] == "1000"
    assert told["write_much"] == "OSError"
    assert told["memory"] == "MemoryError"
    assert (told["connect"], told["run"]) == ("PermissionError", "PermissionError")
    if _landlock():
        assert (told["read_other"], told["write_other"]) == ("PermissionError", "PermissionError")
        assert other.read_bytes() == b"secret"


def _landlock() -> bool:
    """Whether this kernel has it switched on."""
    modules = Path("/sys/kernel/security/lsm")
    return modules.exists() and "landlock" in modules.read_text()
