"""One open stream of an app: who reads it, what she has subscribed to, and what waits to be sent."""

import asyncio
from collections.abc import Callable
from typing import Final

import orjson

from node.mastodon.calls import Call
from node.mastodon.streaming.subscriptions import Stream
from node.services import scopes as scope_rules

MOST_WAITING: Final = 500
"""Events: a client that reads no faster is cut off, and loads its timelines when it comes back."""
MOST_STREAMS: Final = 100
GOING_AWAY: Final = 1001
POLICY: Final = 1008
TRY_AGAIN_LATER: Final = 1013


class Message:
    """An event, written once for all who are told of it in the same words."""

    __slots__ = ("_frames", "_record", "event", "payload")

    def __init__(self, event: str, payload: str | None = None) -> None:
        self.event = event
        self.payload = payload
        self._frames: dict[Stream, bytes] = {}
        self._record: bytes | None = None

    def frame(self, stream: Stream) -> bytes:
        """For a socket. The payload is JSON in a text, or the bare text of an id."""
        known = self._frames.get(stream)
        if known is None:
            whole: dict[str, object] = {"stream": stream.label, "event": self.event}
            if self.payload is not None:
                whole["payload"] = self.payload
            known = self._frames[stream] = orjson.dumps(whole)
        return known

    def record(self, _stream: Stream) -> bytes:
        """For an event stream, where one line is one field. Without a payload Mastodon writes `undefined`, which
        Mastodon.py 2.1 knows; a browser passes over an event that has no data at all."""
        if self._record is None:
            payload = "undefined" if self.payload is None else self.payload
            self._record = f"event: {self.event}\ndata: {payload}\n\n".encode()
        return self._record


Writing = Callable[[Message, Stream], bytes]


class Connection:
    """`cut` ends the connection itself, of a client that reads nothing."""

    def __init__(self, call: Call, writing: Writing, cut: Callable[[], None]) -> None:
        self.call = call
        self.viewer_id = call.actor.id
        self.token_id = call.viewer.token_id or 0
        self.streams: dict[Stream, None] = {}
        self.code = GOING_AWAY
        self._writing = writing
        self._cut = cut
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._ended = False
        self._covered: dict[tuple[str, ...], bool] = {}

    def covers(self, *scopes: str) -> bool:
        """Whether her token does. It is asked of each for every post."""
        known = self._covered.get(scopes)
        if known is None:
            known = self._covered[scopes] = scope_rules.covers(self.call.viewer.scopes, scopes)
        return known

    def tell(self, message: Message, stream: Stream) -> None:
        if stream in self.streams:
            self.send(self._writing(message, stream))

    def send(self, data: bytes) -> None:
        if self._ended:
            return
        if self._waiting.qsize() >= MOST_WAITING:
            self.end(TRY_AGAIN_LATER)
            self._cut()
            return
        self._waiting.put_nowait(data)

    def end(self, code: int) -> None:
        """After what waits already; nothing is taken any more."""
        if not self._ended:
            self._ended, self.code = True, code
            self._waiting.put_nowait(None)

    async def next(self) -> bytes | None:
        """What is to be sent; None at the end."""
        return await self._waiting.get()
