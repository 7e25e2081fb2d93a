"""Films: decoded and written anew as H.264 and AAC in an mp4 file, with a picture of how they begin.

Never copied as they are, even where they are of that kind already: what phones write beside the pictures (the place,
the device, a name) stands in many corners of such files, and only what is made of pixels and samples is without.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from node.storage import limits
from node.storage.decoding import images, sounds
from node.storage.decoding.images import Undecodable

DEFAULT_RATE: Final = 25
THREADS: Final = 2
_X264: Final = {"preset": "veryfast", "crf": "23", "profile": "high", "x264-params": "rc-lookahead=20:ref=2"}
_TURNS: Final = {90: ("transpose", "2"), -90: ("transpose", "1"), 180: ("hflip,vflip", ""), -180: ("hflip,vflip", "")}
"""What undoes a rotation, counter-clockwise as PyAV gives it."""


def convert(container: InputContainer, folder: Path, *, silent: bool = False) -> dict[str, Any]:
    """`original.mp4` and `preview.webp`; `silent` for what was a GIF. What has no pictures that move is a sound."""
    shown = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
    if shown is None:
        return sounds.convert(container, folder)
    _check(shown)
    shown.thread_type, shown.codec_context.thread_count = "AUTO", THREADS
    target = folder / "original.mp4"
    with av.open(str(target), "w", format="mp4", options=sounds.NO_NAMES) as output:
        work = _Film(output, container, shown, folder, silent=silent)
        work.run()
    return work.told(target.stat().st_size)


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & stream.disposition.attached_pic)


def _check(stream: VideoStream) -> None:
    if stream.width * stream.height > limits.VIDEO_PIXELS:
        raise Undecodable("pixels")
    if stream.duration and stream.time_base and stream.duration * stream.time_base > limits.LONGEST_SOUND:
        raise Undecodable("duration")


class _Film:
    """One film on its way."""

    def __init__(
        self, output: OutputContainer, given: InputContainer, shown: VideoStream, folder: Path, *, silent: bool
    ) -> None:
        self.output, self.given, self.shown, self.folder, self.silent = output, given, shown, folder, silent
        heard = None if silent else next(iter(given.streams.audio), None)
        self.heard = heard
        self.rate = _rate(shown)
        self.sound: sounds.Encoder | None = None
        self.stream: VideoStream | None = None
        self.graph: Graph | None = None
        self.preview: Any = None
        self.frames = 0

    def run(self) -> None:
        streams = [self.shown] if self.heard is None else [self.shown, self.heard]
        waiting: list[AudioFrame] = []
        for frame in self.given.decode(*streams):
            if isinstance(frame, VideoFrame):
                self._show(frame)
            elif isinstance(frame, AudioFrame):
                waiting.append(frame)
            if self.stream is not None:  # a container names all its streams before the first packet
                self._hear(waiting)
        if self.stream is None:
            raise Undecodable("empty")
        self._show(None)
        self._hear(waiting)
        if self.sound is not None:
            self.sound.take(None)

    def _hear(self, waiting: list[AudioFrame]) -> None:
        if self.sound is not None:
            for frame in waiting:
                self.sound.take(frame)
        waiting.clear()

    def _show(self, frame: VideoFrame | None) -> None:
        if self.graph is None:
            if frame is None:
                return
            self.graph = _graph(self.shown, frame, self.rate)
        self.graph.push(frame)
        for made in self._pulled(self.graph):
            if self.stream is None:
                self._begin(made)
            self._put(made)
        if frame is None:
            self._put(None)

    @staticmethod
    def _pulled(graph: Graph) -> Iterator[VideoFrame]:
        while True:
            try:
                found = graph.pull()
            except (BlockingIOError, EOFError):
                return
            if isinstance(found, VideoFrame):
                yield found

    def _begin(self, first: VideoFrame) -> None:
        picture = first.to_image()  # type: ignore[no-untyped-call]  # as PyAV 18 has it
        self.preview = images.preview(picture, self.folder)
        self.blurhash = images.hashed(picture)
        stream = self.output.add_stream("libx264", rate=self.rate, options=_X264)
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        stream.codec_context.thread_count = THREADS
        self.stream = stream
        if self.heard is not None:
            self.sound = sounds.Encoder(self.output, self.heard)

    def _put(self, frame: VideoFrame | None) -> None:
        if self.stream is None:
            return
        if frame is not None:
            self.frames += 1
            if self.frames > limits.LONGEST_SOUND * self.rate:
                raise Undecodable("duration")
            frame.pts, frame.time_base = self.frames - 1, 1 / self.rate
        self.output.mux(self.stream.encode(frame))

    def told(self, size: int) -> dict[str, Any]:
        assert self.stream is not None  # noqa: S101  # `run` has raised where nothing was shown
        seconds = float(self.frames / self.rate)
        original = {
            "width": self.stream.width,
            "height": self.stream.height,
            "duration": round(seconds, 3),
            "frame_rate": f"{self.rate.numerator}/{self.rate.denominator}",
            "bitrate": int(size * 8 / seconds),
        }
        return {
            "kind": "gifv" if self.silent else "video",
            "file": "original.mp4",
            "preview": "preview.webp",
            "media_type": "video/mp4",
            "blurhash": self.blurhash,
            "meta": {"original": original, "small": {"width": self.preview.width, "height": self.preview.height}},
        }


def _rate(stream: VideoStream) -> Fraction:
    found = stream.average_rate or stream.guessed_rate or Fraction(DEFAULT_RATE)
    if not 0 < found <= limits.VIDEO_RATE:
        found = Fraction(DEFAULT_RATE)
    return min(Fraction(found).limit_denominator(1001), Fraction(limits.KEPT_VIDEO_RATE))


def _graph(stream: VideoStream, first: VideoFrame, rate: Fraction) -> Graph:
    """Upright, no larger than is kept, so many frames a second, in the colours that every player knows."""
    graph = Graph()
    chain = [graph.add_buffer(template=stream, time_base=first.time_base)]
    turn, how = _TURNS.get(int(first.rotation), ("", ""))
    chain += [graph.add(name, how) if how else graph.add(name) for name in turn.split(",") if name]
    width, height = (first.height, first.width) if turn == "transpose" else (first.width, first.height)
    scale = min(1.0, (limits.KEPT_VIDEO_PIXELS / (width * height)) ** 0.5)
    size = f"{max(2, int(width * scale) // 2 * 2)}:{max(2, int(height * scale) // 2 * 2)}"
    chain += [graph.add("fps", f"{rate.numerator}/{rate.denominator}"), graph.add("scale", size)]
    chain += [graph.add("setsar", "1"), graph.add("format", "yuv420p"), graph.add("buffersink")]
    for one, other in pairwise(chain):
        one.link_to(other)
    graph.configure()
    return graph
