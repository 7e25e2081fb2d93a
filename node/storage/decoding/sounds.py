"""Sounds: decoded and written anew as AAC in an m4a file, which every browser and phone plays."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from node.storage import limits
from node.storage.decoding.images import Undecodable

RATE: Final = 48_000
FRAME: Final = 1024
"""Samples of a frame of AAC."""
_BITS: Final = {"mono": 64_000, "stereo": 128_000}
NO_NAMES: Final = {"movflags": "+faststart", "fflags": "+bitexact"}
"""Begins to play before it is there as a whole, and says nothing of the program that wrote it."""


def opened(source: Path, demuxer: str) -> InputContainer:
    """By this demuxer alone: of those that FFmpeg finds by itself some read other files, which a file names."""
    return av.open(str(source), format=demuxer, metadata_errors="ignore")


class Encoder:
    """The sound of a file on its way into another."""

    def __init__(self, output: OutputContainer, given: AudioStream) -> None:
        layout = "mono" if given.codec_context.channels == 1 else "stereo"
        self.stream: AudioStream = output.add_stream("aac", rate=RATE, layout=layout, bit_rate=_BITS[layout])
        self._output = output
        self._resampler = AudioResampler("fltp", layout, RATE, FRAME)
        self.samples = 0

    def take(self, frame: AudioFrame | None) -> None:
        """None at the end."""
        for resampled in self._resampled(frame):
            self.samples += resampled.samples
            if self.samples > limits.LONGEST_SOUND * RATE:
                raise Undecodable("duration")
            self._output.mux(self.stream.encode(resampled))
        if frame is None:
            self._output.mux(self.stream.encode(None))

    def _resampled(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Counted anew: times that jump, as those of a stream that was cut, would be refused by the container."""
        if frame is None and self.samples == 0:
            return
        for resampled in self._resampler.resample(frame):
            resampled.pts = self.samples
            resampled.time_base = Fraction(1, RATE)
            yield resampled


def convert(container: InputContainer, folder: Path) -> dict[str, Any]:
    """`original.m4a`."""
    given = container.streams.audio[0]
    target = folder / "original.m4a"
    with av.open(str(target), "w", format="ipod", options=NO_NAMES) as output:
        encoder = Encoder(output, given)
        for frame in container.decode(given):
            encoder.take(frame)
        encoder.take(None)
    seconds = encoder.samples / RATE
    if not seconds:
        raise Undecodable("empty")
    rate = int(target.stat().st_size * 8 / seconds)
    return {
        "kind": "audio",
        "file": "original.m4a",
        "preview": None,
        "media_type": "audio/mp4",
        "blurhash": None,
        "meta": {"original": {"duration": round(seconds, 3), "bitrate": rate}},
    }
