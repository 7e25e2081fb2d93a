"""From notices to entities: the accounts, statuses and reports that they name, for a whole page at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from node.database import Transaction
from node.database.tables import Notification
from node.mastodon import rendering
from node.mastodon.calls import Call, id_of
from node.mastodon.entities import notifications as entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.reports import report as report_entity
from node.mastodon.filtering import left_out
from node.queries import actors as actor_rows, moderation, posts as post_rows
from node.queries.notification_groups import Group
from node.queries.notification_requests import Request
from node.queries.notifications import TYPES, Wanted


def wanted(call: Call) -> Wanted:
    """Those that an app asks for, of those there are; without a word of hers all of them."""
    named = call.get("types")
    types = (TYPES if named is None else TYPES.intersection(named)) - set(call.get("exclude_types", ()))
    sender = call.get("account_id")
    filtered = None if call.get("include_filtered") else False
    sender_id = (id_of(sender) or 0) if sender is not None else None  # what is no id is nobody's
    return Wanted(frozenset(types), sender_id, filtered)


async def rendered(tx: Transaction, call: Call, notices: Sequence[Notification]) -> list[Entity]:
    """Of notices that may be shown; one whose status has gone meanwhile is left out."""
    people = await accounts(tx, call, (notice.from_id for notice in notices))
    posts = await statuses(tx, call, (notice.post_id for notice in notices))
    filed = await reports(tx, call, (notice.report_id for notice in notices))
    return [
        entities.notification(
            notice,
            people[notice.from_id],
            status=posts.get(notice.post_id or 0),
            report=filed.get(notice.report_id or 0),
        )
        for notice in notices
        if notice.from_id in people and (notice.post_id is None or notice.post_id in posts)
    ]


async def grouped(tx: Transaction, call: Call, groups: Sequence[Group], *, partial: bool = False) -> Entity:
    """With `partial` whole accounts only of the first of each group."""
    people = await accounts(tx, call, (actor_id for found in groups for actor_id in found.sample_ids))
    posts = await statuses(tx, call, (found.post_id for found in groups))
    filed = await reports(tx, call, (found.report_id for found in groups))
    shown = [found for found in groups if found.post_id is None or found.post_id in posts]
    rows = [entities.group(found, filed.get(found.report_id or 0)) for found in shown]
    if not partial:
        return entities.grouped(rows, list(people.values()), list(posts.values()))
    first = {found.sample_ids[0] for found in shown}
    whole = entities.grouped(rows, [people[actor_id] for actor_id in first], list(posts.values()))
    rest = [entities.partial_account(entity) for actor_id, entity in people.items() if actor_id not in first]
    return whole | {"partial_accounts": rest}


async def requests(tx: Transaction, call: Call, found: Sequence[Request]) -> list[Entity]:
    people = await accounts(tx, call, (request.sender_id for request in found))
    posts = await statuses(tx, call, (request.last_post_id for request in found))
    return [entities.request(one, people[one.sender_id], posts.get(one.last_post_id or 0)) for one in found]


async def accounts(tx: Transaction, call: Call, actor_ids: Iterable[int]) -> dict[int, Entity]:
    actors = list((await actor_rows.by_ids(tx, actor_ids)).values())
    found = await rendering.accounts(tx, call, actors)
    return {actor.id: entity for actor, entity in zip(actors, found, strict=True)}


async def statuses(tx: Transaction, call: Call, post_ids: Iterable[int | None]) -> Mapping[int, Entity]:
    """That they may be seen has been asked with the notices. What a filter of hers hides in notices is not there."""
    posts = list((await post_rows.by_ids(tx, (post_id for post_id in post_ids if post_id is not None))).values())
    found = zip(posts, await rendering.statuses(tx, call, posts), strict=True)
    return {post.id: entity for post, entity in found if not left_out(entity, "notifications")}


async def reports(tx: Transaction, call: Call, report_ids: Iterable[int | None]) -> Mapping[int, Entity]:
    wanted_ids: Collection[int] = {report_id for report_id in report_ids if report_id is not None}
    if not wanted_ids:
        return {}
    found = await moderation.by_ids(tx, wanted_ids)
    people = await accounts(tx, call, {report.target_id for report in found})
    return {report.id: report_entity(report, people[report.target_id]) for report in found}
