"""The one sanitiser of everything that comes in as HTML, and of what is rendered here.

The text is made ready for the parser (no comments, blocks we do not keep become paragraphs, nesting bounded), rebuilt
by it from allowed elements alone, and each link is written anew. Rebuilding is repeated until nothing changes any
more: what is stored is read back by every parser as the very tree that was judged, which is what mutation XSS needs
to be otherwise.
"""

import html as entities
import re
from typing import Final

import nh3

from node.services.markup import links
from node.services.markup.nesting import overloads_parser
from node.services.markup.plain import plain

DEPTH: Final = 100
MOST_PASSES: Final = 6

TAGS: Final = frozenset(
    "p br a span b strong i em u s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 sub sup ruby rt rp".split()
)
CLASSES: Final = frozenset({"mention", "hashtag", "h-card", "u-url", "invisible", "ellipsis"})
_REL: Final = "nofollow noopener noreferrer"

_DROPPED: Final = dict.fromkeys({*range(0x20), 0x7F, 0x202D, 0x202E, *range(0xD800, 0xE000)} - {0x09, 0x0A, 0x0C, 0x0D})
"""Control characters, lone surrogates, and the two overrides that let a text read as another than it is."""

_OTHER_BLOCKS: Final = re.compile(
    r"<(/?)(?:div|section|article|header|footer|main|aside|nav|figure|figcaption|address|details|summary|center|dl|dt|dd"
    r"|table|caption|thead|tbody|tfoot|tr|td|th)(?=[\s/>])",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"<a((?: [a-z]+=\"[^\"]*\")*)>(.*?)</a>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_HIDDEN: Final = re.compile(r"<(/?)span(?: class=\"([^\"]*)\")?>|<[^<>]*>|[^<]+")
_PREFORMATTED_START: Final = re.compile(r"<pre>\n+")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return links.href(value)
    if name == "class":
        return " ".join(dict.fromkeys(word for word in value.split() if word in CLASSES)) or None
    return value


_CLEANER: Final = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={"script", "style", "svg", "math", "template", "noscript", "iframe", "object", "title"},
    attributes={"*": set(), "a": {"href", "class"}, "span": {"class"}},  # without "*", ammonia lets title and lang pass
    attribute_filter=_attribute,
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    generic_attribute_prefixes=set(),
)


def clean_html(html: str) -> str:
    """HTML of allowed elements, attributes and addresses alone; the same again when given its own output.

    What nests deeper than [100], or does not come to rest, becomes paragraphs of text. The caller has cut the length.
    """
    for _ in range(MOST_PASSES):
        cleaned = _rebuilt(html)
        if cleaned == html:
            return cleaned
        html = cleaned
    return _flattened(html)


def _rebuilt(html: str) -> str:
    ready = _OTHER_BLOCKS.sub(r"<\1p", _without_comments(html.translate(_DROPPED)))
    if overloads_parser(ready, DEPTH):
        return _flattened(ready)
    cleaned = _PREFORMATTED_START.sub("<pre>", _CLEANER.clean(ready).replace("\r", "\n"))
    return _LINK.sub(_link, cleaned).replace("<p></p>", "")


def _without_comments(html: str) -> str:
    """Without `<!-- … -->`, to the end where one is not closed. What their removal joins is parsed like the rest."""
    if "<!--" not in html:
        return html
    first, *rest = html.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in rest)


def _flattened(html: str) -> str:
    text = plain(html).translate(_DROPPED).replace("\r", "\n")
    paragraphs = [
        entities.escape(part, quote=False).replace("\n", "<br>") for part in text.split("\n\n") if part.strip()
    ]
    return _CLEANER.clean("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))


def _link(found: re.Match[str]) -> str:
    """The link as we write it, with the true host where its text names none or another; else its text."""
    attributes, inner = dict(_ATTRIBUTE.findall(found[1])), found[2]
    address = attributes.get("href")
    host = links.host_of(entities.unescape(address)) if address else None
    if host is None:
        return inner
    shown = _visible(inner).strip()
    if not shown or links.misleads(shown, host):
        inner += f" {links.note(host)}" if shown else links.note(host)
    classes = attributes.get("class", "")
    written = f' class="{classes}"' if classes else ""
    rel = f"tag {_REL}" if "hashtag" in classes.split() else _REL
    return f'<a href="{address}"{written} rel="{rel}" target="_blank">{inner}</a>'


def _visible(inner: str) -> str:
    """The text of a link as it is shown: without what stands in spans of the class invisible."""
    shown: list[str] = []
    spans: list[bool] = []
    for part in _HIDDEN.finditer(inner):
        if part[0].startswith("</span"):
            spans[-1:] = []
        elif part[0].startswith("<span"):
            spans.append("invisible" in (part[2] or "").split())
        elif not part[0].startswith("<") and not any(spans):
            shown.append(part[0])
    return entities.unescape("".join(shown))
