"""Starts and watches processes for the benchmark, loads them, and reads what the kernel says of them."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Process:
    """A process and its children."""

    popen: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        return self.popen.pid

    def cpu(self) -> float:
        """Seconds of CPU, user and system, of the process and its children."""
        return sum(_cpu(pid) for pid in _family(self.pid))

    def resident(self) -> float:
        """MiB in memory now."""
        return sum(_status(pid, "VmRSS") for pid in _family(self.pid)) / 1024

    def peak(self) -> float:
        return sum(_status(pid, "VmHWM") for pid in _family(self.pid)) / 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += _family(int(child))
    return found


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def _status(pid: int, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: Sequence[str], *, ready: str, environment: dict[str, str] | None = None) -> Iterator[Process]:
    """Runs a command until the block ends; `ready` is a URL that answers once it serves."""
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    try:
        wait_for(ready, process)
        yield Process(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]", seconds: float = 30.0) -> float:
    """Seconds until anything answered."""
    start = time.monotonic()
    while time.monotonic() - start < seconds and process.poll() is None:
        try:
            with urlopen(url, timeout=2):  # http on loopback
                return time.monotonic() - start
        except OSError as error:
            if getattr(error, "code", None) is not None:
                return time.monotonic() - start
            time.sleep(0.02)
    raise RuntimeError(f"{url} does not answer")


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


@dataclass(frozen=True)
class Load:
    """What a load came to: requests per second, the bytes of the last answer, and seconds that half of the answers, and
    all but one in a hundred, took at most."""

    per_second: float
    size: int
    p50: float
    p99: float


async def load(requests: Path, *, concurrency: int, repeat: int = 1, status: int = 200) -> Load:
    """Sends the requests of a file from a process of its own. Every answer must have this status."""
    command = python("tests.bench.load", str(requests), f"--concurrency={concurrency}", f"--repeat={repeat}")
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the load generator failed")
    result = json.loads(output)
    if set(result["statuses"]) != {str(status)}:
        raise RuntimeError(f"not every answer was {status}: {result['statuses']}")
    return Load(result["per_second"], result["size"], result["p50"], result["p99"])
