"""What somebody does not want to read: accounts, for a while or for good, and whole servers. Nobody is told."""

from datetime import timedelta

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Invalid
from node.queries import mutes as mute_rows
from node.services import follows, hosts


async def mute(tx: Transaction, actor: Actor, target: Actor, *, notifications: bool = True, duration: int = 0) -> None:
    """For `duration` seconds, 0 for good; with `notifications` she is told nothing of it either."""
    if actor.id == target.id:
        raise Invalid("You cannot mute yourself.", "mute.self")
    until = tx.now + timedelta(seconds=duration) if duration else None
    await mute_rows.mute(tx, actor.id, target.id, notifications=notifications, until=until)


async def unmute(tx: Transaction, actor: Actor, target: Actor) -> None:
    await mute_rows.unmute(tx, actor.id, target.id)


async def mute_host(tx: Transaction, actor: Actor, text: str) -> None:
    """She sees nothing of its people, and followings end in both directions, as Mastodon has it."""
    host = hosts.host_in(text)
    if host == tx.settings.host:
        raise Invalid("That is this node itself.", "host.self")
    await mute_rows.mute_host(tx, actor.id, host)
    for follower in await mute_rows.followers_at(tx, actor.id, host):
        await follows.reject(tx, actor, follower)
    for followed in await mute_rows.followed_at(tx, actor.id, host):
        await follows.end(tx, actor, followed)


async def unmute_host(tx: Transaction, actor: Actor, text: str) -> None:
    """Followings do not come back by themselves."""
    await mute_rows.unmute_host(tx, actor.id, hosts.host_in(text))
