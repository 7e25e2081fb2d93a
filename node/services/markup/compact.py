"""HTML as the apps of Mastodon read it: they show line breaks of the source, and headings as plain text."""

import re
from typing import Final

_HEADING: Final = re.compile(r"<(/?)h[1-6]>")
_PREFORMATTED: Final = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
_SPACES: Final = re.compile(r"\s+")
_BLOCK_AFTER: Final = re.compile(r"</?(?:p|ul|ol|li|blockquote|pre|h[1-6]|br ?/?)>")
_BLOCK_BEFORE: Final = re.compile(r"</?(?:p|ul|ol|li|blockquote|pre|h[1-6]|br ?/?)>\Z")


def for_apps(content_html: str) -> str:
    """Cleaned HTML as the apps of Mastodon read it: headings as strong paragraphs, no line break outside of tags."""
    strong = _HEADING.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", content_html)
    return compact(strong)


def compact(content_html: str) -> str:
    """Without line breaks in the source that a reader would not see; preformatted text stays as it is."""
    return "".join(
        part if part.startswith("<pre>") else _SPACES.sub(_space, part) for part in _PREFORMATTED.split(content_html)
    )


def _space(run: re.Match[str]) -> str:
    if "\n" not in run[0]:
        return run[0]
    text, start, end = run.string, run.start(), run.end()
    beside_block = _BLOCK_AFTER.match(text, end) or _BLOCK_BEFORE.search(text, max(0, start - 13), start)
    return "" if beside_block or start == 0 or end == len(text) else " "
