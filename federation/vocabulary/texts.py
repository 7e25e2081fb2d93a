"""Plain text as it may be shown: names, warnings, alt texts, poll options, without what deceives the eye.

Markup stays text in here. HTML is not touched but for its length; the application sanitises it.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

# Controls but tab and newline, bidi embeddings and overrides, zero-width space, word joiner, byte order mark.
_DECEIVING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\u2060\ufeff]")
_BREAKS: Final = re.compile("[\t\n\u2028\u2029]+")
_JOINER: Final = re.compile("[\u200c\u200d]")
_ZWJ: Final = "\u200d"
_VIRAMA: Final = 9  # the combining class that RFC 5892, A.1 and A.2, name
# Scripts whose letters join (Joining_Type other than U): Arabic, Syriac, N'Ko, Mandaic, Mongolian, Phags-pa,
# Manichaean, Psalter Pahlavi, Hanifi Rohingya, Sogdian, Adlam.
_JOINING_LETTER: Final = re.compile(
    "[\u0620-\u06ff\u0710-\u077f\u07ca-\u07ea\u0840-\u08c9\u1820-\u18aa\ua840-\ua872"
    "\U00010ac0-\U00010ae4\U00010b80-\U00010baf\U00010d00-\U00010d23\U00010f30-\U00010f54\U0001e900-\U0001e943]"
)
_SKIN_TONES: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_VARIATION: Final = "\ufe0f"
_REACH: Final = 8
"""How far a joiner's letters may be, past their marks: bounded, so that a text of marks costs no more than another."""


def plain_text(value: Any, most: int, *, lines: bool = False) -> str:
    """`value` if it is text, cleaned, stripped and cut to `most` characters; else "". With `lines` breaks stay."""
    if not isinstance(value, str):
        return ""
    text = _DECEIVING.sub("", value[: 4 * most])
    if not lines:
        text = _BREAKS.sub(" ", text)
    if _JOINER.search(text):
        text = "".join(char for place, char in enumerate(text) if char not in "\u200c\u200d" or _joins(text, place))
    return text.strip()[:most].rstrip()


def html(value: Any, most_bytes: int) -> str:
    """`value` if it is text, cut to `most_bytes` of UTF-8; else ""."""
    if not isinstance(value, str):
        return ""
    if len(value) * 4 <= most_bytes:
        return value
    return value.encode()[:most_bytes].decode(errors="ignore")


def _joins(text: str, place: int) -> bool:
    """Whether the joiner at `place` does something: RFC 5892 A.1 and A.2 by script, and sequences of emoji.

    A virama may also follow (Bengali ya-phalaa after ra), which IDNA has no need of.
    """
    before, after = text[max(0, place - _REACH) : place], text[place + 1 : place + 1 + _REACH]
    if not before:
        return False
    if _is_virama(before[-1]) or (after and _is_virama(after[0])):
        return True
    if text[place] == _ZWJ and _is_emoji_end(before[-1]) and after and unicodedata.category(after[0]) == "So":
        return True
    return _is_joining(_nearest_letter(reversed(before))) and _is_joining(_nearest_letter(iter(after)))


def _is_virama(char: str) -> bool:
    return unicodedata.combining(char) == _VIRAMA


def _is_emoji_end(char: str) -> bool:
    return char == _VARIATION or char in _SKIN_TONES or unicodedata.category(char) == "So"


def _is_joining(char: str) -> bool:
    return _JOINING_LETTER.match(char) is not None and char.isalpha()


def _nearest_letter(chars: Iterator[str]) -> str:
    """The first that is no mark on a letter (Joining_Type T)."""
    return next((char for char in chars if unicodedata.category(char) != "Mn"), "")
