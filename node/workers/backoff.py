"""How long to wait before another try: soon at first, then rarer, for days."""

import random
from datetime import timedelta
from typing import Final

_STEPS: Final = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)
"""Seconds after the first failure, the second, and so on; the last repeats."""
JITTER: Final = 0.2


def after(attempts: int) -> timedelta:
    """With up to a fifth more or less, so that what failed together does not come back together."""
    seconds = _STEPS[min(max(attempts, 1), len(_STEPS)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))
