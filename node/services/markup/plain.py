"""Plain text out of HTML, for titles, feeds, e-mail and the terminal. What comes out is text: escape it again."""

import html as entities
import re
from typing import Final

from federation.vocabulary.texts import plain_text

TITLE_LENGTH: Final = 200
LONGEST_LINE: Final = 1000

_PIECE: Final = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_MENTION: Final = re.compile(r"""\sclass="(?:[^"]*\s)?mention[\s"]""")
_HASHTAG: Final = re.compile(r"""\sclass="(?:[^"]*\s)?hashtag[\s"]""")
_HANDLE: Final = re.compile(r"(?<![\w@!])[@!]\w[\w.-]*@\w[\w.-]*")
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_PARAGRAPHS: Final = frozenset("p pre blockquote h1 h2 h3 h4 h5 h6".split())
_LISTS: Final = frozenset({"ul", "ol"})
_LEADING: Final = " \t,.:;–-"


def plain(html: str) -> str:
    """Readable text: a blank line between paragraphs, a dash before items of lists, links as their text."""
    return _Reader().read(html)


def title_of(content_html: str) -> str:
    """A title for a post that has none: its first line without the mentions, cut at a word; "" if nothing is left.

    Lemmy makes its titles of microblog posts in the same way, so both sides of a relay show the same one.
    """
    for line in _Reader(mentions=False).read(content_html).splitlines():
        words = plain_text(_SPACES.sub(" ", _HANDLE.sub("", line)).lstrip(_LEADING), LONGEST_LINE)
        if any(character.isalnum() for character in words):
            return _cut(words, TITLE_LENGTH)
    return ""


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    head = text[: length - 1]
    if not text[length - 1].isspace():
        head = head.rsplit(" ", 1)[0]
    return head.rstrip() + "…"


class _Reader:
    def __init__(self, *, mentions: bool = True) -> None:
        self._mentions = mentions
        self._parts: list[str] = []
        self._preformatted = False
        self._skipping = False

    def read(self, html: str) -> str:
        for piece in _PIECE.findall(html):
            tag = _TAG.match(piece)
            if tag is not None and piece.endswith(">"):
                self._tag(tag[2].lower(), piece, closing=bool(tag[1]))
            elif not (piece.startswith("<") and piece.endswith(">")):
                self._text(entities.unescape(piece))
        lines = "\n".join(line.rstrip() for line in "".join(self._parts).split("\n"))
        return _BLANK_LINES.sub("\n\n", lines).strip("\n")

    def _tag(self, name: str, piece: str, *, closing: bool) -> None:
        if name == "a":
            left_out = not self._mentions and _MENTION.search(piece) and not _HASHTAG.search(piece)
            self._skipping = not closing and bool(left_out)
        elif name == "br":
            self._parts.append("\n")
        elif name == "li" and not closing:
            self._parts.append("\n- ")
        elif name in _LISTS:
            self._parts.append("\n")
        elif name in _PARAGRAPHS and not self._at_item():
            self._preformatted = name == "pre" and not closing
            self._parts.append("\n\n")

    def _at_item(self) -> bool:
        return bool(self._parts) and self._parts[-1] == "\n- "

    def _text(self, text: str) -> None:
        if self._skipping:
            return
        if not self._preformatted:
            text = _SPACES.sub(" ", text)
            if not self._parts or self._parts[-1].endswith((" ", "\n")):
                text = text.lstrip(" ")
        if text:
            self._parts.append(text)
