"""Pictures, sounds and films for tests, made on the spot, with all that a phone writes into them."""

import array
import math
import struct
import zlib
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
from av.audio.frame import AudioFrame
from PIL import Image

SECRET = "52.5200 N 13.4050 E"
"""A place, as it stands in what is to be forgotten."""


def picture(kind: str = "JPEG", size: tuple[int, int] = (120, 80), *, turned: bool = False) -> bytes:
    """Left half red, right half blue; `turned`: to be shown upright, by its EXIF. With a place and comments."""
    image = Image.new("RGB", size, (200, 0, 0))
    image.paste((0, 0, 200), (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif[0x0112] = 6 if turned else 1
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 31.0, 12.0), "E", (13.0, 24.0, 18.0)
    more: dict[str, Any] = {"comment": SECRET.encode()} if kind in {"JPEG", "GIF"} else {}
    return _saved(image, kind, exif=exif, **more)


def _saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    if kind == "HEIF":
        import pillow_heif  # noqa: PLC0415  # needed here alone

        pillow_heif.register_heif_opener()
    file = BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def animation(frames: int = 6) -> bytes:
    pictures = [Image.new("RGB", (64, 48), (40 * number, 100, 200)) for number in range(frames)]
    return _saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0)


def bomb(side: int = 20_000) -> bytes:
    """A PNG of 400 megapixels in some kilobytes."""
    rows = zlib.compressobj(9)
    line = b"\0" * (side // 8 + 1)
    data = b"".join(rows.compress(line) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    )


def film(*, seconds: float = 1.0, size: tuple[int, int] = (160, 120)) -> bytes:
    """H.264 and AAC, with a title and a place."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as output:
        output.metadata.update({"title": SECRET, "location": SECRET, "comment": SECRET})
        shown = output.add_stream("libx264", rate=20)
        shown.width, shown.height, shown.pix_fmt = *size, "yuv420p"
        heard = output.add_stream("aac", rate=44_100, layout="stereo")
        for number in range(int(seconds * 20)):
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (number * 10, 80, 120)))
            output.mux(shown.encode(frame))
        for number in range(int(seconds * 44_100 / 1024)):
            output.mux(heard.encode(_samples(number, 44_100, "stereo", 1024)))
        for stream in (shown, heard):
            output.mux(stream.encode(None))
    return file.getvalue()


def sound(*, seconds: float = 1.0) -> bytes:
    """Opus in Ogg, as voice messages are recorded."""
    file = BytesIO()
    with av.open(file, "w", format="ogg") as output:
        output.metadata["title"] = SECRET
        heard = output.add_stream("libopus", rate=48_000, layout="mono")
        for number in range(int(seconds * 50)):
            output.mux(heard.encode(_samples(number, 48_000, "mono", 960)))
        output.mux(heard.encode(None))
    return file.getvalue()


def _samples(number: int, rate: int, layout: str, count: int) -> AudioFrame:
    frame = AudioFrame(format="fltp", layout=layout, samples=count)
    frame.rate, frame.pts, frame.time_base = rate, number * count, Fraction(1, rate)
    wave = array.array("f", [math.sin((number * count + place) / 20) / 2 for place in range(count)])
    for plane in frame.planes:
        plane.update(wave.tobytes())
    return frame
