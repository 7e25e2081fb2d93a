"""Pictures, sounds and films of other servers, under addresses of this node that only this node can make.

What is behind such an address stands in it, authenticated by the node's secret: nobody else can have this node fetch
something, and whoever holds one learns no more than the post told that it was in.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import Final

from node.database.vault import Vault
from node.errors import NotFound

PREFIX: Final = "/media/remote/"
_PURPOSE: Final = "remote file"
_MAC_LENGTH: Final = 32
LONGEST: Final = 4096
"""Characters of an address elsewhere; longer ones do not fit into the line of a request."""


class Variant(StrEnum):
    """What a file is for, and so how large it is kept."""

    AVATAR = "avatar"
    HEADER = "header"
    EMOJI = "emoji"
    PICTURE = "picture"
    PREVIEW = "preview"
    SOUND = "sound"
    FILM = "film"


def path(vault: Vault, variant: Variant, url: str) -> str:
    """The path here of a file elsewhere."""
    named = urlsafe_b64encode(url.encode()).decode().rstrip("=")
    return f"{PREFIX}{variant}/{_mac(vault, variant, named)}/{named}"


def opened(vault: Vault, variant: str, mac: str, named: str) -> tuple[Variant, str]:
    """What a path that this node made leads to. Raises `NotFound` for any other."""
    if not hmac.compare_digest(mac.encode(), _mac(vault, variant, named).encode()):
        raise NotFound("There is nothing at this address.")
    return Variant(variant), urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()


def _mac(vault: Vault, variant: str, named: str) -> str:
    return vault.mac(_PURPOSE, f"{variant}\0{named}")[:_MAC_LENGTH]
