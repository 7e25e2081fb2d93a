"""Memory and start: how long until the first answer, and what is resident before and after the load."""

import asyncio
import time

from tests.bench.figures import Measured
from tests.bench.machine import Process
from tests.bench.site import Site

REST = 2.0
"""Seconds after the start until it counts as idle."""


def start(site: Site) -> float:
    """Seconds from the command to the first answer, on data that is there already."""
    begun = time.monotonic()
    with site.serving():
        return time.monotonic() - begun


async def idle(server: Process) -> Measured:
    await asyncio.sleep(REST)
    return Measured(server.resident())


def peak(server: Process) -> Measured:
    return Measured(server.peak())
