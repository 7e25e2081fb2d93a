"""The addresses of what this node owns. Local ids are made here alone."""

from federation.identifiers import Handle, without_fragment
from node.database import Transaction
from node.database.tables import Actor


def person(tx: Transaction, name: str) -> str:
    return f"{tx.settings.base_url}/users/{name}"


def group(tx: Transaction, name: str) -> str:
    return f"{tx.settings.base_url}/groups/{name}"


def application(tx: Transaction) -> str:
    """The node itself, as an actor."""
    return f"{tx.settings.base_url}/actor"


def page_of(tx: Transaction, name: str) -> str:
    """The page of a person or group, as people share it."""
    return f"{tx.settings.base_url}/@{name}"


def shared_inbox(tx: Transaction) -> str:
    return f"{tx.settings.base_url}/inbox"


def post(tx: Transaction, post_id: int) -> str:
    return f"{tx.settings.base_url}/posts/{post_id}"


def context(tx: Transaction, root_id: int) -> str:
    """The collection of a thread's posts (FEP-7888)."""
    return f"{tx.settings.base_url}/contexts/{root_id}"


def activity(tx: Transaction, activity_id: int) -> str:
    return f"{tx.settings.base_url}/activities/{activity_id}"


def hashtag(tx: Transaction, name: str) -> str:
    return f"{tx.settings.base_url}/tags/{name}"


def is_ours(tx: Transaction, uri: str) -> bool:
    """Whether it begins as all addresses of this node do; not whether there is something."""
    return uri.startswith(f"{tx.settings.base_url}/")


def post_id_of(tx: Transaction, uri: str) -> int | None:
    """The row's id in the address of a post of ours."""
    prefix = f"{tx.settings.base_url}/posts/"
    tail = without_fragment(uri).removeprefix(prefix)
    return int(tail) if uri.startswith(prefix) and tail.isascii() and tail.isdigit() and len(tail) < 20 else None


def handle(tx: Transaction, actor: Actor) -> Handle:
    return Handle(actor.username, actor.host or tx.settings.host)
