"""The one guarded way out: every request of a node to another host is made here, and nowhere else.

`policy` says where to, `connector` holds every connection to it, `transport` sends one request within its limits,
`session` is the client that the rest knows, `knocking` finds the signature scheme that a host takes.
"""

from federation.client.knocking import Knock, knock
from federation.client.policy import NetworkPolicy
from federation.client.session import Answer, Client, Fetched
from federation.client.signing import Signer
from federation.client.transport import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_LIMITS", "Answer", "Client", "Fetched", "Knock", "Limits", "NetworkPolicy", "Signer", "knock"]
