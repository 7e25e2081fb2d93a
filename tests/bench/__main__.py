"""`python -m tests.bench`: what a node does on this machine, beside what the machine could do. One table per database.

Absolute figures differ from machine to machine and, on one that is shared, from hour to hour: the ceilings are measured
in the same run, and what counts is the ratio. Medians of several runs, and their spread.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from tests import postgres
from tests.bench import apps, fanout, growth, intake, memory, reads, streaming
from tests.bench.figures import Measured, table
from tests.bench.machine import Process
from tests.bench.site import Site, site

PARTS = ("intake", "fanout", "reads", "memory", "growth", "apps", "streaming")
Runs = dict[tuple[str, str], list[Measured]]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS), help="some of " + ",".join(PARTS))
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--long", action="store_true", help="growth to 1,000,000 posts instead of 100,000")
    chosen = parser.parse_args()
    chosen.only = chosen.only.split(",")
    if unknown := set(chosen.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return chosen


async def bench(chosen: argparse.Namespace, server: postgres.Server | None) -> Runs:
    runs: Runs = defaultdict(list)
    for parts, measured in (
        ({"intake", "fanout", "reads", "memory"}, _load),
        ({"growth"}, _grow),
        ({"apps"}, _serve_apps),
        ({"streaming"}, _stream),
    ):
        if parts & set(chosen.only):
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                async with site(Path(folder), server) as found:
                    await measured(found, chosen, runs)
    return runs


async def _load(found: Site, chosen: argparse.Namespace, runs: Runs) -> None:
    """All runs on one node: what it has seen before must not slow it."""
    await intake.prepare(found)
    writers, addresses = await fanout.prepare(found), await reads.prepare(found)
    if "memory" in chosen.only:
        runs["memory", "start"] += [Measured(memory.start(found)) for _ in range(chosen.runs)]
    with found.serving() as process:
        if "memory" in chosen.only:
            runs["memory", "idle"].append(await memory.idle(process))
        for run in range(chosen.runs):
            _say(f"run {run + 1} of {chosen.runs}")
            await _once(found, process, f"r{run}", chosen.only, runs, writers, addresses)
        if "memory" in chosen.only:
            runs["memory", "peak"].append(memory.peak(process))


async def _once(
    found: Site,
    process: Process,
    run: str,
    only: list[str],
    runs: Runs,
    writers: fanout.Writers,
    addresses: reads.Addresses,
) -> None:
    if "intake" in only:
        _note(runs, "intake", await intake.measure(found, process, run))
    if "fanout" in only:
        _note(runs, "fanout", await fanout.measure(found, process, writers, run))
    if "reads" in only:
        _note(runs, "reads", await reads.measure(found, addresses))


async def _serve_apps(found: Site, chosen: argparse.Namespace, runs: Runs) -> None:
    _say(f"apps: {apps.POSTS:,} posts")
    prepared = await apps.prepare(found)
    with found.serving() as process:
        for run in range(chosen.runs):
            _note(runs, "apps", await apps.measure(found, process, prepared, f"r{run}"))


async def _stream(found: Site, chosen: argparse.Namespace, runs: Runs) -> None:
    _say(f"streaming: {streaming.SOCKETS} sockets")
    token = await streaming.prepare(found)
    with found.serving() as process:
        async with streaming.listening(found, token) as listeners:
            for _ in range(chosen.runs):
                _note(runs, "streaming", await streaming.measure(process, listeners))


async def _grow(found: Site, chosen: argparse.Namespace, runs: Runs) -> None:
    few, many = (100_000, 1_000_000) if chosen.long else (10_000, 100_000)
    _say(f"growth: from {few:,} to {many:,} posts")
    group_id = await growth.prepare(found)
    with found.serving() as process:
        _note(runs, "growth", await growth.measure(found, process, group_id, few, many))


def _note(runs: Runs, part: str, measured: Mapping[str, Measured]) -> None:
    for key, figure in measured.items():
        runs[part, key].append(figure)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    chosen = options()
    names = ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)
    for name in names:
        with postgres.server(durable=True) if name == "postgresql" else nullcontext() as server:
            if name == "postgresql" and server is None:
                _say(f"PostgreSQL left out: {postgres.MISSING}")
                continue
            runs = asyncio.run(bench(chosen, server))
        print(table(f"{name}, {chosen.runs} runs", runs), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
