"""Our own posts: Markdown in, HTML out as Mastodon writes it, with the people and tags named in them.

`handles_in` and `render` parse alike, so what is resolved before is what is linked afterwards.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from linkify_it import LinkifyIt
from linkify_it.main import Match
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from federation.identifiers import Handle
from node.services.markup.compact import compact
from node.services.markup.inline import mentions_and_hashtags
from node.services.markup.sanitise import clean_html


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Somebody whose handle was found, and the address of the page that her name links to."""

    handle: Handle
    url: str


@dataclass(frozen=True, slots=True)
class Rendered:
    html: str
    hashtags: tuple[str, ...]
    """Without the sign, as written the first time (NFC), each once without regard to case."""
    mentioned: tuple[Mentioned, ...]


def key_of(handle: Handle) -> str:
    """What a handle is found by: its text in lower case."""
    return str(handle).lower()


def handles_in(source: str, *, host: str) -> tuple[Handle, ...]:
    """The handles a text mentions, each once, in order; those without a host are of `host`, this node's own."""
    return _handles(_MARKDOWN.parse(source), host)


def render(source: str, *, host: str, mentions: Mapping[str, Mentioned], hashtag_url: Callable[[str], str]) -> Rendered:
    """`mentions` by `key_of` their handles; a handle that is not among them stays text."""
    env: dict[str, Any] = {"host": host, "mentions": mentions, "hashtag_url": hashtag_url}
    tokens = _MARKDOWN.parse(source, env)
    html = clean_html(compact(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)))
    found = (mentions.get(key_of(handle)) for handle in _handles(tokens, host))
    return Rendered(html, _hashtags(tokens), tuple(mentioned for mentioned in found if mentioned))


def _handles(tokens: Sequence[Token], host: str) -> tuple[Handle, ...]:
    found: dict[str, Handle] = {}
    for token in _inline(tokens, "mention"):
        handle = _handle(token, host)
        found.setdefault(key_of(handle), handle)
    return tuple(found.values())


def _hashtags(tokens: Sequence[Token]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for token in _inline(tokens, "hashtag"):
        found.setdefault(token.meta["name"].casefold(), token.meta["name"])
    return tuple(found.values())


def _inline(tokens: Sequence[Token], kind: str) -> Iterator[Token]:
    return (child for token in tokens for child in token.children or () if child.type == kind)


def _handle(token: Token, host: str) -> Handle:
    return Handle.parse(f"{token.meta['name']}@{token.meta['host'] or host}")


class _Addresses(LinkifyIt):  # type: ignore[misc]  # as above
    """Links what has a scheme or begins with `www.`, and mail addresses: `Hello.My name` is no host in Malaysia."""

    def match(self, text: str) -> list[Match]:
        return [match for match in super().match(text) or [] if self._meant(match)]

    @staticmethod
    def _meant(match: Match) -> bool:
        if match.schema:
            return match.schema in {"http:", "https:", "mailto:"}
        match.url = match.url.replace("http://", "https://", 1)
        return bool(match.raw.lower().startswith("www."))


def _mention(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    token = tokens[index]
    mentioned: Mentioned | None = env["mentions"].get(key_of(_handle(token, env["host"])))
    if mentioned is None:
        return escapeHtml(token.content)
    return (
        f'<span class="h-card"><a href="{escapeHtml(mentioned.url)}" class="u-url mention">'
        f"{token.meta['sign']}<span>{escapeHtml(mentioned.handle.name)}</span></a></span>"
    )


def _hashtag(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    name: str = tokens[index].meta["name"]
    url = escapeHtml(env["hashtag_url"](name))
    return f'<a href="{url}" class="mention hashtag" rel="tag">#<span>{escapeHtml(name)}</span></a>'


def _heading_open(*_arguments: object) -> str:
    return "<p><strong>"


def _heading_close(*_arguments: object) -> str:
    return "</strong></p>"


def _markdown() -> MarkdownIt:
    """CommonMark less what surprises in a message or what Mastodon drops: pictures, rules, indented code, footnotes."""
    md = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    md.enable(["linkify", "strikethrough"])
    md.disable(["image", "hr", "code", "lheading", "reference", "html_block", "html_inline"])
    md.linkify = _Addresses()
    mentions_and_hashtags(md)
    rules: dict[str, Callable[..., str]] = {
        "mention": _mention,
        "hashtag": _hashtag,
        "heading_open": _heading_open,
        "heading_close": _heading_close,
    }
    for name, rule in rules.items():
        md.add_render_rule(name, rule)
    return md


_MARKDOWN: Final = _markdown()
