"""What many wait for at the same time is done for all of them together, and fails for those alone whom it concerns."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from node.context.gathering import MOST, Gathering


class Work:
    """Doubles numbers, a batch at a time; refuses negative ones."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.error: Exception | None = None

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        if any(item < 0 for item in items):
            raise ValueError("a negative number")
        return [2 * item for item in items]


async def come(gathering: Gathering[int, int], number: int, turns: int) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    return await gathering.do(number)


async def test_those_who_come_one_turn_after_the_other_share_one_piece_of_work():
    work = Work()
    gathering = Gathering(work)
    found = await asyncio.gather(*(come(gathering, number, turns=number) for number in range(30)))
    assert found == [2 * number for number in range(30)]
    assert work.batches == [list(range(30))]


async def test_one_alone_does_not_wait_for_company():
    work = Work()
    assert await Gathering(work).do(4) == 8
    assert work.batches == [[4]]


async def test_who_comes_during_the_work_is_in_the_next():
    work = Work()
    gathering = Gathering(work)
    first = asyncio.create_task(gathering.do(1))
    while not work.batches:  # noqa: ASYNC110  # nobody tells when it begins
        await asyncio.sleep(0)
    assert await gathering.do(2) == 4
    assert await first == 2
    assert work.batches == [[1], [2]]


async def test_there_is_a_most():
    work = Work()
    gathering = Gathering(work)
    await asyncio.gather(*(gathering.do(number) for number in range(MOST + 1)))
    assert [len(batch) for batch in work.batches] == [MOST, 1]


async def test_one_that_is_refused_spoils_it_for_nobody_else():
    gathering = Gathering(Work())
    found = await asyncio.gather(*(gathering.do(number) for number in (1, -1, 2)), return_exceptions=True)
    assert found[0] == 2
    assert isinstance(found[1], ValueError)
    assert found[2] == 4


async def test_a_database_that_is_away_is_not_asked_again_for_each():
    work = Work()
    work.error = OperationalError("", None, Exception("locked"))
    gathering = Gathering(work)
    found = await asyncio.gather(*(gathering.do(number) for number in range(5)), return_exceptions=True)
    assert all(error is work.error for error in found)
    assert len(work.batches) == 1
    work.error = None
    assert await gathering.do(1) == 2


async def test_who_goes_away_does_not_hold_up_the_others():
    gathering = Gathering(Work())
    going, staying = asyncio.create_task(gathering.do(1)), asyncio.create_task(gathering.do(2))
    await asyncio.sleep(0)
    going.cancel()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await going
