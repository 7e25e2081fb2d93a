"""What can be wrong with what a peer sends or serves.

Each error carries a short, stable `reason` (`sig.expired`, `origin.host`) for the one log line it gets, beside the
sentence for a person. Neither holds content of the message.
"""


class FederationError(Exception):
    """Root of the tree. As an answer to a request: 400."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class Malformed(FederationError):
    """The bytes, the JSON or the headers cannot be read: 400."""


class TooLarge(Malformed):
    """More bytes than the limit: 413."""


class Unverified(FederationError):
    """No signature, a wrong one, or one over too little: 401."""


class Untrusted(FederationError):
    """Well-formed and signed, but not by somebody who may say this (origin rules)."""


class Unreachable(FederationError):
    """A document could not be fetched now; a later try may succeed."""


class Gone(Unreachable):
    """The origin says 410, or 404: a later try will not succeed."""


class Forbidden(Unreachable):
    """The guarded client refused to connect (address, port, scheme or host), before any packet left."""
