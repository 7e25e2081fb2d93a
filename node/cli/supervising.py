"""Several server processes as one: started together, stopped together."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from typing import Final

GRACE: Final = 30.0
"""Seconds that a process has to finish what it is doing."""


async def supervise(arguments: Sequence[str], processes: int, ready: Callable[[], None]) -> bool:
    """Runs `ordito ARGUMENTS` so many times, until SIGINT or SIGTERM; whether it ended because of that.

    `ready` is called once each of them serves, which it says by a line on its standard output. One that ends by itself
    ends them all: whoever watches over this process starts it anew.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    command = (sys.executable, "-m", "node", *arguments)
    running = [
        await asyncio.create_subprocess_exec(*command, start_new_session=True, stdout=PIPE) for _ in range(processes)
    ]
    start = asyncio.create_task(_announce(running, ready))
    ends = [asyncio.create_task(process.wait()) for process in running]
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([told, *ends], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    start.cancel()
    await asyncio.gather(*(_stop(process) for process in running))
    return stop.is_set()


async def _announce(running: Sequence[Process], ready: Callable[[], None]) -> None:
    said = await asyncio.gather(*(process.stdout.readline() for process in running if process.stdout is not None))
    if all(said):
        ready()


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()
