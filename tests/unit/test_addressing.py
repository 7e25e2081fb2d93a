"""Who may read, from the names in to, cc and audience, and back."""

import pytest
from hypothesis import given, strategies as st

from federation.addressing import Addressed, Visibility, address, group_candidates, is_public, recipients, visibility
from federation.identifiers import PUBLIC

FOLLOWERS = "https://a.example/users/rosa/followers"
GROUP = "https://b.example/groups/sarte"
MEMBERS = f"{GROUP}/followers"
AMINA = "https://c.example/users/amina"
BERTA = "https://d.example/users/berta"


@pytest.mark.parametrize(
    ("to", "cc", "expected"),
    [
        ((PUBLIC,), (FOLLOWERS,), Visibility.PUBLIC),
        ((GROUP, PUBLIC), (), Visibility.PUBLIC),
        ((PUBLIC,), (PUBLIC,), Visibility.PUBLIC),
        ((FOLLOWERS,), (PUBLIC,), Visibility.UNLISTED),
        ((FOLLOWERS,), (), Visibility.FOLLOWERS),
        ((AMINA,), (FOLLOWERS,), Visibility.FOLLOWERS),
        ((GROUP, MEMBERS), (), Visibility.MEMBERS),
        ((GROUP, MEMBERS), (FOLLOWERS,), Visibility.MEMBERS),
        ((AMINA,), (), Visibility.DIRECT),
        ((), (AMINA,), Visibility.DIRECT),
        ((), (), Visibility.DIRECT),
        (("https://x.example/users/else/followers",), (), Visibility.DIRECT),
    ],
)
def test_visibility(to, cc, expected):
    assert visibility(to, cc, FOLLOWERS, frozenset({MEMBERS})) is expected
    assert is_public(to, cc) is (expected in {Visibility.PUBLIC, Visibility.UNLISTED})


def test_an_author_without_followers_has_no_followers_only_posts():
    assert visibility((AMINA,), (), None) is Visibility.DIRECT


def test_recipients_are_each_named_once_and_never_public():
    assert recipients((PUBLIC, AMINA), (BERTA, AMINA, FOLLOWERS), (GROUP,)) == (AMINA, BERTA, FOLLOWERS, GROUP)


def test_a_group_is_looked_for_in_audience_first():
    assert group_candidates((AMINA, PUBLIC), (BERTA,), (GROUP,)) == (GROUP, AMINA, BERTA)


@pytest.mark.parametrize(
    ("kind", "group", "members", "expected"),
    [
        (Visibility.PUBLIC, None, None, Addressed((PUBLIC,), (FOLLOWERS, AMINA), ())),
        (Visibility.UNLISTED, None, None, Addressed((FOLLOWERS,), (PUBLIC, AMINA), ())),
        (Visibility.FOLLOWERS, None, None, Addressed((FOLLOWERS,), (AMINA,), ())),
        (Visibility.DIRECT, None, None, Addressed((AMINA,), (), ())),
        (Visibility.PUBLIC, GROUP, MEMBERS, Addressed((GROUP, PUBLIC), (AMINA,), (GROUP,))),
        (Visibility.UNLISTED, GROUP, MEMBERS, Addressed((GROUP,), (PUBLIC, AMINA), (GROUP,))),
        (Visibility.MEMBERS, GROUP, MEMBERS, Addressed((GROUP, MEMBERS), (AMINA,), (GROUP,))),
        (Visibility.DIRECT, GROUP, MEMBERS, Addressed((GROUP, AMINA), (), ())),
    ],
)
def test_address(kind, group, members, expected):
    assert address(kind, FOLLOWERS, [AMINA, AMINA], group, members) == expected


def test_what_would_reach_others_is_refused():
    with pytest.raises(ValueError, match="followers"):
        address(Visibility.FOLLOWERS, FOLLOWERS, [], GROUP, MEMBERS)
    with pytest.raises(ValueError, match="needs a group"):
        address(Visibility.MEMBERS, FOLLOWERS)
    with pytest.raises(ValueError, match="members"):
        address(Visibility.MEMBERS, FOLLOWERS, [], GROUP, None)


@given(
    kind=st.sampled_from(Visibility),
    mentions=st.lists(st.sampled_from([AMINA, BERTA, GROUP])),
    into_group=st.booleans(),
)
def test_what_is_written_is_read_as_it_was_meant(kind, mentions, into_group):
    group, members = (GROUP, MEMBERS) if into_group else (None, None)
    try:
        addressed = address(kind, FOLLOWERS, mentions, group, members)
    except ValueError:
        assert kind is (Visibility.FOLLOWERS if into_group else Visibility.MEMBERS)
        return
    assert visibility(addressed.to, addressed.cc, FOLLOWERS, frozenset({MEMBERS})) is kind
    assert set(mentions) <= set(recipients(*[addressed.to, addressed.cc]))
    assert FOLLOWERS not in recipients(addressed.to, addressed.cc) or not into_group
