"""How a peer reads: a GET signed as a peer signs it."""

from collections.abc import Mapping
from typing import Any

from federation.identifiers import key_id
from federation.signatures import Scheme, sign
from tests.nodes import Network, Node
from tests.strangers import Person


async def signed_get(
    nodes: Network,
    node: Node,
    path: str,
    by: Person,
    *,
    scheme: Scheme = Scheme.CAVAGE,
    change: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[int, Any, Any]:
    """(status, headers, body), as `Node.get`; `change` overrides headers after the signature was made."""
    url, now = f"{node.base}{path}", nodes.clock()
    headers = sign(scheme, method="GET", url=url, body=None, key=by.rsa, key_id=key_id(by.key_id), now=now)
    return await node.get(path, headers={**headers, **(change or {})}, **options)
