"""Ids: in the order of time, never twice, never before arrival minus ten minutes for what is delivered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from node.database import id_at, id_for_delivered, ids, new_id
from node.database.ids import BACKDATE_LIMIT, time_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # made aware


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def test_ids_of_one_moment_differ_and_grow() -> None:
    made = [new_id(NOW) for _ in range(70_000)]
    assert made == sorted(set(made))


def test_a_later_moment_gives_a_greater_id() -> None:
    assert new_id(NOW + timedelta(hours=2)) < new_id(NOW + timedelta(hours=2, milliseconds=100))


@given(moments)
def test_an_id_fits_63_bits_and_tells_its_time(at: datetime) -> None:
    made = id_at(at)
    assert 0 < made < 2**63
    assert time_of(made) == milliseconds(at)


@given(moments, moments)
def test_what_is_delivered_is_never_put_far_back_nor_ahead(published: datetime, arrived: datetime) -> None:
    made = time_of(id_for_delivered(published, arrived))
    assert made >= milliseconds(arrived - BACKDATE_LIMIT)
    if arrived - BACKDATE_LIMIT <= published < arrived:
        assert made == milliseconds(published)


def test_without_a_time_of_its_own_it_takes_that_of_its_arrival() -> None:
    assert time_of(id_for_delivered(None, NOW + timedelta(days=900))) == milliseconds(NOW + timedelta(days=900))


def test_ids_of_one_moment_in_the_past_differ_in_one_process():
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    drawn = [id_at(at) for _ in range(5000)]
    assert len(set(drawn)) == 5000
    assert {time_of(row_id) for row_id in drawn} == {time_of(id_at(at))}


def test_a_crowded_moment_runs_over_into_the_next(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ids.secrets, "randbits", lambda _: 7)
    at = datetime(2026, 3, 1, 13, tzinfo=UTC)
    drawn = [id_at(at) for _ in range(3)]
    assert [time_of(row_id) - time_of(drawn[0]) for row_id in drawn] == [0, 1, 2]
