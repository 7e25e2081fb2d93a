"""How large a file may be, and what is kept of it."""

from typing import Final

IMAGE_BYTES: Final = 16_000_000
AUDIO_BYTES: Final = 10_000_000
VIDEO_BYTES: Final = 40_000_000
IMAGE_PIXELS: Final = 40_000_000
"""Told by the header, before anything is decoded."""
KEPT_PIXELS: Final = 3840 * 2160
"""Of a picture: as much as a large screen shows."""
LONGEST_SIDE: Final = 8192
"""A WebP picture has at most 16383."""
PREVIEW_SIDE: Final = 640
AVATAR_SIDE: Final = 400
HEADER_SIZE: Final = (1500, 500)
EMOJI_SIDE: Final = 128
VIDEO_PIXELS: Final = 3840 * 2160
"""Of a frame that is taken."""
KEPT_VIDEO_PIXELS: Final = 1920 * 1080
VIDEO_RATE: Final = 120
"""Frames a second of a film that is taken."""
KEPT_VIDEO_RATE: Final = 30
LONGEST_SOUND: Final = 3600
"""Seconds, of films too. Silence packs so well that the size alone bounds nothing."""
