"""The composition root: routes, middlewares and what lives as long as the process, made in order, closed backwards."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.abc import AbstractResolver

from federation.client import DEFAULT_LIMITS, Limits
from node import activitypub, mastodon, web as pages
from node.activitypub.inbox import INTAKE
from node.activitypub.intake import Intake
from node.context import Context
from node.context.opening import ensure_node, open_context
from node.database import upgrade
from node.database.changes import watch
from node.middleware.addresses import own_host_only, text_only
from node.middleware.bodies import DEFAULT_PATIENCE, PATIENCE, Patience
from node.middleware.client_api import cross_origin
from node.middleware.negotiation import wants_activity, wants_page
from node.middleware.refusals import refusals
from node.middleware.signatures import no_blocked_hosts
from node.middleware.state import CONTEXT, Handler
from node.server import Runner, ServerLog, settle
from node.settings import Settings
from node.workers import Workers

log = structlog.get_logger()
WORKERS: Final = web.AppKey("workers", Workers)
DEAD: Final = web.AppKey("dead", list[BaseException])
"""Why parts of the process ended that should not have."""
LINE: Final = 8190
STOP_SECONDS: Final = 10.0


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] | None = None,
    resolver: AbstractResolver | None = None,
    patience: Patience = DEFAULT_PATIENCE,
    limits: Limits = DEFAULT_LIMITS,
    doors: bool = True,
    workers: bool = True,
) -> web.Application:
    """An application that, once started, is a node: its doors, its workers, or both."""
    app = web.Application(
        middlewares=[cross_origin, refusals, own_host_only, no_blocked_hosts, text_only],
        client_max_size=128 * 1024,
        handler_args={
            "max_line_size": LINE,
            "max_field_size": LINE,
            "keepalive_timeout": patience.head,  # from the connection, or the last answer, to the end of a head
            "lingering_time": patience.linger,
            "auto_decompress": False,
            "logger": ServerLog(),
        },
    )
    app[PATIENCE] = patience
    app[DEAD] = []
    app.cleanup_ctx.append(_context(settings, clock, resolver, limits))
    app.cleanup_ctx.append(_background(workers=workers))
    if doors:
        _add_doors(app)
    return app


def _context(
    settings: Settings, clock: Callable[[], datetime] | None, resolver: AbstractResolver | None, limits: Limits
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def opened(app: web.Application) -> AsyncIterator[None]:
        await upgrade(settings)
        async with open_context(settings, clock=clock, resolver=resolver, limits=limits) as context:
            await ensure_node(context)
            app[CONTEXT] = context
            app[INTAKE] = Intake(context)
            mastodon.opened(app, context)
            app[WORKERS] = Workers(context)
            yield

    return opened


def _background(*, workers: bool) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(app: web.Application) -> AsyncIterator[None]:
        context, stop = app[CONTEXT], asyncio.Event()
        tasks = [asyncio.create_task(watch(context.database, context.settings, stop))]
        if workers:
            tasks.append(asyncio.create_task(app[WORKERS].run(stop)))
        for task in tasks:
            task.add_done_callback(partial(_ended, app[DEAD]))
        yield
        stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), STOP_SECONDS)

    return running


def _ended(dead: list[BaseException], task: asyncio.Task[None]) -> None:
    """A part of the process that dies takes the process with it; a supervisor starts it anew, and no row is lost."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.critical("worker.died", exc_info=error)
        dead.append(error)
        signal.raise_signal(signal.SIGTERM)


def _add_doors(app: web.Application) -> None:
    # aiohttp tries what begins alike in the order it was added: the addresses that are asked for most come first.
    for path, page in pages.NEGOTIATED.items():
        app.router.add_get(path, _negotiated(activitypub.NEGOTIATED[path], page))
    for table in activitypub.ROUTES:
        app.add_routes([_with_page(route) for route in table])
    for table in pages.ROUTES:
        app.add_routes(table)
    pages.setup(app)
    mastodon.setup(app)


def _with_page(route: web.AbstractRouteDef) -> web.AbstractRouteDef:
    """Something for peers, to be shown to who asks for a page by name; `*/*` is a peer's here."""
    if not isinstance(route, web.RouteDef) or route.path not in pages.INSTEAD:
        return route
    either = _negotiated(route.handler, pages.INSTEAD[route.path], lambda request: not wants_page(request))
    return web.RouteDef(route.method, route.path, either, route.kwargs)


def _negotiated(document: Handler, page: Handler, for_peers: Callable[[web.Request], bool] = wants_activity) -> Handler:
    """One address for peers and for browsers; what is sent depends on Accept, and says so."""

    async def either(request: web.Request) -> web.StreamResponse:
        response = await (document if for_peers(request) else page)(request)
        if response.headers.get("Vary") != "Accept":  # what is kept rendered says so already
            named = (name.strip() for line in response.headers.getall("Vary", []) for name in line.split(","))
            response.headers["Vary"] = ", ".join(dict.fromkeys(["Accept", *named]))
        return response

    return either


async def serve(
    settings: Settings,
    *,
    doors: bool = True,
    workers: bool = True,
    shared_port: bool = False,
    ready: Callable[[Context], Awaitable[Any]] | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM. `ready` is called once it listens; `shared_port`: other processes do too.

    Exits with 1 when a worker died, so that a supervisor notices.
    """
    app = build(settings, doors=doors, workers=workers)
    runner = Runner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await runner.setup()
    try:
        if doors:
            await web.TCPSite(runner, *settings.address, reuse_port=shared_port).start()
        settle()
        if ready is not None:
            await ready(runner.app[CONTEXT])
        await stop.wait()
    finally:
        await runner.cleanup()
    if app[DEAD]:
        raise SystemExit(1)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs until the work is done, on uvloop where it is installed: a quarter more requests per CPU second."""
    try:
        import uvloop  # noqa: PLC0415  # an extra, which only the one who runs the loop needs
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
