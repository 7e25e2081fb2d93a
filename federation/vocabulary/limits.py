"""How much of what a peer sends is read: recipients beyond the limit are refused, other lists and texts are cut."""

from typing import Final

RECIPIENTS: Final = 100
"""Of `to`, and of `cc`: more is refused, since cutting would change who may read."""
TAGS: Final = 50
ATTACHMENTS: Final = 16
EMOJIS: Final = 30
POLL_OPTIONS: Final = 20
FIELDS: Final = 8
ALIASES: Final = 10
KEYS: Final = 10
LANGUAGES: Final = 200
"""Lemmy lists every language a community allows; it knows 184."""
TRANSLATIONS: Final = 30
OBJECTS: Final = 100
"""Ids in the `object` of one activity (Flag)."""

CONTENT_BYTES: Final = 100_000
BIO_BYTES: Final = 5_000
FIELD_CHARACTERS: Final = 500
NAME_CHARACTERS: Final = 200
WARNING_CHARACTERS: Final = 500
REPORT_CHARACTERS: Final = 5_000
ALT_CHARACTERS: Final = 10_000
KEY_CHARACTERS: Final = 10_000
URI_CHARACTERS: Final = 2_048

ACTIVITY_DEPTH: Final = 3
"""Announce{Undo{Like}} is the deepest that anybody sends (FEP-1b12)."""
