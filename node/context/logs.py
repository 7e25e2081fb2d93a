"""How the log is written: JSON lines to stderr in production, readable lines in development.

Nothing about persons belongs in it: no addresses, names, tokens or texts, and no local variables in tracebacks.
"""

import logging
import sys
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

    from node.settings import Settings

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(settings: "Settings", *, level: str | None = None) -> None:
    """`level` is the settings' own unless given. What libraries log comes out in the same form."""
    least = LEVELS[level or settings.log_level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, *_rendering(development=settings.development)],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _catch_libraries(shared, least, development=settings.development)


def _rendering(*, development: bool) -> "list[Processor]":
    if development:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _catch_libraries(shared: "list[Processor]", least: int, *, development: bool) -> None:
    """Warnings and worse of libraries. aiohttp's access log names addresses and is never written."""
    handler = logging.StreamHandler(sys.stderr)
    removing = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[removing, *_rendering(development=development)], foreign_pre_chain=shared
        )
    )
    logging.basicConfig(handlers=[handler], level=max(least, logging.WARNING), force=True)
    logging.getLogger("aiohttp.access").disabled = True
