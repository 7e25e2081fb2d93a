"""How much a parser of HTML would make of a text, told by one linear scan: parsers are quadratic in nesting.

The count may be too high, never too low by more than a constant factor (elements that a parser adds by itself). So an
end tag counts only where a parser is sure to close the innermost element, and no end tag counts any more after
something that one tokeniser reads otherwise than the next: a comment, a declaration, a malformed attribute.

Formatting elements that are still open when their block ends are opened again by the parser in each block after it, so
a few kilobytes can become many megabytes: the ones open at each tag are added up as well.
"""

import re
from typing import Final

MOST_REPEATED: Final = 20_000

_OPEN: Final = re.compile(r"<(?=[A-Za-z/!?])")
_TAG: Final = re.compile(
    r"""<(/?)([A-Za-z][^\s/<>"'=]*+)"""
    r"""((?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`]++))?+)*+\s*+/?+)>"""
)
_START: Final = re.compile(r"<[A-Za-z]")
_VOID: Final = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr".split()
)
_ENDS_PARAGRAPH: Final = frozenset("p ul ol li blockquote pre h1 h2 h3 h4 h5 h6 div hr".split())
_BLOCKS: Final = frozenset(["ul", "ol", "li", "blockquote", "div"])
_FORMATTING: Final = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_IMPLIED: Final = frozenset({"p", "li"})


def overloads_parser(html: str, depth: int) -> bool:
    """Whether some element may have more than `depth` ancestors, or more than [20 000] would be made twice."""
    if html.count("<") <= depth:
        return False
    stack: list[str] = []
    position = repeated = 0
    while (start := _OPEN.search(html, position)) is not None:
        tag = _TAG.match(html, start.start())
        if tag is None:
            return len(stack) + _starts(html, start.start()) > depth
        name = tag[2].lower()
        if tag[1]:
            _close(stack, name)
        else:
            _open(stack, name)
        repeated += sum(element in _FORMATTING for element in stack)
        if len(stack) > depth or repeated > MOST_REPEATED:
            return True
        position = tag.end()
    return False


def _starts(html: str, position: int) -> int:
    return sum(1 for _ in _START.finditer(html, position))


def _open(stack: list[str], name: str) -> None:
    if name in _ENDS_PARAGRAPH and stack and stack[-1] == "p":
        stack.pop()
    if name == "li" and stack and stack[-1] == "li":
        stack.pop()
    if name not in _VOID:
        stack.append(name)


def _close(stack: list[str], name: str) -> None:
    """Closes the innermost element if it has that name; a block also over paragraphs and items left open in it."""
    innermost = len(stack) - 1
    while name in _BLOCKS and innermost >= 0 and stack[innermost] in _IMPLIED and stack[innermost] != name:
        innermost -= 1
    if innermost >= 0 and stack[innermost] == name:
        del stack[innermost:]
