"""Which page is shown by which template, to whom, and how one comes to it: every visit of a page by the browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import pytest

from node.services import users
from tests.browser.chromium import DESKTOP, PHONE, Tab
from tests.browser.places import Place
from tests.one_node.browsing import give_password

Come = Callable[[Tab, Place], Awaitable[None]]
VISITOR: Final = False
READER: Final = True
BOTH: Final = (VISITOR, READER)


@dataclass(frozen=True)
class Visit:
    """`template` is empty for the page of an error, which is made without one. `status`: of the answer."""

    name: str
    template: str
    come: Come
    readers: tuple[bool, ...]
    status: int = 200


@dataclass(frozen=True)
class View:
    """How somebody looks at it."""

    device: str
    scheme: str
    side: str
    signed_in: bool

    @property
    def options(self) -> dict[str, Any]:
        return {**(PHONE if self.device == "phone" else DESKTOP), "color_scheme": self.scheme}

    def __str__(self) -> str:
        return "-".join([self.device, self.scheme, self.side, "reader" if self.signed_in else "visitor"])


def to(path: str) -> Come:
    """To an address, or to a path that the place knows by this name."""

    async def come(tab: Tab, place: Place) -> None:
        await tab.open(place.node.base + place.paths.get(path, path))

    return come


async def refused_password(tab: Tab, place: Place) -> None:
    await give_password(place.node, place.friend)
    await to("/sign-in")(tab, place)
    await tab.page.get_by_label("Name or e-mail address").fill(place.friend.username)
    await tab.page.get_by_label("Password").fill("not hers")
    await tab.press("Sign in")


async def one_time_link(tab: Tab, place: Place) -> None:
    async def work(tx: Any) -> str:
        user, _ = await users.required(tx, place.friend.username)
        return await users.sign_in_link(tx, user)

    await tab.open(await place.node.do(work))


async def used_link(tab: Tab, place: Place) -> None:
    await to("/sign-in/" + "x" * 43)(tab, place)


async def refused_address(tab: Tab, place: Place) -> None:
    await to("/follow")(tab, place)
    await tab.page.get_by_label("Address or link of a group or a person").fill("nobody@" + place.host)
    await tab.press("Follow or join")


async def refused_group(tab: Tab, place: Place) -> None:
    """Under a name that is taken."""
    await to("/new-group")(tab, place)
    await tab.page.get_by_label("Name", exact=True).fill(place.texts.person)
    await tab.page.get_by_label("Address").fill("by-invitation")
    await tab.press("Open the group")


async def refused_text(tab: Tab, place: Place) -> None:
    """Into a public group, for her followers alone."""
    await to("group")(tab, place)
    await tab.page.get_by_label("Your text").fill(place.texts.text)
    await tab.page.get_by_label("For whom").select_option("followers")
    await tab.press("Send")


async def refused_edit(tab: Tab, place: Place) -> None:
    await to("edit")(tab, place)
    await tab.page.get_by_label("Your text").fill("  ")
    await tab.press("Save")


async def refused_report(tab: Tab, place: Place) -> None:
    await to("report-far")(tab, place)
    await tab.page.get_by_label("What is wrong with it?").fill("  ")
    await tab.press("Send the report")


VISITS: Final = (
    Visit("front", "pages/front.html", to("/"), BOTH),
    Visit("groups", "pages/groups.html", to("/groups"), BOTH),
    Visit("about", "pages/about.html", to("/about"), BOTH),
    Visit("node", "pages/node.html", to("/actor"), BOTH),
    Visit("group", "pages/group.html", to("group"), BOTH),
    Visit("group-by-invitation", "pages/group.html", to("/@by-invitation"), BOTH),
    Visit("person", "pages/person.html", to("person"), BOTH),
    Visit("person-of-elsewhere", "pages/person.html", to("stranger"), (READER,)),
    Visit("thread", "pages/thread.html", to("thread"), BOTH),
    Visit("thread-locked", "pages/thread.html", to("locked"), BOTH),
    Visit("thread-warned", "pages/thread.html", to("warned"), BOTH),
    Visit("thread-removed", "pages/thread.html", to("removed"), (READER,)),
    Visit("moderate-removed", "pages/moderate.html", to("moderate-removed"), (READER,)),
    Visit("history", "pages/history.html", to("history"), BOTH),
    Visit("tag", "pages/tag.html", to("tag"), BOTH),
    Visit("home", "pages/home.html", to("/home"), (READER,)),
    Visit("messages", "pages/messages.html", to("/messages"), (READER,)),
    Visit("requests", "pages/requests.html", to("/requests"), (READER,)),
    Visit("follow", "pages/follow.html", to("/follow"), (READER,)),
    Visit("follow-refused", "pages/follow.html", refused_address, (READER,), 422),
    Visit("new-group", "pages/new_group.html", to("/new-group"), (READER,)),
    Visit("new-group-refused", "pages/new_group.html", refused_group, (READER,), 422),
    Visit("compose", "pages/compose.html", refused_text, (READER,), 422),
    Visit("edit", "pages/edit.html", to("edit"), (READER,)),
    Visit("edit-refused", "pages/edit.html", refused_edit, (READER,), 422),
    Visit("moderate", "pages/moderate.html", to("moderate"), (READER,)),
    Visit("report", "pages/report.html", to("report"), (READER,)),
    Visit("report-refused", "pages/report.html", refused_report, (READER,), 422),
    Visit("reported", "pages/reported.html", to("/reported"), (READER,)),
    Visit("sign-in", "pages/sign_in.html", to("/sign-in"), (VISITOR,)),
    Visit("sign-in-refused", "pages/sign_in.html", refused_password, (VISITOR,), 401),
    Visit("sign-in-link", "pages/sign_in_link.html", one_time_link, (VISITOR,)),
    Visit("sign-in-link-used", "pages/used_link.html", used_link, (VISITOR,), 410),
    Visit("authorize", "pages/authorize.html", to("authorize"), (READER,)),
    Visit("authorized", "pages/authorized.html", to("/oauth/authorize/native?code=" + "x" * 43), (READER,)),
    Visit("apps", "pages/apps.html", to("/apps"), (READER,)),
    Visit("nothing-there", "", to("/nothing"), BOTH, 404),
)


def views_of(visit: Visit) -> list[View]:
    found = product(("phone", "desktop"), ("light", "dark"), ("ltr", "rtl"), visit.readers)
    return [View(*values) for values in found]


def cases(*, all_views: bool) -> list[Any]:
    """All views of each visit, or one: readers, devices, schemes and scripts in turn."""
    found = []
    for number, visit in enumerate(VISITS):
        views = views_of(visit)
        chosen = views if all_views else [views[number * 5 % len(views)]]
        found += [pytest.param(visit, view, id=f"{visit.name}-{view}") for view in chosen]
    return found
