"""Two places full of what pages have to cope with: long words, long handles, every kind of post; one writes from left
to right, the other from right to left. Both read somebody of a third host with a long name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from federation.addressing import Visibility
from node.database.tables import Actor, OAuthApp, Post
from node.queries import actors as actor_rows
from node.services import moderating, oauth, posts, reactions, scopes, sessions, users
from node.services.oauth import NewApp
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

if TYPE_CHECKING:
    from playwright.async_api import Browser

LONG_HANDLE: Final = "the_association_of_women_who_sew_together_in_the_old_town_hall_1"
LONG_HOST: Final = "a-server-whose-name-does-not-fit-into-a-line-of-a-telephone"
LONG_LINK: Final = "https://example.org/" + "a-path-that-nobody-can-break-anywhere" * 3 + "?and=more"
LONG_WORD: Final = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@dataclass(frozen=True)
class Texts:
    """What is written in a place. `rest` is a second language of it."""

    language: str
    node: str
    person: str
    group: str
    about: str
    title: str
    text: str
    answers: tuple[str, ...]
    warning: str
    tag: str
    rest: str


TEXTS: Final = {
    "ltr": Texts(
        "el",
        "Casa & Tessile",
        "Ελένη Παπαδοπούλου-Κωνσταντινοπολίτισσα",
        "Κοπτική, ραπτική και μεταποίηση ενδυμάτων " + LONG_WORD,
        "Μαθαίνουμε η μία από την άλλη, όσο χρειάζεται, χωρίς βιασύνη.",
        "Πώς διαβάζω τη μισθοδοσία μου;",
        "Δεν καταλαβαίνω **τις κρατήσεις**. Ηλεκτροεγκεφαλογραφηματολογικοτεχνικός " + LONG_WORD,
        ("Γραμμή γραμμή.", "Σε ευχαριστώ πολύ!", "Πες μας πώς πήγε.", "Πήγε καλά."),
        "Βία στη δουλειά",
        "Μισθοδοσία",
        "it",
    ),
    "rtl": Texts(
        "ar",
        "بيت النسيج",
        "أمل عبد الرحمن السوريّة",
        "الخياطة والتفصيل وإعادة تدوير الملابس القديمة في المدينة",
        "نتعلّم من بعضنا البعض، بهدوء ودون استعجال، وبكل اللغات التي نعرفها.",
        "كيف أقرأ كشف راتبي؟",
        "لا أفهم **الخصومات** في كشف الراتب. أفاستسقيناكموهاأفاستسقيناكموهاأفاستسقيناكموها (INPS) 2024.",
        ("سطرًا سطرًا.", "شكرًا جزيلًا لكِ!", "أخبرينا كيف سارت الأمور.", "سارت على ما يرام."),
        "عنف في العمل",
        "الرواتب",
        "fa",
    ),
}


@dataclass
class Place:
    """A node, its texts, the secret of its reader's session, and where its pages are."""

    node: Node
    texts: Texts
    reader: Actor
    friend: Actor
    secret: str = ""
    paths: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.node.context.settings.host


@dataclass
class Places:
    """By the direction of their scripts, and a browser that knows them. `templates`: what the last answer to each path
    was made with."""

    all: dict[str, Place]
    browser: Browser
    templates: dict[str, str]


async def places_of(nodes: Network) -> dict[str, Place]:
    nodes.allowed.add(f"{LONG_HOST}.test:80")
    far = Stranger(nodes, LONG_HOST)
    await far.serve()
    writer = far.person("writer_" + LONG_HANDLE[:57], summary=f"<p>{LONG_WORD} {LONG_LINK}</p>")
    made = [await _place(nodes, name, side) for name, side in (("a", "ltr"), ("b", "rtl"))]
    for place in made:
        await _read_from_afar(nodes, place, far, writer)
    return dict(zip(TEXTS, made, strict=True))


async def _place(nodes: Network, name: str, side: str) -> Place:
    texts = TEXTS[side]
    node = await nodes.node(name, ORDITO_NODE_NAME=texts.node, ORDITO_CONTACT=f"{LONG_HANDLE}@{name}.test")
    reader, friend = await node.person("reader", role="facilitator", approves=True), await node.person(LONG_HANDLE)
    for person, called in ((reader, texts.rest + " " + texts.person), (friend, texts.person)):
        values = {"name": called, "summary": f"<p>{texts.about}</p>", "languages": [texts.language, texts.rest]}
        fields = [{"name": texts.tag, "value": f'<a href="{LONG_LINK}">{LONG_LINK}</a>'}]
        await node.do(
            lambda tx, to=person, values=values, fields=fields: actor_rows.change(tx, to, **values, fields=fields)
        )
    place = Place(node, texts, reader, friend)
    await _people_and_groups(nodes, place)
    await _posts(nodes, place)

    async def begin(tx: Any) -> str:
        user, _ = await users.required(tx, "reader")
        return await sessions.begin(tx, user)

    place.secret = await node.do(begin)
    await _apps(place)
    return place


async def _apps(place: Place) -> None:
    """One that she has let in twice, which asks again; and a token of the command line."""
    name, website = f"{place.texts.title} {LONG_WORD}"[: oauth.LONGEST_NAME], LONG_LINK
    new = NewApp(name, (oauth.OUT_OF_BAND,), " ".join(scopes.ALL), website)

    async def work(tx: Any) -> OAuthApp:
        user, _ = await users.required(tx, "reader")
        app, _ = await oauth.register(tx, new)
        for _ in range(2):
            await oauth.issue(tx, app, user, new.scopes)
        await users.issue_token(tx, user, "read")
        return app

    app = await place.node.do(work)
    asked = {"response_type": "code", "client_id": app.client_id, "redirect_uri": oauth.OUT_OF_BAND}
    place.paths["authorize"] = f"/oauth/authorize?{urlencode({**asked, 'scope': 'read write follow push'})}"


