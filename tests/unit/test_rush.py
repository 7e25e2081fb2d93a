"""Work stands back while a crowd waits at the doors, though never for longer than its patience."""

from contextlib import ExitStack

import pytest

from node.context.rush import CROWD, PATIENCE, QUIET, Rush

STEP = QUIET / 3


class Clock:
    """Goes on by a step with every look."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += STEP
        return self.now


def crowd(rush: Rush, size: int = CROWD) -> ExitStack:
    """Waits until it is closed."""
    stack = ExitStack()
    for _ in range(size):
        stack.enter_context(rush)
    return stack


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def waited(rush: Rush, clock: Clock) -> float:
    start = clock.now
    await rush.over()
    return clock.now - start


async def test_few_hold_up_nobody(clock: Clock):
    rush = Rush(clock=clock)
    with crowd(rush, CROWD - 1):
        assert await waited(rush, clock) < 3 * STEP


async def test_those_who_come_one_after_the_other_are_no_crowd(clock: Clock):
    rush = Rush(clock=clock)
    for _ in range(3 * CROWD):
        with rush:
            pass
    assert await waited(rush, clock) < 3 * STEP


async def test_a_crowd_that_is_gone_is_waited_for_a_little_since_it_comes_again(clock: Clock):
    rush = Rush(clock=clock)
    crowd(rush).close()
    assert QUIET - 2 * STEP <= await waited(rush, clock) <= QUIET + 2 * STEP


class Throng(Clock):
    """A clock that brings a new crowd with every look."""

    def __init__(self) -> None:
        super().__init__()
        self.rush: Rush | None = None

    def __call__(self) -> float:
        now, rush = super().__call__(), self.rush
        if rush is not None:
            self.rush = None
            crowd(rush).close()
            self.rush = rush
        return now


async def test_patience_ends_and_halves_with_a_rush_that_goes_on():
    clock = Throng()
    rush = Rush(patience=16 * QUIET, clock=clock)
    clock.rush = rush
    waits = [await waited(rush, clock) for _ in range(8)]
    assert waits[0] == pytest.approx(16 * QUIET, abs=QUIET)
    assert waits[1] == pytest.approx(8 * QUIET, abs=QUIET)
    assert waits[-1] <= 2 * QUIET
    clock.rush = None
    clock.now += QUIET
    await rush.over()
    crowd(rush).close()
    clock.rush = rush
    assert await waited(rush, clock) == pytest.approx(16 * QUIET, abs=QUIET)


def test_nobody_waits_longer_than_a_second_for_the_first_effect():
    assert PATIENCE <= 1
