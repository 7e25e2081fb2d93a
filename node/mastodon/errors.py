"""How refusals read in apps: the status that Mastodon uses, and the texts that clients match letter by letter."""

from typing import Final

from federation.errors import Malformed
from node.errors import Forbidden, Invalid, NotFound, Unauthenticated

RECORD_NOT_FOUND: Final = "Record not found"
"""Phanpy tests for `not found`."""


class BadToken(Unauthenticated):
    """Apps sign the account out on it: for nothing else."""

    def __init__(self) -> None:
        super().__init__("The access token is invalid", "token.invalid")


class NoUser(Unauthenticated):
    """No token, where one is needed."""

    def __init__(self) -> None:
        super().__init__("This method requires an authenticated user", "token.absent")


class NoUserBehind(Invalid):
    """An app's own token, where a person's is needed."""

    def __init__(self) -> None:
        super().__init__("This method requires an authenticated user", "token.app")


class OutsideScopes(Forbidden):
    def __init__(self) -> None:
        super().__init__("This action is outside the authorized scopes", "token.scope")


class Absent(NotFound):
    """Not there, or not for this one."""

    def __init__(self) -> None:
        super().__init__(RECORD_NOT_FOUND)


class MissingParameter(Malformed):
    """400, as Rails has it."""

    def __init__(self, name: str) -> None:
        super().__init__("param.missing", f"param is missing or the value is empty: {name}")


def validation(message: str, code: str = "validation") -> Invalid:
    return Invalid(f"Validation failed: {message}", code)
