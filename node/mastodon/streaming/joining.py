"""Subscribing: what a token has to cover, and whose list it is."""

from typing import Final

from federation.errors import FederationError
from node.errors import Forbidden, NodeError, NotFound, TooOften
from node.mastodon.errors import Absent, OutsideScopes
from node.mastodon.streaming.connections import MOST_STREAMS, Connection
from node.mastodon.streaming.subscriptions import Stream
from node.services import lists

_STATUS: Final = ((TooOften, 429), (Forbidden, 403), (NotFound, 404))


async def subscribe(connection: Connection, stream: Stream) -> None:
    """Twice is once. Raises `OutsideScopes`, `Absent` for a list that is not hers, `TooOften`."""
    if not connection.covers(*stream.scopes):
        raise OutsideScopes
    if len(connection.streams) >= MOST_STREAMS:
        raise TooOften("Too many subscriptions", "limit.subscriptions")
    if stream.list_id is not None:
        await _check_list(connection, stream.list_id)
    connection.streams[stream] = None


async def _check_list(connection: Connection, list_id: int) -> None:
    async with connection.call.reading() as tx:
        try:
            await lists.required(tx, connection.call.actor, list_id)
        except NotFound as error:
            raise Absent from error


def status_of(error: NodeError | FederationError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
