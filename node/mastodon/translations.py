"""Statuses in another language, by the service that the operator has chosen."""

from typing import Any

from federation.errors import FederationError
from node.context.translating import PROVIDER
from node.database import Transaction
from node.errors import Forbidden
from node.mastodon import rendering
from node.mastodon.answers import Answer
from node.mastodon.calls import Call
from node.mastodon.entities import translations
from node.mastodon.entities.accounts import Entity
from node.mastodon.routing import Access, Routes
from node.mastodon.statuses import ONE, READ, wanted
from node.queries.visibility import OPEN

routes = Routes()


@routes.post(f"{ONE}/translate", *READ, takes="IntoLanguage", returns="Translation")
async def translate(call: Call) -> Any:
    async with call.reading() as tx:
        status = await _open(tx, call)
    translator = call.context.translator
    if not translator.is_there:
        return Answer({"error": "This node has no service that translates"}, 503)
    texts, target = translations.texts(status), _language(call)
    try:
        source = (status["language"] or "").partition("-")[0] or None
        found = await translator.translate(texts, source, target)
    except FederationError:
        return Answer({"error": "Remote data could not be fetched"}, 503)
    return translations.translation(status, found.texts, target, found.source, PROVIDER)


async def _open(tx: Transaction, call: Call) -> Entity:
    """A status that everybody may read: nothing else is told to a service."""
    post = await wanted(tx, call)
    if post.visibility not in OPEN:
        raise Forbidden("This action is not allowed", "translate.private")
    return await rendering.status(tx, call, post)


def _language(call: Call) -> str:
    """The one that is asked for, else that in which she writes, else the first that she speaks."""
    preferred = (call.user.preferences or {}).get("language")
    chosen = call.get("lang") or preferred or next(iter(call.actor.languages), None) or "en"
    return str(chosen).replace("_", "-").partition("-")[0].lower()


@routes.get("/api/v1/instance/translation_languages", access=Access.ANYBODY, returns="TranslationLanguages")
async def languages(call: Call) -> Any:
    try:
        return await call.context.translator.languages()
    except FederationError:
        return Answer({"error": "Remote data could not be fetched"}, 503)
