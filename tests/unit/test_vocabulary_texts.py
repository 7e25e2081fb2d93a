"""Plain text: what deceives is removed, what writes Persian, Bengali or an emoji stays."""

import pytest

from federation.vocabulary.texts import html, plain_text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Rosa", "Rosa"),
        ("  Rosa\n", "Rosa"),
        ("<b>Rosa</b>", "<b>Rosa</b>"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("a\u202ab\u202cc", "abc"),
        ("ad\u200bmin", "admin"),
        ("ad\u2060m\ufeffin", "admin"),
        ("bell\x07\x9f", "bell"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\u2068isolated\u2069", "\u2068isolated\u2069"),
        ("a\u200dd\u200cmin", "admin"),
        ("\u200dRosa\u200c", "Rosa"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("মর\u200d্যাদা", "মর\u200d্যাদা"),
        ("ක්\u200dර", "ක්\u200dර"),
        ("👩🏽\u200d🌾 ❤️\u200d🔥", "👩🏽\u200d🌾 ❤️\u200d🔥"),
        ("👩\u200da", "👩a"),
    ],
)
def test_plain_text(given, kept):
    assert plain_text(given, 200) == kept


def test_lines_stay_where_they_are_asked_for():
    assert plain_text("one\r\ntwo", 200, lines=True) == "one\ntwo"


def test_texts_are_cut():
    assert plain_text("é" * 300, 200) == "é" * 200
    assert plain_text("\u200b" * 100 + "a", 200) == "a"
    assert html("<p>" + "é" * 100, 50) == "<p>" + "é" * 23, "by bytes, never within a character"
    assert html("<p>é</p>", 50) == "<p>é</p>"


@pytest.mark.parametrize("value", [None, 5, ["a"], {"a": "b"}, True])
def test_what_is_no_text_is_none(value):
    assert plain_text(value, 10) == ""
    assert html(value, 10) == ""


def test_a_text_of_marks_and_joiners_is_no_work():
    assert plain_text("\u0300\u200d" * 20_000, 10_000) == "\u0300" * 10_000
