"""What a service may refuse. Knows no status codes: `middleware` maps them, in the form each door speaks.

The message is for the person who asked and holds nothing secret; `code` is stable, for scripts and translations.
"""


class NodeError(Exception):
    """Root of the tree."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).__name__.lower()


class NotFound(NodeError):
    """Not there, or not for the one who asks: both look the same."""


class Unreached(NotFound):
    """What the work needs is on a host that cannot be reached now."""


class Gone(NotFound):
    """Was here and was deleted: its id answers with a Tombstone."""

    def __init__(self, message: str, uri: str = "", former_type: str | None = None) -> None:
        super().__init__(message)
        self.uri, self.former_type = uri, former_type


class Forbidden(NodeError):
    """May be seen, but not done by this one."""


class TooOften(Forbidden):
    """Allowed, and not so often: later it may be done again."""


class Blocked(Forbidden):
    """From a host that this node has blocked: refused on every address, with no hint."""


class Unauthenticated(NodeError):
    """Nobody is signed in, or the proof of it is wrong."""


class Invalid(NodeError):
    """Understood, and not acceptable."""


class Conflict(NodeError):
    """Taken already."""


class TooMany(NodeError):
    """Over a limit; try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Missing(NodeError):
    """Work needs the actor or object at `uri`, which is not stored. `context` fetches it and runs the work again."""

    def __init__(self, uri: str, kind: str = "object") -> None:
        super().__init__(f"{uri} is not known here")
        self.uri, self.kind = uri, kind


class Later(NodeError):
    """Came before what it depends on: hold it and try again."""


class Ignored(NodeError):
    """An activity that means nothing to this node; `code` is kept on its item."""

    def __init__(self, code: str) -> None:
        super().__init__(code, code)


class Refused(NodeError):
    """An activity that was accepted for processing and may not take effect; `code` is kept on its item."""

    def __init__(self, code: str) -> None:
        super().__init__(code, code)
