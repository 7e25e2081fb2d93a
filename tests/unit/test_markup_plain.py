"""Plain text and titles out of cleaned HTML."""

import pytest
from hypothesis import given, strategies as st

from node.services.markup import clean_html, plain, title_of

MENTION = '<span class="h-card"><a href="https://m.example/@dogs" class="u-url mention">@<span>dogs</span></a></span>'
HASHTAG = '<a href="https://m.example/tags/x" class="mention hashtag" rel="tag">#<span>walks</span></a>'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p>a  b\nc</p>\n\n<p> d</p>", "a b c\n\nd"),
        ("<ul><li>a</li><li><p>b</p></li></ul><p>c</p>", "- a\n- b\n\nc"),
        ("<p>x</p><pre>a\n  b</pre>", "x\n\na\n  b"),
        ("<p>1 &lt; 2 &amp;amp; &lt;b&gt;</p>", "1 < 2 &amp; <b>"),
        (f"<p>{MENTION} {HASHTAG}</p>", "@dogs #walks"),
        ("no markup", "no markup"),
        ("", ""),
    ],
)
def test_plain(html, text):
    assert plain(html) == text


@pytest.mark.parametrize(
    ("html", "title"),
    [
        (f"<p>{MENTION}: A walk {HASHTAG}<br>on Sunday</p>", "A walk #walks"),
        (f"<p>{MENTION}</p><p>Second line</p>", "Second line"),
        ("<p>@dogs@lemmy.example Who comes?</p>", "Who comes?"),
        ("<p>Ask a@b.example</p>", "Ask a@b.example"),
        ("<p>A\u202eb\u200b</p>", "Ab"),
        (f"<p>{MENTION}</p>", ""),
        ("<p>" + "word " * 60 + "</p>", "word " * 39 + "word…"),
        ("<p>" + "é" * 300 + "</p>", "é" * 199 + "…"),
        ("<p>" + "x" * 200 + "</p>", "x" * 200),
    ],
)
def test_title(html, title):
    assert title_of(html) == title
    assert len(title) <= 200


@given(
    st.text()
    | st.lists(st.sampled_from(["<", ">", "<a", "<pre>", "</li>", 'class="mention"', "x", "&lt;"])).map("".join)
)
def test_any_input_has_a_text(html):
    assert len(title_of(html)) <= 200
    assert "\n\n\n" not in plain(clean_html(html))
