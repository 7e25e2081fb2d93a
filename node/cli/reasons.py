"""Why something waits or failed, in a sentence for who runs a node: what stands behind the codes in the queues."""

from http import HTTPStatus
from typing import Final

_CONNECTING: Final = {
    "dns": "The server's name is not known: it may be gone, or its domain has lapsed.",
    "connect": "No connection to the server: it is off, or something between cuts it.",
    "tls": "The server's certificate is not to be trusted: it may have expired.",
    "timeout": "The server did not answer in time.",
    "broken": "What the server answers is not HTTP as it should be.",
}
_ADDRESS: Final = "This node does not connect to such an address; ORDITO_ALLOW_HOSTS would allow it."
SENTENCES: Final = {
    **{f"{kind}.{end}": sentence for kind in ("deliver", "fetch") for end, sentence in _CONNECTING.items()},
    **{f"ssrf.{what}": _ADDRESS for what in ("address", "port", "scheme")},
    "the host is blocked here": "This node has blocked the server.",
    "retired": "The server has said that this inbox is gone for good.",
    "rejected": "The server has said by a Reject that it does not take this.",
    "begun too often": "It was begun again and again and never ended; the log of this node says more.",
    "held": "It came before what it depends on, and waits for that.",
    "slow": "What it needs from other servers does not come in time.",
    "unreachable": "A post or an account that it needs is on a server that cannot be reached.",
    "Unreached": "What it needs is on a server that cannot be reached.",
}
_STATUSES: Final = {
    400: "The server did not understand what was sent.",
    401: "The server did not accept our signature: it may not be able to fetch our key, or the clocks differ.",
    403: "The server does not take it: it may have blocked this node, or the sender.",
    404: "The server knows no such inbox: the account may be gone.",
    410: "The server says that the account is gone for good.",
    413: "It is more than the server takes.",
    421: "The server does not serve that name: its proxy may be set up wrongly.",
    429: "The server asks us to send less often.",
}


def sentence(reason: str | None) -> str:
    """What a code of the queues means: a name, the status that a server answered, or either with a detail behind a
    colon. Empty where nothing failed."""
    if not reason:
        return ""
    code = reason.partition(": ")[0]
    if code in SENTENCES:
        return SENTENCES[code]
    if code.isdecimal():
        return _answered(int(code))
    if code.startswith("ssrf."):
        return "The address is none that a server may have."
    return f"An error of this node ({code}); its log says more."


def _answered(status: int) -> str:
    if status in _STATUSES:
        return f"{_STATUSES[status]} ({status})"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"The server is out of order, or overloaded. ({status})"
    return f"The server refused it. ({status})"
