"""Foreign HTML: what survives, what never does, and that it costs no more than it is long."""

import re

import pytest
from hypothesis import given, strategies as st

from node.services.markup import clean_html, for_apps, plain
from node.services.markup.nesting import overloads_parser
from node.services.markup.sanitise import CLASSES, TAGS

REL = 'rel="nofollow noopener noreferrer" target="_blank"'

TAG = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z]+=\"[^\"<>]*\")*)>")
ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
RELS = {"nofollow noopener noreferrer", "tag nofollow noopener noreferrer"}


def assert_safe(html: str) -> None:
    """Every `<` opens a tag of the list, with attributes of the list, and there is nothing else."""
    for start in re.finditer("<", html):
        tag = TAG.match(html, start.start())
        assert tag, html[start.start() :][:80]
        assert tag[2] in TAGS
        for name, value in ATTRIBUTE.findall(tag[3]):
            if name == "href":
                assert tag[2] == "a"
                assert re.match(r"https?://[^\s\\/%]+(/[^\s\\]*)?\Z|mailto:[^\s\\]+\Z", value)
            elif name == "class":
                assert set(value.split()) <= CLASSES
                assert value
            else:
                assert (name, value) == ("target", "_blank") or (name == "rel" and value in RELS)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example/x.js></sCrIpT>",
        "<scr<!-- -->ipt>alert(1)</scr<!-- -->ipt>",
        "<<script>script>alert(1)<</script>/script>",
        "<img src=x onerror=alert(1)>",
        '<p onclick="alert(1)" style="position:fixed" id="x">hi</p>',
        '<a href="https://e.example/" onmouseover=alert(1)>x</a>',
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' \tjava\nscript:alert(1)'>x</a>",
        "<a href='java&#115;cript&colon;alert(1)'>x</a>",
        "<a href='&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1)'>x</a>",
        "<a href='\x01javascript:alert(1)'>x</a>",
        "<a href='JaVaScRiPt:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href='vbscript:x'>x</a><a href='file:///etc/passwd'>y</a><a href='//evil.example/'>z</a>",
        "<a href='https:\\\\evil.example\\@good.example/'>x</a>",
        "<a href='https://good.org%2F@evil.example/'>x</a><a href='https://evil%2Eexample/'>y</a>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
        "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<style>*{background:url(javascript:alert(1))}</style><link rel=stylesheet href=//evil.example>",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        "<!--><img src=x onerror=alert(1)>-->",
        "<?xml version='1.0'?><?php echo 1 ?>",
        "<textarea></textarea><img src=x onerror=alert(1)>",
        "<title><img title='</title><img src=x onerror=alert(1)>'>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x><base href=//evil>",
        "<template><script>alert(1)</script></template><plaintext><script>alert(1)</script>",
        "<select><template><img src=x onerror=alert(1)></template></select>",
        "<a href=https://a.example><object><a href=https://b.example>x</a></object></a>",
        "<p>\x00<scr\x00ipt>alert(1)</scr\x00ipt>\ud800",
    ],
)
def test_attacks_leave_nothing(html):
    cleaned = clean_html(f"before {html}")
    assert_safe(cleaned)
    assert cleaned.startswith("before")
    assert clean_html(cleaned) == cleaned


@pytest.mark.parametrize(
    "html",
    [
        "<p>one<br>two</p><p>three</p>",
        "<p><b>b</b> <strong>s</strong> <i>i</i> <em>e</em> <u>u</u> <s>s</s> <del>d</del> <code>c</code></p>",
        "<pre><code>a\n  b\n\nc</code></pre><blockquote><p>q</p></blockquote>",
        "<ul><li>a<ol><li>b</li></ol></li></ul><h1>t</h1><h6>t</h6>",
        "<p>H<sub>2</sub>O, m<sup>2</sup>, <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>",
        "<p>5 &lt; 6 &amp; 7 &gt; 6, “quoted”, مرحبا می‌خواهم</p>",
        f'<p><a href="mailto:anna@example.org" {REL}>anna@example.org</a></p>',
    ],
)
def test_what_is_allowed_stays_as_it_is(html):
    assert clean_html(html) == html


