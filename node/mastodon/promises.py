"""What this node promises apps: the version of Mastodon that they may take it for, and of its API. They use whatever
that version has, so neither says more than what is built."""

from importlib.metadata import version
from typing import Final

MASTODON: Final = "4.2.0"
"""From 4.3 on Ice Cubes asks for grouped notifications; toot, Mastodon.py and Elk read its numbers."""
API_VERSIONS: Final = {"mastodon": 1}
"""2: grouped notifications, 3: PKCE, 6: endorsements, 7: quotes, 8: `/api/v1/profile`, 10: collections."""


def version_text() -> str:
    """Begins with the numbers, and names none of the servers that apps make exceptions for."""
    return f"{MASTODON} (compatible; Ordito {version('ordito')})"
