"""One's own account: what others see of it, and what one's apps begin a post with."""

from collections.abc import Mapping
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor, User
from node.mastodon import rendering, tags, uploads
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity, credential_account
from node.mastodon.entities.links import Links
from node.mastodon.entities.profiles import profile as profile_entity
from node.mastodon.routing import Routes
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import acquaintances, own_accounts
from node.services.media import Part
from node.services.own_accounts import Pictures
from node.services.profiles import Profile
from node.storage.limits import IMAGE_BYTES

routes = Routes()
WRITE: Final = ("write", "write:accounts")
PARTS: Final[tuple[Part, ...]] = ("avatar", "header")
LARGEST: Final = len(PARTS) * IMAGE_BYTES


@routes.get("/api/v1/accounts/verify_credentials", "profile", "read", "read:accounts", returns="CredentialAccount")
async def verify_credentials(call: Call) -> Any:
    async with call.reading() as tx:
        return await credentials(tx, call, call.actor, call.user)


async def credentials(tx: Transaction, call: Call, actor: Actor, user: User) -> Entity:
    figures = await rendering.figures(tx, call, actor)
    requests = await follow_rows.count_pending(tx, await acquaintances.decides_for(tx, actor))
    return credential_account(actor, user, figures, Links.of(tx), requests)


@routes.patch("/api/v1/accounts/update_credentials", *WRITE, takes="credentials", returns="CredentialAccount")
async def update_credentials(call: Call) -> Any:
    async with uploads.form(call, "credentials", PARTS, LARGEST) as form:
        pictures: Pictures = {
            part: await call.context.media.picture(form.files[part], part) for part in PARTS if part in form.files
        }
        return await _change(call, _profile(call, form.parameters), pictures, form.parameters.get("source", {}))


async def _change(call: Call, profile: Profile, pictures: Pictures, preferences: Mapping[str, Any]) -> Entity:
    async def work(tx: Transaction) -> Entity:
        actor, user = await own_accounts.change(tx, call.actor, profile, pictures, preferences)
        return await credentials(tx, call, actor, user)

    return await call.run(work)


def _profile(call: Call, sent: Mapping[str, Any]) -> Profile:
    """What is not sent stays. Without a name she goes by that of her address; a field without a name is none. That she
    is a program (`bot`) nobody says here: people sign in to this node."""
    name, hides, fields = sent.get("display_name"), sent.get("hide_collections"), sent.get("fields_attributes")
    return Profile(
        name=name if name is None or name.strip() else call.actor.username,
        about=sent.get("note"),
        fields=None if fields is None else [pair for pair in map(_pair, fields) if pair[0]],
        locked=sent.get("locked"),
        discoverable=sent.get("discoverable"),
        indexable=sent.get("indexable"),
        shows_follows=None if hides is None else not hides,
    )


def _pair(item: Mapping[str, str]) -> tuple[str, str]:
    return item.get("name", "").strip(), item.get("value", "")


async def _shown(call: Call) -> Entity:
    async with call.reading() as tx:
        actor = await actor_rows.known(tx, call.actor.id)
        return profile_entity(actor, await tags.featured(tx, actor))


@routes.get("/api/v1/profile", "profile", "read", "read:accounts", returns="Profile")
async def show(call: Call) -> Any:
    return await _shown(call)


@routes.patch("/api/v1/profile", *WRITE, takes="credentials", returns="Profile")
@routes.put("/api/v1/profile", *WRITE, takes="credentials", returns="Profile")
async def update(call: Call) -> Any:
    await update_credentials(call)
    return await _shown(call)


@routes.delete("/api/v1/profile/avatar", *WRITE, returns="CredentialAccount")
async def remove_avatar(call: Call) -> Any:
    return await _change(call, Profile(), {"avatar": None}, {})


@routes.delete("/api/v1/profile/header", *WRITE, returns="CredentialAccount")
async def remove_header(call: Call) -> Any:
    return await _change(call, Profile(), {"header": None}, {})
