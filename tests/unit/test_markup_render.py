"""Our own posts: Markdown, mentions and hashtags."""

import pytest
from hypothesis import given, strategies as st

from federation.identifiers import Handle
from node.services.markup import Mentioned, Rendered, clean_html, handles_in, key_of, render

HOST = "a.example"
ANNA = Mentioned(Handle("anna", HOST), f"https://{HOST}/@anna")
BEA = Mentioned(Handle("bea", "b.example:8443"), "https://b.example:8443/users/bea?x=1&y=2")
DOGS = Mentioned(Handle("dogs", "lemmy.example"), "https://lemmy.example/c/dogs")
KNOWN = {key_of(mentioned.handle): mentioned for mentioned in (ANNA, BEA, DOGS)}
REL = 'rel="nofollow noopener noreferrer" target="_blank"'


def rendered(source: str) -> Rendered:
    return render(source, host=HOST, mentions=KNOWN, hashtag_url=lambda name: f"https://{HOST}/tags/{name}")


def mention(name: str, url: str, sign: str = "@") -> str:
    return f'<span class="h-card"><a href="{url}" class="u-url mention" {REL}>{sign}<span>{name}</span></a></span>'


def hashtag(name: str) -> str:
    rel = REL.replace('rel="', 'rel="tag ')
    return f'<a href="https://{HOST}/tags/{name}" class="mention hashtag" {rel}>#<span>{name}</span></a>'


def link(url: str, text: str) -> str:
    return f'<a href="{url}" {REL}>{text}</a>'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("# Title\ntext", "<p><strong>Title</strong></p><p>text</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("> q", "<blockquote><p>q</p></blockquote>"),
        ("```\na\n\n b\n```", "<pre><code>a\n\n b\n</code></pre>"),
        ("text\n---\nmore", "<p>text<br>---<br>more</p>"),
        ("<b>x</b> <script>alert(1)</script>", "<p>&lt;b&gt;x&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![p](https://c.example/p.png)", f"<p>!{link('https://c.example/p.png', 'p')}</p>"),
        ("https://c.example/#x", f"<p>{link('https://c.example/#x', 'https://c.example/#x')}</p>"),
        ("www.example.org/a", f"<p>{link('https://www.example.org/a', 'www.example.org/a')}</p>"),
        ("a@example.org", f"<p>{link('mailto:a@example.org', 'a@example.org')}</p>"),
        ("Hello.My friend, ftp://x.org/y //x.org", "<p>Hello.My friend, ftp://x.org/y //x.org</p>"),
        ("[good.org](https://evil.example)", f"<p>{link('https://evil.example', 'good.org [evil.example]')}</p>"),
    ],
)
def test_markdown(source, html):
    assert rendered(source).html == html


@pytest.mark.parametrize(
    ("source", "html", "mentioned"),
    [
        ("Hi @anna, hi", f"Hi {mention('anna', ANNA.url)}, hi", (ANNA,)),
        ("@Anna@a.example.", f"{mention('anna', ANNA.url)}.", (ANNA,)),
        ("(@bea@b.example:8443: yes)", f"({mention('bea', BEA.url.replace('&', '&amp;'))}: yes)", (BEA,)),
        ("!dogs@lemmy.example", mention("dogs", DOGS.url, "!"), (DOGS,)),
        ("**@anna** @anna", f"<strong>{mention('anna', ANNA.url)}</strong> {mention('anna', ANNA.url)}", (ANNA,)),
        ("@nobody and @who_is@c.example", "@nobody and @who_is@c.example", ()),
        ("!dogs x@anna /@anna \\@anna `@anna`", "!dogs x@anna /@anna @anna <code>@anna</code>", ()),
        ("[@anna](https://c.example)", link("https://c.example", "@anna"), ()),
        ("https://c.example/@anna", link("https://c.example/@anna", "https://c.example/@anna"), ()),
    ],
)
def test_mentions(source, html, mentioned):
    result = rendered(source)
    assert result.html == f"<p>{html}</p>"
    assert result.mentioned == mentioned


def test_handles_are_found_once_in_order_and_local_ones_get_the_host():
    source = "@bea@B.example:8443 @anna @ANNA@a.example !dogs@lemmy.example @x@c.example `@code`"
    assert [str(handle) for handle in handles_in(source, host=HOST)] == [
        "bea@b.example:8443",
        "anna@a.example",
        "dogs@lemmy.example",
        "x@c.example",
    ]


@pytest.mark.parametrize(
    "name",
    ["walks", "Ελλάδα", "العَرَبِيَّة", "می‌خواهم", "हिन्दी", "日本語", "a1", "snake_case", "col·lab", "Jiří"],
)
def test_hashtags_are_words_of_any_script(name):
    result = rendered(f"see #{name}, please")
    assert result.hashtags == (name,)
    assert result.html == f"<p>see {hashtag(name)}, please</p>"


@pytest.mark.parametrize(
    "source",
    [
        "#1",
        "#2026",
        "# x",
        "a#b",
        "/#b",
        "##x",
        "\\#x",
        "`#x`",
        "[#x](https://c.example)",
        "#" + "x" * 101,
        "#\u200c",
        "&#39;",
    ],
)
def test_what_is_no_hashtag(source):
    result = rendered(source)
    assert result.hashtags == ()
    assert "hashtag" not in result.html


def test_hashtags_count_once_and_joiners_only_where_they_join():
    assert rendered("#Tag #tag #TAG #other #a\u200cb #end\u200c").hashtags == ("Tag", "other", "ab", "end")


def test_tags_of_one_look_are_one():
    assert rendered("#Jiri\u0301 #Jirí").hashtags == ("Jirí",)


SOURCE = st.lists(
    st.sampled_from(
        ["@anna", "@bea@b.example:8443", "!dogs@lemmy.example", "#tag", "#می‌خواهم", "`", "*", "_", "[", "](", ")"]
    )
    | st.sampled_from(
        [" ", "\n", "\n\n", "> ", "- ", "```\n", "https://c.example/", "<b>", "\\", "&lt;", "\u202e", ":", "."]
    )
    | st.text(max_size=4),
    max_size=30,
).map("".join)


@given(SOURCE)
def test_rendering_is_clean_and_agrees_with_the_handles_found(source):
    result = rendered(source)
    assert clean_html(result.html) == result.html
    known = [KNOWN[key_of(handle)] for handle in handles_in(source, host=HOST) if key_of(handle) in KNOWN]
    assert result.mentioned == tuple(known)
    assert all((mentioned.url.split("?")[0] in result.html) for mentioned in known)
    assert result.html.count("mention hashtag") >= len(result.hashtags)
