"""Admin::Account, Admin::Report, Admin::DomainBlock: for moderators of the node.

No address is known from which anybody came. Of who reports the server alone is told, so that nobody can take revenge.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from node.database.tables import Actor, HostBlock, Report, User
from node.mastodon.entities.accounts import Entity, role
from node.mastodon.entities.reports import facts
from node.mastodon.moments import moment

_ID_BITS: Final = 62


def account(actor: Actor, user: User | None, shown: Entity, *, with_email: bool) -> Entity:
    """`shown` is it as everybody sees it. The e-mail address is for operators."""
    return {
        "id": str(actor.id),
        "username": actor.username,
        "domain": actor.host,
        "created_at": moment(actor.created_at),
        "email": (user.email or "") if user is not None and with_email else "",
        "ip": None,
        "ips": [],
        "locale": (user.preferences or {}).get("language") if user is not None else None,
        "invite_request": user.request if user is not None else None,
        "role": role(user) if user is not None else None,
        "confirmed": user is not None,
        "approved": user is not None and user.pending_since is None,
        "disabled": user is not None and user.disabled_at is not None,
        "sensitized": False,
        "silenced": False,
        "suspended": actor.suspended_at is not None,
        "account": shown,
    }


def reporter(node: Entity, host: str) -> Entity:
    """Somebody of this server, as the node's own account under its name."""
    shown = node["account"] | {"username": host, "acct": host, "display_name": host}
    return node | {"username": host, "domain": host, "account": shown}


def report(row: Report, of: Callable[[int], Entity], said_by: Entity, statuses: Sequence[Entity]) -> Entity:
    """`of` gives the Admin::Account of an actor."""
    return {
        **facts(row),
        "updated_at": moment(row.changed_at or row.created_at),
        "account": said_by,
        "target_account": of(row.target_id),
        "assigned_account": of(row.assigned_id) if row.assigned_id is not None else None,
        "action_taken_by_account": of(row.closed_by_id) if row.closed_by_id is not None else None,
        "statuses": list(statuses),
        "rules": [],
    }


def domain_block_id(host: str) -> int:
    """Made of the name: the list has no ids, and names stay."""
    return int.from_bytes(hashlib.sha256(host.encode()).digest()[:8]) >> (64 - _ID_BITS)


def domain_block(row: HostBlock) -> Entity:
    """A server is blocked as a whole, or not at all."""
    return {
        "id": str(domain_block_id(row.host)),
        "domain": row.host,
        "digest": hashlib.sha256(row.host.encode()).hexdigest(),
        "created_at": moment(row.created_at),
        "severity": "suspend",
        "reject_media": True,
        "reject_reports": True,
        "private_comment": row.private_comment,
        "public_comment": row.public_comment,
        "obfuscate": False,
    }
