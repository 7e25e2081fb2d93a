"""What the bounded process takes away from itself before it looks at what somebody sent: memory, time, room on disk,
other files, the network, other programs.

The limits of setrlimit(2) hold everywhere. On Linux, Landlock leaves it the folders that it is given, and a seccomp
filter leaves it no way to a socket or another program; a kernel without them leaves the limits. Each is final.
"""

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from pathlib import Path
from typing import Final

_NO_NEW_PRIVILEGES: Final = 38
_SET_SECCOMP: Final = 22
_FILTER: Final = 2
_SYSCALLS: Final = {
    # audit architecture, then: socket, socketpair, connect, execve, execveat, ptrace, io_uring_setup
    "x86_64": (0xC000003E, (41, 53, 42, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 199, 203, 221, 281, 117, 425)),
}
_LANDLOCK: Final = (444, 445, 446)
"""landlock_create_ruleset, landlock_add_rule, landlock_restrict_self: the same on every architecture."""
_READ: Final = 0b1100
"""Read a file, list a folder."""
_ALL: Final = (1 << 13) - 1
"""All that version 1 of Landlock knows of."""
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_OOM_SCORE: Final = Path("/proc/self/oom_score_adj")
_NOT_PERMITTED: Final = 0x00050001
"""SECCOMP_RET_ERRNO with EPERM."""


def limit(memory: int, seconds: int, file_size: int) -> None:
    """Bytes of address space, seconds of CPU, bytes of a file that is written. Where the machine runs out of memory,
    this process goes before all others."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError):  # on Linux
        _OOM_SCORE.write_text("1000")


def confine(source: Path, folder: Path) -> None:
    """From here on it reads `source` and its own program, writes into `folder`, and reaches nothing else."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return
    _restrict_files(libc, source, folder)
    _restrict_calls(libc)


def _restrict_files(libc: ctypes.CDLL, source: Path, folder: Path) -> None:
    create, add, restrict = _LANDLOCK
    handled = ctypes.create_string_buffer(struct.pack("=Q", _ALL), 8)
    ruleset = libc.syscall(create, handled, 8, 0)
    if ruleset < 0:
        return
    program = {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", str(Path(__file__).parents[2])}
    allowed = [(Path(path), _READ) for path in program] + [(source, _READ & 0b0100), (folder, _ALL)]
    for path, access in allowed:
        if not path.exists():
            continue
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = ctypes.create_string_buffer(struct.pack("=Qi", access, handle), 12)
        libc.syscall(add, ruleset, 1, rule, 0)
        os.close(handle)
    libc.syscall(restrict, ruleset, 0)
    os.close(ruleset)


def _restrict_calls(libc: ctypes.CDLL) -> None:
    """A program for the kernel's filter (seccomp(2)): another architecture ends the process, what is listed is not
    permitted, all else is."""
    known = _SYSCALLS.get(platform.machine())
    if known is None:
        return
    architecture, refused = known
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    for place, number in enumerate(refused):
        lines.append((_EQUAL, len(refused) - place, 0, number))
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _NOT_PERMITTED)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code))
    libc.prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(program), 0, 0)
