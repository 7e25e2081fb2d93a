"""The words of a text as tokens, the same for what is searched and for what is searched for.

Made here and not in the database, so that SQLite and PostgreSQL find the same in every language: compatibility forms
are folded (NFKC), case too, accents and vowel points go. Scripts without spaces between words are cut into single
characters and pairs; a question of two characters or more is its pairs. Tokens hold letters and digits alone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Final

LONGEST_TOKEN: Final = 64
MOST_TOKENS: Final = 5000
LONGEST_QUESTION: Final = 200
"""Characters."""
_SPACED: Final = 10
"""Combining classes from here on are accents, points and tone marks; below are marks that make another letter: nuktas,
voiced kana, viramas."""
_LETTERS: Final = str.maketrans({"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "ـ": None})
"""Letters that keyboards mix up: dotless i, Arabic and Persian yeh and kaf; the stretching tatweel."""
_WITH_MARKS: Final = range(0x300, 0x1F000)
_PLAIN: Final = re.compile(
    "[\\x00-\u02ff\u0370-\u0482\u048a-\u0590\u05d0-\u060f\u0620-\u064a\u0660-\u066f\u0671-\u06d5\u06ee-\u070f"
    "\u1e00-\u20cf\u2100-\u2bff]*\\Z"
)
"""Text in which neither a mark nor a script without spaces occurs: most words of most languages here."""
_LETTERS_AND_DIGITS: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1100, 0x11FF),  # Hangul, in parts
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # signs of repetition and zero among ideographs
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # ideographs
    (0xAC00, 0xD7AF),  # Hangul
    (0xF900, 0xFAFF),  # ideographs for compatibility
    (0x20000, 0x3FFFF),  # rarer ideographs
)


def of(texts: Iterable[str]) -> str:
    """All tokens of a post, each once, with a space between them: what is kept."""
    found: dict[str, None] = {}
    for text in texts:
        for run in _runs(text):
            found.update(dict.fromkeys((*run, *_pairs(run)) if _is_unspaced(run[0]) else (run[:LONGEST_TOKEN],)))
    return " ".join(list(found)[:MOST_TOKENS])


def asked(text: str) -> list[str]:
    """The tokens that a post must have all of. Empty where the question holds no word."""
    found: dict[str, None] = {}
    for run in _runs(text[:LONGEST_QUESTION]):
        pairs = _pairs(run) if _is_unspaced(run[0]) and len(run) > 1 else [run[:LONGEST_TOKEN]]
        found.update(dict.fromkeys(pairs))
    return list(found)


def _runs(text: str) -> Iterator[str]:
    """Letters and digits that belong together, of one kind of script."""
    folded = _folded(text)
    if _PLAIN.match(folded):
        yield from _LETTERS_AND_DIGITS.findall(folded)
        return
    for word in folded.split():  # no run holds a space
        yield from _LETTERS_AND_DIGITS.findall(word) if _PLAIN.match(word) else _runs_of_any(word)


def _runs_of_any(word: str) -> Iterator[str]:
    """Character by character: a mark belongs to its letter, and a script without spaces is a run of its own."""
    for kept, characters in groupby(word, key=_is_kept):
        if kept:
            for _, run in groupby(characters, key=_is_unspaced):
                yield "".join(run)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    whole = unicodedata.normalize("NFKC", text).casefold()
    bare = _accents().sub("", unicodedata.normalize("NFD", whole))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


@cache
def _accents() -> re.Pattern[str]:
    marks = (chr(point) for point in _WITH_MARKS if unicodedata.combining(chr(point)) >= _SPACED)
    return re.compile(f"[{''.join(marks)}]+")


def _is_kept(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _is_unspaced(character: str) -> bool:
    point = ord(character)
    return point >= _UNSPACED[0][0] and any(first <= point <= last for first, last in _UNSPACED)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]