def test_mastodon_mention_hashtag_and_link():
    mention = (
        '<span class="h-card"><a href="https://m.example/@anna" class="u-url mention"{}>@<span>anna</span></a></span>'
    )
    hashtag = '<a href="https://m.example/tags/x" class="mention hashtag" rel="{}>#<span>x</span></a>'
    parts = '<span class="invisible">https://</span><span class="ellipsis">kde.example/donate/to</span>'
    link = f'<a href="https://kde.example/donate/to-us" {{}}>{parts}<span class="invisible">-us</span></a>'
    foreign = mention.format(' translate="no"') + hashtag.format('tag"') + link.format('target="_blank" rel="nofollow"')
    ours = mention.format(f" {REL}") + hashtag.format(f"tag {REL[5:]}") + link.format(REL)
    assert clean_html(foreign) == ours


def test_lemmy_and_wordpress_content():
    assert clean_html("<p>Hello from pia, <strong>markdown</strong> body.</p>\n<hr />\n<p><img src='x' /></p>\n") == (
        "<p>Hello from pia, <strong>markdown</strong> body.</p>\n\n\n"
    )
    blocks = (
        '<!-- wp:paragraph {"dropCap":true} -->\n<p class="has-drop-cap">The days</p>\n<!-- /wp:paragraph -->' * 200
    )
    assert clean_html(blocks) == "\n<p>The days</p>\n" * 200


def test_words_of_other_blocks_do_not_run_together():
    html = "<div>one</div><div>two</div><table><tr><td>three</td><td>four</td></tr></table>"
    assert clean_html(html) == "<p>one</p><p>two</p><p>three</p><p>four</p>"


def test_overrides_of_direction_are_dropped_and_isolates_stay():
    assert clean_html("<p>a\u202eb&#x202e;c \u2067d\u2069</p>") == "<p>abc \u2067d\u2069</p>"


@pytest.mark.parametrize(
    ("href", "text", "shown"),
    [
        ("https://evil.example/", "good.org", "good.org [evil.example]"),
        ("https://evil.example/", "https://Good.example/login", "https://Good.example/login [evil.example]"),
        ("https://evil.example/", "go\u00adod.org", "go\u00adod.org [evil.example]"),
        ("https://evil.example/", "ｇｏｏｄ。org", "ｇｏｏｄ。org [evil.example]"),
        ("https://good.org@evil.example/", "good.org", "good.org [evil.example]"),
        ("https://evil.example/", "see www.good.test now", "see www.good.test now [evil.example]"),
        (
            "https://evil.example/",
            "good.org [evil.example] good.org",
            "good.org [evil.example] good.org [evil.example]",
        ),
        ("https://evil.example/", "@anna@good.org", "@anna@good.org [evil.example]"),
        ("mailto:x@evil.example", "x@good.org", "x@good.org [evil.example]"),
        ("https://evil.example/", "", "[evil.example]"),
        ("https://good.org/a", "http://www.good.org/b?c=other.org", "http://www.good.org/b?c=other.org"),
        ("https://xn--mnchen-3ya.de/", "münchen.de", "münchen.de"),
        ("https://social.example.org/@a", "@a@example.org", "@a@example.org"),
        ("https://nodejs.org/", "Node.js, report.pdf", "Node.js, report.pdf"),
        ("https://example.org/", "a page", "a page"),
    ],
)
def test_a_link_shows_the_true_host_where_its_text_names_another(href, text, shown):
    cleaned = clean_html(f'<a href="{href}">{text}</a>')
    assert cleaned == f'<a href="{href}" {REL}>{shown}</a>'
    assert clean_html(cleaned) == cleaned


def test_hidden_text_does_not_vouch_for_a_link():
    hidden = '<span class="invisible">{}</span>'
    shown = '<span class="ellipsis">good.org/a</span>'
    cleaned = clean_html(
        f'<a href="https://evil.example/">{hidden.format("https://")}{shown}{hidden.format("[evil.example]")}</a>'
    )
    assert cleaned.endswith(" [evil.example]</a>")
    assert clean_html(f'<a href="https://e.example/">{hidden.format("e")}</a>').endswith("[e.example]</a>")