async def _people_and_groups(nodes: Network, place: Place) -> None:
    node, texts = place.node, place.texts
    spoken = {"languages": [texts.language, texts.rest, "en"], "summary": f"<p>{texts.about}</p>"}
    rules = {texts.language: texts.about + "\n" + texts.text, "en": "Be kind.\n" + LONG_WORD}
    await node.group("sewing", place.reader, name=texts.group[:100], rules=rules, **spoken)
    await node.group(f"{LONG_HANDLE[:-1]}2", place.reader, name=texts.title[:100], joining="approval", **spoken)
    await node.group("by-invitation", None, name=texts.warning[:100], joining="invite", **spoken)
    for handle in ("sewing", f"{LONG_HANDLE[:-1]}2", "reader"):
        await node.follow(place.friend, f"{handle}@{place.host}")
    await node.follow(place.reader, f"{LONG_HANDLE}@{place.host}")
    await nodes.settle()


async def _posts(nodes: Network, place: Place) -> None:
    node, texts, friend, reader = place.node, place.texts, place.friend, place.reader
    group = {"group": f"sewing@{place.host}", "language": texts.language}
    written = f"{texts.text}\n\n> {texts.about}\n\n1. {LONG_LINK}\n2. `{LONG_WORD}`\n\n#{texts.tag} @{LONG_HANDLE}"
    opener = await node.post(friend, written, title=texts.title, **group)
    await _answers(place, opener)
    pinned = await node.post(reader, texts.about, **group)
    sewing = await node.find(f"sewing@{place.host}")
    await node.do(lambda tx: moderating.pin(tx, reader, sewing, pinned, pinned=True))
    await node.do(lambda tx: moderating.lock(tx, reader, sewing, pinned, locked=True))
    removed = await node.post(reader, texts.text, **group)
    await node.do(lambda tx: moderating.remove_post(tx, reader, sewing, removed, f"{texts.about} {LONG_WORD}"))
    warned = await node.post(friend, f"#{texts.tag} {texts.text}", warning=texts.warning, language=texts.language)
    for act in (reactions.favourite, reactions.reblog):
        await node.do(lambda tx, act=act: act(tx, reader, warned))
        await node.do(lambda tx, act=act: act(tx, friend, opener))
    await node.do(lambda tx: posts.edit(tx, friend, warned, posts.Draft(written, warning=texts.title)))
    for visibility in (Visibility.DIRECT, Visibility.FOLLOWERS):
        await node.post(friend, f"{texts.about} @reader", visibility=visibility, language=texts.language)
    await nodes.settle()
    place.paths = {
        "thread": f"/posts/{opener.id}",
        "locked": f"/posts/{pinned.id}",
        "edit": f"/posts/{pinned.id}/edit",
        "moderate": f"/posts/{opener.id}/moderate",
        "report": f"/posts/{opener.id}/report",
        "removed": f"/posts/{removed.id}",
        "moderate-removed": f"/posts/{removed.id}/moderate",
        "warned": f"/posts/{warned.id}",
        "history": f"/posts/{warned.id}/history",
        "tag": f"/tags/{texts.tag}",
        "group": "/@sewing",
        "person": f"/@{LONG_HANDLE}",
    }


async def _answers(place: Place, opener: Post) -> None:
    """Each to the one before, deeper than pages step in."""
    above, authors = opener, [place.reader, place.friend] * 2
    for author, text in zip(authors, place.texts.answers, strict=True):
        title = place.texts.title if author is place.friend else ""
        above = await place.node.post(author, text, to=above, title=title, language=place.texts.language)


async def _read_from_afar(nodes: Network, place: Place, far: Stranger, writer: Person) -> None:
    """A poll, an event, a picture and a translation, by somebody whom the reader follows."""
    await place.node.follow(place.reader, f"{writer.name}@{far.host}")
    await nodes.settle()
    follow = far.received[-1]
    await far.send(place.node, far.activity("Accept", writer, follow), writer)
    await nodes.settle()
    texts, options = place.texts, [{"type": "Note", "name": name, "replies": {"totalItems": 3}} for name in ("A", "B")]
    picture = {"type": "Document", "mediaType": "image/png", "url": f"{far.base}/1.png", "name": texts.about}
    kinds: list[dict[str, Any]] = [
        {"type": "Question", "oneOf": options, "endTime": "2099-01-01T00:00:00Z"},
        {"type": "Event", "name": texts.title, "startTime": "2099-01-01T18:00:00Z", "location": {"name": LONG_WORD}},
        {"attachment": [picture], "contentMap": {texts.language: texts.text, "en": f"<pre>{LONG_WORD * 3}</pre>"}},
    ]
    for number, values in enumerate(kinds):
        path = f"{place.node.name}/{number}"
        note = far.note(writer, path, f"<p>{texts.text}</p>", to=[PUBLIC], **values)
        response = await far.send(place.node, far.create(writer, note), writer)
        assert response.status == 202
    await nodes.settle()
    post = await place.node.required(f"{far.base}/{place.node.name}/0")
    place.paths["report-far"] = f"/posts/{post.id}/report"
    place.paths["stranger"] = f"/@{writer.name}@{far.host}"
