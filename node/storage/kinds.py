"""What a file is, told by what it begins with: never by its name, or by what a client calls it."""

from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Final

from node.storage.limits import AUDIO_BYTES, IMAGE_BYTES, VIDEO_BYTES


class Family(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Kind:
    """`format`: for Pillow (images) or FFmpeg (the rest), which tries no other. A film may turn out to be a sound."""

    family: Family
    format: str
    media_type: str


HEAD: Final = 64
"""Bytes that are looked at."""
LARGEST: Final = {Family.IMAGE: IMAGE_BYTES, Family.AUDIO: AUDIO_BYTES, Family.VIDEO: VIDEO_BYTES}
_PNG: Final = Kind(Family.IMAGE, "PNG", "image/png")
_JPEG: Final = Kind(Family.IMAGE, "JPEG", "image/jpeg")
_GIF: Final = Kind(Family.IMAGE, "GIF", "image/gif")
_WEBP: Final = Kind(Family.IMAGE, "WEBP", "image/webp")
_AVIF: Final = Kind(Family.IMAGE, "AVIF", "image/avif")
_HEIC: Final = Kind(Family.IMAGE, "HEIF", "image/heic")
_MP4: Final = Kind(Family.VIDEO, "mov", "video/mp4")
_QUICKTIME: Final = Kind(Family.VIDEO, "mov", "video/quicktime")
_WEBM: Final = Kind(Family.VIDEO, "matroska", "video/webm")
_OGG: Final = Kind(Family.AUDIO, "ogg", "audio/ogg")
_MP3: Final = Kind(Family.AUDIO, "mp3", "audio/mpeg")
_AAC: Final = Kind(Family.AUDIO, "aac", "audio/aac")
_M4A: Final = Kind(Family.AUDIO, "mov", "audio/mp4")
_WAV: Final = Kind(Family.AUDIO, "wav", "audio/wav")
_FLAC: Final = Kind(Family.AUDIO, "flac", "audio/flac")
_AMR: Final = Kind(Family.AUDIO, "amr", "audio/amr")
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"\x1a\x45\xdf\xa3", _WEBM),
    (b"OggS", _OGG),
    (b"ID3", _MP3),
    (b"fLaC", _FLAC),
    (b"#!AMR", _AMR),
    (b"\xff\xf1", _AAC),
    (b"\xff\xf9", _AAC),
    (b"\xff\xfb", _MP3),
    (b"\xff\xfa", _MP3),
    (b"\xff\xf3", _MP3),
    (b"\xff\xf2", _MP3),
)
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_OLD_QUICKTIME: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})
_ALIASES: Final = ("image/heif", "audio/mp3", "audio/x-m4a", "audio/m4a", "audio/x-wav", "audio/wave", "audio/3gpp")


def kind_of(head: bytes) -> Kind | None:
    """By the first `HEAD` bytes; None for what this node takes in no case: SVG, HTML, PDF, archives, fonts, text."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": _WEBP, b"WAVE": _WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _boxed(head)
    return _QUICKTIME if head[4:8] in _OLD_QUICKTIME else None


def _boxed(head: bytes) -> Kind:
    """The ISO base media format (ISO/IEC 14496-12): its brands say which of its many uses this is."""
    brands = {head[8:12], *(head[place : place + 4] for place in range(16, min(len(head), _size(head)) - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return _AVIF
    if brands & _HEIC_BRANDS:
        return _HEIC
    if head[8:12] in {b"M4A ", b"M4B "}:
        return _M4A
    return _QUICKTIME if head[8:12] == b"qt  " else _MP4


def _size(head: bytes) -> int:
    return int.from_bytes(head[:4], "big")


def plays() -> bool:
    """Whether sounds and films can be decoded here: by the extra `media`."""
    return find_spec("av") is not None


def reads_heic() -> bool:
    return find_spec("pillow_heif") is not None


def takes(kind: Kind) -> bool:
    """Whether what decodes it is installed."""
    if kind is _HEIC:
        return reads_heic()
    return kind.family is Family.IMAGE or plays()


def media_types() -> list[str]:
    """All that is taken, for the entity of the instance."""
    kinds = [*(kind for _, kind in _BEGINNINGS), _WEBP, _AVIF, _HEIC, _MP4, _QUICKTIME, _M4A, _WAV]
    found = dict.fromkeys(kind.media_type for kind in kinds if takes(kind))
    aliases = [name for name in _ALIASES if (reads_heic() if name == "image/heif" else plays())]
    return [*found, *aliases]
