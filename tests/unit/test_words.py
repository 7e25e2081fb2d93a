"""Words are read quickly where they can be, and come out as character by character."""

import pytest
from hypothesis import example, given, strategies as st

from node.services import words

SAYINGS = (
    "Wer kann am Samstag mitkommen?",
    "Ποιος φέρνει το ψωμί; Θα έρθω κι εγώ",
    "من سيحضر الخبز يوم السبت؟",
    "क्या आप रविवार को आएँगे",
    "明日は一緒に행복ไปไหนมา2026年",
    "Çay içer misiniz? İSTANBUL ı",
    "a\u0334b e\u0301 \ufe0f 😀 x_y-z",
)


@given(st.text(max_size=60))
@example("".join(SAYINGS))
def test_the_quick_way_finds_the_same_runs(text):
    slowly = [run for word in words._folded(text).split() for run in words._runs_of_any(word)]
    assert list(words._runs(text)) == slowly


@pytest.mark.parametrize("saying", SAYINGS)
def test_so_it_does_in_each_language(saying):
    slowly = [run for word in words._folded(saying).split() for run in words._runs_of_any(word)]
    assert list(words._runs(saying)) == slowly
    assert slowly


def test_accents_and_case_are_nothing():
    assert words.of(["Perché È così"]) == words.of(["perche e cosi"]) == "perche e cosi"
