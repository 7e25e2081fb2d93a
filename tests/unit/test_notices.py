"""What processes tell each other of changes: in notices that PostgreSQL takes, and read back as they were told."""

from hypothesis import given, strategies as st

from node.database.changes import LARGEST, MOST_PEOPLE, notices, read_change, written
from node.events import KINDS, Bus, Change

IDS = st.integers(min_value=0, max_value=2**63 - 1)
CHANGES = st.builds(Change, st.sampled_from(sorted(KINDS)), IDS, st.lists(IDS, max_size=MOST_PEOPLE).map(tuple))


@given(st.lists(CHANGES, max_size=20), st.sets(st.sampled_from(["posts", "actors"])))
def test_notices_hold_all_that_is_told(changes, topics):
    made = list(notices("mark", topics, changes))
    assert all(len(notice.encode()) < 8000 for notice in made)
    words = [word for notice in made for word in notice.removeprefix("mark ").split(" ")]
    assert [word for word in words if ":" not in word] == sorted(topics)
    assert [read_change(word) for word in words if ":" in word] == changes


def test_many_small_changes_share_a_notice():
    changes = [Change("post", 2**62 + number) for number in range(300)]
    assert len(list(notices("mark", {"posts"}, changes))) == 1
    assert len(list(notices("mark", {"posts"}, changes * 2))) == 2
    assert list(notices("mark", (), ())) == []


def test_of_a_change_for_a_crowd_the_first_are_named():
    crowd = tuple(range(2**62, 2**62 + MOST_PEOPLE + 5))
    word = written(Change("deletion", 1, crowd))
    assert len(word) < LARGEST
    assert read_change(word) == Change("deletion", 1, crowd[:MOST_PEOPLE])


def test_what_is_no_change_is_passed_over():
    for word in ("posts", "", "post:", "post:x:", "hologram:1:", ":1:", "post"):
        assert read_change(word) is None
    assert read_change("post:1:") == Change("post", 1)


def test_the_bus_tells_changes_here_and_elsewhere_apart():
    bus, heard, told = Bus(), [], []
    bus.on_changes(heard.extend)
    bus.on_local_changes(told.extend)
    bus.publish(["posts"], [Change("post", 1)])
    bus.publish_foreign(["posts"], [Change("post", 2)])
    bus.publish(["posts"])
    assert (heard, told) == ([Change("post", 1), Change("post", 2)], [Change("post", 1)])
