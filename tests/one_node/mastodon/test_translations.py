"""Statuses in another language, by a service that stands in for LibreTranslate 1.6."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web

from tests.apps import Phone, phone
from tests.nodes import Network

STATUSES = "/api/v1/statuses"
SERVICE = "translate.test"


@dataclass
class Service:
    """Answers with what it was sent, marked; or with what a test says."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: web.Response | None = None

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/languages":
            pairs = [{"code": "it", "name": "Italian", "targets": ["it", "el"]}]
            return web.json_response(pairs)
        sent = await request.json()
        self.asked.append(sent)
        self.headers.append(dict(request.headers))
        if self.answer is not None:
            return self.answer
        texts = [text.replace("Ciao", "Γεια<script>x</script>") for text in sent["q"]]
        return web.json_response({"translatedText": texts, "detectedLanguage": [{"language": "it"}] * len(texts)})


async def served(nodes: Network, **settings: str) -> tuple[Service, Phone]:
    service = Service()
    await nodes.serve_host(SERVICE, service.serve)
    node = await nodes.node("a", ORDITO_TRANSLATE_URL=f"http://{SERVICE}/", **settings)
    return service, await phone(node, await node.person("anna"))


async def test_a_status_is_translated_and_told_to_nobody_else(nodes: Network) -> None:
    nodes.allowed.add(f"{SERVICE}:80")
    service, mine = await served(nodes, ORDITO_TRANSLATE_KEY="secret")
    poll = {"options": ["Ciao", "No"], "expires_in": 300}
    sent = {"status": "Ciao *a tutte*", "spoiler_text": "Ciao & <b>", "language": "it-CH", "poll": poll}
    status = await mine.post(STATUSES, "Status", **sent)
    path = f"{STATUSES}/{status['id']}/translate"
    found = await mine.post(path, "Translation", lang="el-GR")
    assert (found["content"], found["spoiler_text"]) == ("<p>Γεια <em>a tutte</em></p>", "Γεια & <b>")
    assert (found["language"], found["detected_source_language"]) == ("el", "it")
    assert [option["title"] for option in found["poll"]["options"]] == ["Γεια", "No"]
    assert service.asked == [
        {
            "q": ["<p>Ciao <em>a tutte</em></p>", "Ciao &amp; &lt;b&gt;", "Ciao", "No"],
            "source": "it",
            "target": "el",
            "format": "html",
            "api_key": "secret",
        }
    ]
    assert {"Authorization", "Signature", "Cookie"}.isdisjoint(service.headers[0])
    assert await mine.post(path, "Translation", lang="el") == found
    assert len(service.asked) == 1
    nodes.clock.at += timedelta(days=2)
    await mine.post(path, "Translation", lang="el")
    assert len(service.asked) == 2
    instance = await mine.get("/api/v2/instance", "Instance")
    assert instance["configuration"]["translation"] == {"enabled": True}
    assert await mine.get("/api/v1/instance/translation_languages", "TranslationLanguages") == {"it": ["el"]}


async def test_what_is_for_few_is_told_to_no_service(nodes: Network) -> None:
    nodes.allowed.add(f"{SERVICE}:80")
    service, mine = await served(nodes)
    for visibility, answer in (("private", 403), ("unlisted", 200)):
        status = await mine.post(STATUSES, "Status", status="Ciao", visibility=visibility)
        assert (await mine.ask("POST", f"{STATUSES}/{status['id']}/translate")).status == answer
    assert [asked["source"] for asked in service.asked] == ["auto"]


async def test_a_service_that_fails_is_no_fault_of_the_node(nodes: Network) -> None:
    nodes.allowed.add(f"{SERVICE}:80")
    service, mine = await served(nodes)
    status = await mine.post(STATUSES, "Status", status="Ciao")
    for answer in (
        web.Response(status=500),
        web.Response(text="<html>", content_type="text/html"),
        web.Response(text="[", content_type="application/json"),
        web.json_response({"translatedText": "one"}),
        web.json_response({"translatedText": []}),
        web.json_response([]),
        web.Response(status=302, headers={"Location": "http://c.test/"}),
    ):
        service.answer = answer
        failed = await mine.ask("POST", f"{STATUSES}/{status['id']}/translate")
        assert (failed.status, failed.body) == (503, {"error": "Remote data could not be fetched"})
    service.answer = None
    assert (await mine.ask("POST", f"{STATUSES}/{status['id']}/translate")).status == 200


async def test_a_service_in_a_private_network_has_to_be_allowed(nodes: Network) -> None:
    service, mine = await served(nodes)
    status = await mine.post(STATUSES, "Status", status="Ciao")
    assert (await mine.ask("POST", f"{STATUSES}/{status['id']}/translate")).status == 503
    assert service.asked == []


async def test_without_a_service_nothing_is_promised(nodes: Network) -> None:
    node = await nodes.node("a")
    mine = await phone(node, await node.person("anna"))
    status = await mine.post(STATUSES, "Status", status="Ciao")
    answered = await mine.ask("POST", f"{STATUSES}/{status['id']}/translate")
    assert (answered.status, list(answered.body)) == (503, ["error"])
    instance = await mine.get("/api/v2/instance", "Instance")
    assert instance["configuration"]["translation"] == {"enabled": False}
    assert await mine.get("/api/v1/instance/translation_languages", "TranslationLanguages") == {}
