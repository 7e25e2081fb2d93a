"""Signs requests beside the event loop: RSA releases the GIL, and one hop to the threads serves a whole batch."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

from federation.identifiers import KeyId
from federation.keys import PrivateKey
from federation.signatures import Scheme, sign

Headers: TypeAlias = dict[str, str]
Sign: TypeAlias = Callable[[], Headers]

_THREADS: Final = 2
_BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class Signer:
    """In whose name a request is signed."""

    key_id: KeyId
    key: PrivateKey


class SigningPool:
    """Collects what is asked for in one turn of the loop and signs it in small batches on a few threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sign")
        self._waiting: list[tuple[Sign, asyncio.Future[Headers]]] = []

    async def sign(
        self,
        signer: Signer,
        scheme: Scheme,
        *,
        method: str,
        url: str,
        now: datetime,
        body: bytes | None = None,
        accept: str | None = None,
    ) -> Headers:
        """`federation.signatures.sign`, on a thread."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._start, loop)
        future: asyncio.Future[Headers] = loop.create_future()
        work = partial(sign, scheme, method=method, url=url, body=body, now=now, accept=accept)
        work = partial(work, key=signer.key, key_id=signer.key_id)
        self._waiting.append((work, future))
        return await future

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            work = loop.run_in_executor(self._threads, _sign_all, [sign for sign, _ in batch])
            work.add_done_callback(partial(_hand_out, [future for _, future in batch]))


def _sign_all(batch: list[Sign]) -> list[Headers | Exception]:
    return [_attempt(sign) for sign in batch]


def _attempt(sign: Sign) -> Headers | Exception:
    try:
        return sign()
    except Exception as error:  # noqa: BLE001 - raised again where the signature was asked for
        return error


def _hand_out(futures: list[asyncio.Future[Headers]], done: asyncio.Future[list[Headers | Exception]]) -> None:
    if done.cancelled():
        for future in futures:
            future.cancel()
        return
    for future, outcome in zip(futures, done.result(), strict=True):
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