def test_addresses_are_written_as_every_browser_reads_them():
    assert clean_html('<a href=" HTTPS://e.example/a b\n?q=<&quot;">x</a>') == (
        f'<a href="https://e.example/a%20b?q=%3C%22" {REL}>x</a>'
    )


@pytest.mark.parametrize("tag", ["<ul><li>", "<b>", "<blockquote>", '<ul title="</ul>">', '<i x="', '<ul a"="></ul>">'])
def test_what_is_too_deep_becomes_text(tag):
    deep = tag * 5000 + "the text &lt;b&gt;"
    cleaned = clean_html(deep)
    assert_safe(cleaned)
    assert not re.search("<(?!/?p>|br>)", cleaned)
    assert clean_html(cleaned) == cleaned
    assert "<p>" in cleaned


@pytest.mark.parametrize(
    "unit", ["<ul><li>", '<i x="1">', "<ul title='</ul>'>", "<ul><table></ul>", '<ul a"="></ul>">']
)
def test_no_unit_repeated_hides_its_depth(unit):
    assert overloads_parser(unit * 101, 100)
    assert not overloads_parser(unit * 10, 100)


def test_an_end_tag_that_a_parser_ignores_closes_nothing():
    """A table is a barrier: `</div>` in it does not reach the `<div>` around it."""
    assert overloads_parser(("<div>" * 50 + "<table>" + "</div>" * 50) * 3, 100)
    assert not overloads_parser(("<div>" * 50 + "<table></table>" + "</div>" * 50) * 3, 100)


@pytest.mark.parametrize(
    "unit",
    [
        "<p>a</p>",
        "<p>a",
        "<br>",
        "<ul><li><p>a</ul>",
        "<p><b>a</b> <img src='a > b'></p>",
        "<div><p>a</p></div>",
        "1 < 2 ",
    ],
)
def test_long_is_not_deep(unit):
    assert not overloads_parser(unit * 1000, 100)


def test_reopened_formatting_does_not_multiply():
    bomb = "<p>" + "".join(f"<b x={number}>" for number in range(95)) + "</p><p>a" * 5000
    assert len(clean_html(bomb)) < 3 * len(bomb)


MARKUP = st.sampled_from(
    [
        f"<{slash}{name}>"
        for slash in ("", "/")
        for name in [*sorted(TAGS), "div", "table", "td", "svg", "math", "mtext", "style"]
    ]
    + [
        "<script>",
        "</script>",
        "<object>",
        "<template>",
        "<select>",
        "<textarea>",
        "</textarea>",
        "<title>",
        "<form>",
        "<td>",
    ]
    + [
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<",
        ">",
        '"',
        "'",
        "=",
        " ",
        "\n",
        "&lt;",
        "&#60;",
        "&nbsp;",
        "\r",
        "\x00",
        "good.org",
    ]
    + [
        '<a href="https://e.example/">',
        "<a href='javascript:alert(1)'>",
        '<p onclick="x" title="',
        "<img src=x onerror=y>",
    ]
    + ['<span class="invisible">', '<a class="mention hashtag" href="http://a.example/\'>']
)


@given(st.lists(MARKUP | st.text(max_size=5), max_size=40).map("".join) | st.text())
def test_any_input_is_safe_and_at_rest(html):
    cleaned = clean_html(html)
    assert_safe(cleaned)
    assert clean_html(cleaned) == cleaned


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"]).filter(lambda c: not c.isspace()))
)
def test_escaped_text_comes_through(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(clean_html(f"<p>{escaped}</p>")) == text


def test_apps_get_strong_paragraphs_and_no_stray_line_breaks():
    html = "<h2>Title</h2>\n<p>one\ntwo <b>three</b>\n<i>four</i></p>\n<pre>a\n\nb</pre>\n<ul>\n<li>x</li>\n</ul>\n"
    assert for_apps(html) == (
        "<p><strong>Title</strong></p><p>one two <b>three</b> <i>four</i></p><pre>a\n\nb</pre><ul><li>x</li></ul>"
    )


def test_title_and_lang_go_like_every_other_attribute():
    assert clean_html('<p title="a" lang="it" dir="rtl" id="x">text</p>') == "<p>text</p>"
