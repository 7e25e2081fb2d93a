"""What `ordito group` shows of members and moderators, and the changes to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from node.cli.ownership import group_of, one_who_decides

if TYPE_CHECKING:
    from node.database import Transaction
    from node.database.tables import Actor

NO_OWNER: Final = (
    "This group has no owner: say with --as which moderator does it. An operator of the node gives it an "
    "owner with `ordito group hand-over {group} NAME --as OPERATOR`."
)
DONE: Final = {
    "approve": "{who} is a member of {group}.",
    "remove": "{who} is no member of {group}.",
    "invite": "{who} is invited to {group}.",
    "ban": "{who} is banned from {group}.",
    "unban": "{who} may join {group} again.",
    "moderator": "{who} moderates {group}.",
    "no_moderator": "{who} does not moderate {group}.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one person of a group of this node, in the name of one of its moderators."""

    group: str
    moderator: str | None
    action: str
    who: str
    until: datetime | None = None
    reason: str = ""

    @property
    def done(self) -> str:
        return DONE[self.action].format(who=self.who, group=self.group)

    async def make(self, tx: "Transaction") -> None:
        from node.services import actors, moderating

        group = await group_of(tx, self.group)
        otherwise = NO_OWNER.format(group=group.username)
        by = await one_who_decides(tx, group, self.moderator, otherwise=otherwise)
        person = await actors.find(tx, self.who)
        match self.action:
            case "approve":
                await moderating.approve(tx, by, group, person)
            case "remove":
                await moderating.remove_member(tx, by, group, person)
            case "invite":
                await moderating.invite(tx, by, group, person)
            case "ban":
                await moderating.ban(tx, by, group, person, until=self.until, reason=self.reason)
            case "unban":
                await moderating.unban(tx, by, group, person)
            case _:
                moderates = self.action == "moderator"
                await moderating.set_moderator(tx, by, group, person, moderates=moderates)


async def listed(tx: "Transaction") -> list[dict[str, object]]:
    from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows
    from node.services import addresses

    found: list[dict[str, object]] = []
    for actor, group in await group_rows.all_local(tx):
        owner = await actor_rows.by_id(tx, group.owner_id) if group.owner_id else None
        found.append(
            {
                "handle": str(addresses.handle(tx, actor)),
                "uri": actor.uri,
                "name": actor.name,
                "joining": group.joining,
                "visibility": group.visibility,
                "owner": owner.username if owner else None,
                "members": (await follow_rows.counts(tx, actor.id))[0],
                "waiting": len(await follow_rows.pending(tx, actor.id)),
                "state": "archived" if group.archived_at else "closed" if group.closed_at else "active",
            }
        )
    return found


async def members(tx: "Transaction", text: str) -> list[dict[str, object]]:
    from node.queries import follows as follow_rows, groups as group_rows

    group = await group_of(tx, text)
    found = [_entry(tx, actor, state="member") for actor in await follow_rows.followers(tx, group.id)]
    found += [_entry(tx, actor, state="waiting") for actor in await follow_rows.pending(tx, group.id)]
    for actor, ban in await group_rows.bans(tx, group.id):
        state = f"banned until {ban.until:%Y-%m-%d}" if ban.until else "banned"
        found.append(_entry(tx, actor, state=state))
    return found


async def moderators(tx: "Transaction", text: str) -> list[dict[str, object]]:
    from node.queries import groups as group_rows

    group = await group_of(tx, text)
    owner_id = (await group_rows.required(tx, group)).owner_id
    return [_entry(tx, actor, owner=actor.id == owner_id) for actor in await group_rows.moderators(tx, group.id)]


def _entry(tx: "Transaction", actor: "Actor", **values: object) -> dict[str, object]:
    from node.services import addresses

    return {"handle": str(addresses.handle(tx, actor)), "uri": actor.uri, **values}
