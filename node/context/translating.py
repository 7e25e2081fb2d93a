"""Translations by a LibreTranslate-compatible service that the operator has chosen; the last ones are kept in memory.

The service is told a text and two languages, in this node's name: nothing of who wrote it or who reads it.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from federation.errors import Unreachable

if TYPE_CHECKING:
    from node.context import Context

PROVIDER: Final = "LibreTranslate"
KEPT: Final = 1000
KEPT_FOR: Final = timedelta(days=1)
LARGEST: Final = 2_000_000
SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Translated:
    """`texts` are HTML that somebody else has written; `source` is the language that they were in."""

    texts: tuple[str, ...]
    source: str


class Translator:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._known: OrderedDict[str, tuple[datetime, Translated]] = OrderedDict()
        self._languages: tuple[datetime, dict[str, list[str]]] | None = None

    @property
    def is_there(self) -> bool:
        return bool(self._context.settings.translate_url)

    async def translate(self, texts: Sequence[str], source: str | None, target: str) -> Translated:
        """Of HTML. Raises `Unreachable` where the service does not answer, or answers what cannot be read."""
        key = hashlib.sha256(orjson.dumps([list(texts), source, target])).hexdigest()
        now, known = self._context.now(), self._known.get(key)
        if known is not None and now - known[0] < KEPT_FOR:
            return known[1]
        found = await self._ask(texts, source, target)
        self._known[key] = now, found
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    async def _ask(self, texts: Sequence[str], source: str | None, target: str) -> Translated:
        settings = self._context.settings
        asked: dict[str, Any] = {"q": list(texts), "source": source or "auto", "target": target, "format": "html"}
        if settings.translate_key:
            asked["api_key"] = settings.translate_key
        url = f"{settings.translate_url}/translate"
        answer = _json(await self._context.client.ask(url, asked, limit=LARGEST, seconds=SECONDS))
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, list) or len(found) != len(texts) or not all(isinstance(text, str) for text in found):
            raise Unreachable("fetch.json", "the service does not answer as LibreTranslate does")
        return Translated(tuple(found), source or _detected(answer.get("detectedLanguage")))

    async def languages(self) -> dict[str, list[str]]:
        """From which into which; none while the service cannot be asked."""
        now = self._context.now()
        if not self.is_there:
            return {}
        if self._languages is None or now - self._languages[0] >= KEPT_FOR:
            body = bytearray()
            url = f"{self._context.settings.translate_url}/languages"
            types = frozenset({"application/json"})
            await self._context.client.download(url, body.extend, types=types, limit=LARGEST, seconds=SECONDS)
            self._languages = now, _pairs(_json(bytes(body)))
        return self._languages[1]


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError as error:
        raise Unreachable("fetch.json", "the service does not answer in JSON") from error


def _detected(value: Any) -> str:
    """LibreTranslate says it for each text, older ones once."""
    first = value[0] if isinstance(value, list) and value else value
    language = first.get("language") if isinstance(first, dict) else None
    return language if isinstance(language, str) else "und"


def _pairs(value: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in value if isinstance(value, list) else ():
        code, targets = (entry.get("code"), entry.get("targets")) if isinstance(entry, dict) else (None, None)
        if isinstance(code, str) and isinstance(targets, list):
            found[code] = [target for target in targets if isinstance(target, str) and target != code]
    return found
