"""Pictures: decoded, turned upright, brought to sRGB, made no larger than needed, and written anew as WebP.

WebP for all: it keeps transparency, is a quarter smaller than JPEG where data is dear, and browsers since 2020, Android
since 4.3 and iOS since 14 read it, as do Mastodon, Lemmy and the other servers that pictures are sent to.
"""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from PIL import Image, ImageCms, ImageOps

from node.storage import limits
from node.storage.decoding import blurhash

Made: TypeAlias = dict[str, Any]
Size: TypeAlias = tuple[int, int]
QUALITY: Final = 82
FEW_COLOURS: Final = 256
"""Drawings and screenshots of a few colours are kept exactly: that is smaller too."""
_HASHED: Final = (32, 32)


class Undecodable(Exception):
    """This file is not taken; the reason is one word."""


def opened(source: Path, image_format: str) -> Image.Image:
    """Upright, in sRGB, RGB or RGBA; nothing is left of it but pixels."""
    Image.MAX_IMAGE_PIXELS = limits.IMAGE_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if image_format == "HEIF":
        import pillow_heif  # noqa: PLC0415  # an extra

        pillow_heif.register_heif_opener()
    image = Image.open(source, formats=[image_format])
    if image.width * image.height > limits.IMAGE_PIXELS:
        raise Undecodable("pixels")
    image.load()
    upright = ImageOps.exif_transpose(image)
    return _bare(_srgb(upright))


def is_animated(source: Path) -> bool:
    """Of a GIF."""
    with Image.open(source, formats=["GIF"]) as image:
        return bool(getattr(image, "is_animated", False))


def _srgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits a pixel
        image = image.point(lambda value: value / 256).convert("L")
    profile = image.info.get("icc_profile")
    alpha = "A" in image.mode or "transparency" in image.info
    mode = "RGBA" if alpha else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert(mode)  # a profile that is none, or of another kind of picture
        return converted if converted is not None else image.convert(mode)
    return image.convert(mode)


def _bare(image: Image.Image) -> Image.Image:
    """Pixels alone, in a picture that has never had a comment, a profile or a place."""
    opaque = image.mode != "RGBA" or image.getchannel("A").getextrema() == (255, 255)
    bare = Image.new("RGB" if opaque else "RGBA", image.size)
    bare.paste(image.convert(bare.mode))
    return bare


def attachment(image: Image.Image, folder: Path) -> Made:
    """`original.webp` and `preview.webp`."""
    large = image.resize(_kept(image.size), Image.Resampling.LANCZOS, reducing_gap=3.0)
    small = preview(large, folder)
    save(large, folder / "original.webp")
    return {
        "kind": "image",
        "file": "original.webp",
        "preview": "preview.webp",
        "media_type": "image/webp",
        "blurhash": hashed(large),
        "meta": {"original": _size(large), "small": _size(small)},
    }


def preview(image: Image.Image, folder: Path) -> Image.Image:
    small = image.copy()
    small.thumbnail((limits.PREVIEW_SIDE, limits.PREVIEW_SIDE), Image.Resampling.LANCZOS)
    save(small, folder / "preview.webp")
    return small


def cropped(image: Image.Image, folder: Path, most: Size) -> Made:
    """`original.webp`, the middle of the picture in this shape, and no larger than it is."""
    scale = min(1.0, image.width / most[0], image.height / most[1])
    size = (max(1, round(most[0] * scale)), max(1, round(most[1] * scale)))
    fitted = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    return _one(fitted, folder)


def contained(image: Image.Image, folder: Path, side: int) -> Made:
    """`original.webp`, the whole picture within a square."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _one(small, folder)


def _one(image: Image.Image, folder: Path) -> Made:
    save(image, folder / "original.webp")
    return {
        "kind": "image",
        "file": "original.webp",
        "preview": None,
        "media_type": "image/webp",
        "blurhash": None,
        "meta": {"original": _size(image)},
    }


def hashed(image: Image.Image) -> str:
    thumbnail = image.convert("RGBA")
    ground = Image.new("RGBA", thumbnail.size, "white")
    ground.alpha_composite(thumbnail)
    tiny = ground.convert("RGB").resize(_HASHED, Image.Resampling.BOX)
    across, down = (4, 3) if image.width >= image.height else (3, 4)
    raw = tiny.tobytes()
    pixels = [(raw[place], raw[place + 1], raw[place + 2]) for place in range(0, len(raw), 3)]
    return blurhash.encode(pixels, *_HASHED, across, down)


def save(image: Image.Image, target: Path) -> None:
    lossless = image.getcolors(FEW_COLOURS) is not None
    image.save(target, "WEBP", quality=QUALITY, method=4, lossless=lossless, exif=b"", icc_profile=b"", xmp=b"")


def _kept(size: Size) -> Size:
    width, height = size
    scale = min(1.0, (limits.KEPT_PIXELS / (width * height)) ** 0.5, limits.LONGEST_SIDE / max(size))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _size(image: Image.Image) -> dict[str, int]:
    return {"width": image.width, "height": image.height}
