"""Servers that this node neither hears nor answers: the operator's list. A domain stands for all that is below it."""

from federation.identifiers import covering_hosts, host_of, parse_url
from node.database import Transaction
from node.errors import Invalid, NotFound
from node.queries import actors as actor_rows, hosts as host_rows


def host_in(text: str) -> str:
    """The host that somebody means, by name or by an address on it. Raises `Malformed`, `Invalid`."""
    text = text.strip()
    if "*" in text or "@" in text:
        raise Invalid("Give the name of a server, such as bad.example: all below it is meant too.", "host.name")
    return host_of(parse_url(text if "://" in text else f"https://{text}/"))


async def block(tx: Transaction, text: str) -> int:
    """At once: followings end in both directions, what is owed to it or came from it has no effect any more, and what
    was written there is shown no more. It is told nothing. Returns how many followings that ended."""
    host = host_in(text)
    if host in covering_hosts(tx.settings.host):
        raise Invalid("That is this node itself.", "host.self")
    await actor_rows.block_host(tx, host)
    await host_rows.withdraw(tx, host)
    await host_rows.refuse(tx, host)
    await host_rows.hide_accounts(tx, host)
    return await host_rows.end_follows(tx, host)


async def unblock(tx: Transaction, text: str) -> None:
    """It is heard and answered, and what was written there shown, again. Followings do not come back by themselves."""
    host = host_in(text)
    blocked = await actor_rows.blocked_hosts(tx)
    if host not in blocked:
        raise NotFound(f"{host} is not on the list of blocked servers.")
    await actor_rows.unblock_host(tx, host)
    await host_rows.show_accounts(tx, blocked - {host})
