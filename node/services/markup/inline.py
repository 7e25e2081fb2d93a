"""Rules for Markdown that find `@name`, `@name@host`, `!name@host` and `#tag` in running text.

They run as inline rules, so there is nothing to find in code, in links, in addresses and after a backslash.
"""

import re
import unicodedata
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from federation.errors import Malformed
from federation.identifiers import Handle, valid_name
from federation.vocabulary.texts import plain_text

LONGEST_TAG: Final = 100

_MENTION: Final = re.compile(
    r"([@!])([A-Za-z0-9_.-]{1,64}+)(?:@([^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)*(?::[0-9]{1,5}(?![0-9]))?))?"
)
_NO_WORD_BEFORE: Final = frozenset("/=@#&+·")
_JOINERS: Final = frozenset("\u200c\u200d")
_DOTS: Final = frozenset("·・")
"""U+00B7 within Catalan words and U+30FB between Japanese ones, as in Mastodon's hashtags."""


def mentions_and_hashtags(md: MarkdownIt) -> None:
    """Adds both rules. Their tokens, `mention` and `hashtag`, carry what was found in `meta`."""
    md.inline.ruler.after("linkify", "mention", _mention)
    md.inline.ruler.after("linkify", "hashtag", _hashtag)


def _mention(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "@!" or state.linkLevel > 0 or not _starts_word(state):
        return False
    found = _MENTION.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    sign, name, host = found.groups()
    end = found.end()
    if host is None:
        stripped = name.rstrip(".-")
        end -= len(name) - len(stripped)
        name = stripped
    if not valid_name(name) or (host is None and sign == "!") or not _is_host(name, host):
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content = state.src[state.pos : end]
        token.meta = {"sign": sign, "name": name, "host": host}
    state.pos = end
    return True


def _is_host(name: str, host: str | None) -> bool:
    if host is None:
        return True
    try:
        Handle.parse(f"{name}@{host}")
    except Malformed:
        return False
    return True


def _hashtag(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "#" or state.linkLevel > 0 or not _starts_word(state):
        return False
    start = state.pos + 1
    end = _end_of_tag(state.src, start, state.posMax)
    name = plain_text(unicodedata.normalize("NFC", state.src[start:end]), LONGEST_TAG + 1)
    if not any(character.isalpha() for character in name) or len(name) > LONGEST_TAG:
        return False
    if not silent:
        token = state.push("hashtag", "", 0)
        token.content = state.src[state.pos : end]
        token.meta = {"name": name}
    state.pos = end
    return True


def _starts_word(state: StateInline) -> bool:
    before = state.src[state.pos - 1] if state.pos else " "
    return not _in_word(before) and before not in _NO_WORD_BEFORE


def _in_word(character: str) -> bool:
    """Letters, digits, and the marks that combine with them: vowel signs and harakat are no part of `\\w`."""
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def _end_of_tag(text: str, start: int, limit: int) -> int:
    """Joiners and dots belong to a tag only between two characters of it (RFC 5892, A.1 and A.2, for the joiners)."""
    end = start
    while end < limit:
        if _in_word(text[end]):
            end += 1
        elif start < end < limit - 1 and text[end] in _JOINERS | _DOTS and _in_word(text[end + 1]):
            end += 2
        else:
            break
    return end
