"""What this node promises apps: the version of Mastodon that they may take it for, and of its API. They use whatever
that version has, so neither says more than what is built."""

from importlib.metadata import version
from typing import Final

MASTODON: Final = "4.3.0"
"""From 4.3 on Ice Cubes asks for grouped notifications; toot, Mastodon.py and Elk read its numbers."""
API_VERSIONS: Final = {"mastodon": 4}
"""2: grouped notifications, 3: PKCE, 4: deleting uploads; not yet 5: filters that blur, 7: quotes, 10: collections."""


def version_text() -> str:
    """Begins with the numbers, and names none of the servers that apps make exceptions for."""
    return f"{MASTODON} (compatible; Ordito {version('ordito')})"
