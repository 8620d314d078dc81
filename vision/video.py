"""Videos to frames, RGB uint8 HWC and upright, at a chosen rate and each with its time.

A file is judged by its content: one demuxer is named for it, so that no playlist or script under a video's name is
ever followed to other files, and only the decoders below may run.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import av
import numpy as np

if TYPE_CHECKING:
    from vision.base import RGBImage

CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4")
MOV_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
OPTIONS = {"protocol_whitelist": "file", "codec_whitelist": ",".join(CODECS), "enable_drefs": "0"}
MAX_PIXELS = 100_000_000
MAX_SECONDS = 12 * 3600
REORDERED = 32  # packets: a frame is shown at most 16 places away from where it is stored
WORTH_A_SEEK = (
    0.4  # seconds of video: to decode less than that is quicker than to fill the decoder's threads again
)
CUT_SHORT = 2.0  # seconds that may be missing before a file counts as truncated
KIND = "This is no MP4, MOV or WebM video."
DAMAGED = "The video is damaged or incomplete."


class UnreadableVideo(ValueError):
    """The message is a sentence for people, and carries nothing of the file."""


@dataclass(frozen=True)
class VideoFacts:
    """`width` and `height` are of the upright frame."""

    duration: float  # seconds
    width: int
    height: int
    fps: float


@dataclass(frozen=True)
class Moment:
    """A frame that was chosen. `number` counts the steps of the chosen rate from the chosen start."""

    number: int
    time: float  # seconds from the video's beginning
    pixels: RGBImage


class Video:
    """An opened video; a context manager. Raises UnreadableVideo for what is none, or more than the limits allow."""

    def __init__(self, path: Path, *, max_pixels: int = MAX_PIXELS, max_seconds: float = MAX_SECONDS) -> None:
        self.stopped = False  # set from another thread: the iteration ends at the next frame
        demuxer = _demuxer(path)
        try:
            self.container = av.open(str(path), format=demuxer, options=OPTIONS)
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableVideo(DAMAGED) from error
        try:
            self.stream = self._stream(max_pixels)
            self.facts = self._look()
            if self.facts.duration > max_seconds:
                raise UnreadableVideo(f"The video is longer than {max_seconds / 3600:g} hours.")
            self.keys = self._keys()
        except (av.FFmpegError, ValueError) as error:
            self.container.close()
            if isinstance(error, UnreadableVideo):
                raise
            raise UnreadableVideo(DAMAGED) from error

    def _stream(self, max_pixels: int) -> Any:
        if not self.container.streams.video:
            raise UnreadableVideo("The file has no video in it.")
        stream = self.container.streams.video[0]
        context = stream.codec_context
        if context is None or context.name not in CODECS:
            raise UnreadableVideo("Its codec is not supported: export it as H.264, H.265, VP8, VP9 or AV1.")
        if context.width * context.height > max_pixels:
            raise UnreadableVideo(
                f"{context.width} × {context.height} pixels a frame are more than the "
                f"{max_pixels / 10**6:g} megapixels allowed."
            )
        context.options = {"max_pixels": str(max_pixels)}  # it may change its size on the way
        stream.thread_type = "AUTO"
        self.origin, self.base = stream.start_time or 0, float(stream.time_base or 0)
        return stream

    def _look(self) -> VideoFacts:
        """The first frame alone tells how the picture is turned."""
        for frame in self._decoded(None):
            turned = frame.rotation % 180 != 0
            width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
            return VideoFacts(self._duration(), width, height, float(self.stream.average_rate or 0))
        raise UnreadableVideo("No frame of the video can be read.")

    def _duration(self) -> float:
        if self.stream.duration:
            return float(self.stream.duration * self.base)
        if self.container.duration:
            return max(0.0, self.container.duration / av.time_base - self.origin * self.base)
        # What a browser recorded does not say: the last packet does.
        self._seek(0)
        last = max((packet.pts for packet in self._packets()), default=self.origin)
        return float((last - self.origin) * self.base)

    def _keys(self) -> list[float]:
        """When frames are shown from which decoding can begin, as far as the file has an index of them."""
        self._seek(0)  # a WebM's index is read when it is first needed
        first = next(self._packets(), None)
        marks = sorted(entry.timestamp for entry in self.stream.index_entries if entry.is_keyframe)
        # An MP4's index says when they are decoded, which is earlier where frames are stored in another order.
        earlier = first.pts - first.dts if first and first.pts not in marks and first.dts in marks else 0
        return [self._time(mark + earlier) for mark in marks]

    def frames(
        self, *, fps: float, start: float = 0.0, end: float = math.inf, after: int = -1
    ) -> Iterator[Moment]:
        """The first frame at or after each step of 1 / `fps` seconds from `start` until before `end`, but for the
        steps up to number `after`: to go on where another run ended gives what it would have given.

        Raises UnreadableVideo when the file breaks off, after all that could be read.
        """
        steps, time = _Steps(start, fps), start
        self._seek(steps.time(after + 1))
        going = True
        while going:
            going = False
            for frame in self._decoded(steps):
                time = self._time(frame.pts)
                if time >= end or self.stopped:
                    return
                if (number := steps.number(time)) <= after:
                    continue
                after = number
                yield Moment(number, time, upright(frame))
                if going := self._jump(time, steps.time(after + 1)):
                    break
        if not self.stopped and time < min(end, self.facts.duration) - CUT_SHORT:
            raise UnreadableVideo(f"The video is damaged: nothing can be read after {clock(time)}.")

    def near(self, seconds: float) -> Moment | None:
        """A frame shortly before `seconds` that costs little to get."""
        self._seek(seconds)
        for frame in self._decoded(None):
            return Moment(0, self._time(frame.pts), upright(frame))
        return None

    def _jump(self, here: float, there: float) -> bool:
        """Go to the last frame from which `there` can be decoded, where that saves decoding what lies between."""
        place = bisect.bisect_right(self.keys, there) - 1
        if place < 0 or self.keys[place] - here < WORTH_A_SEEK:
            return False
        self._seek(there)
        return True

    def _seek(self, seconds: float) -> None:
        """To the last frame from which what is shown at `seconds` can be decoded."""
        wanted = at = self.origin + round(seconds / self.base)
        while True:
            self.container.seek(at, stream=self.stream, backward=True)
            packet = next(self._packets(), None)
            if packet is None or packet.pts <= wanted:
                break
            # An MP4 is sought in by the time of decoding: what was found may be shown too late.
            earlier = max(self.origin, min(at, packet.pts if packet.dts is None else packet.dts) - 1)
            if earlier >= at:
                break
            at = earlier
        self.container.seek(at, stream=self.stream, backward=True)

    def _time(self, pts: int) -> float:
        return (pts - self.origin) * self.base

    def _packets(self) -> Iterator[Any]:
        """Those that say when they are shown, until the end or as far as the file can be read."""
        try:
            for packet in self.container.demux(self.stream):
                if packet.pts is not None and packet.size:
                    yield packet
        except (av.FFmpegError, ValueError):
            return

    def _decoded(self, steps: _Steps | None) -> Iterator[Any]:
        """Frames from where the file stands, in the order in which they are shown. With `steps`, those that no step
        needs and no other frame is made from may be missing."""
        context = self.stream.codec_context
        for packet, needed in self._ahead(steps):
            if self.stopped:
                return
            context.skip_frame = "DEFAULT" if needed else "NONREF"
            yield from self._decode(packet)
        yield from self._decode(None)

    def _decode(self, packet: Any) -> Iterator[Any]:
        try:
            frames = self.stream.decode(packet)
        except (av.FFmpegError, ValueError):  # one damaged packet: those after it may be good
            return
        yield from (frame for frame in frames if frame.pts is not None)

    def _ahead(self, steps: _Steps | None) -> Iterator[tuple[Any, bool]]:
        """Packets, and whether a step needs them: whether the frame shown before belongs to an earlier step. The
        frame before may be stored after it, so some packets are read ahead."""
        if steps is None:
            yield from ((packet, True) for packet in self._packets())
            return
        waiting: deque[Any] = deque()
        order, shown = deque[int](), list[int]()  # around here, as they are stored and as they are shown

        def next_one() -> tuple[Any, bool]:
            packet = waiting.popleft()
            place = bisect.bisect_left(shown, packet.pts)
            return packet, place == 0 or steps.number(self._time(shown[place - 1])) < steps.number(
                self._time(packet.pts)
            )

        for packet in self._packets():
            waiting.append(packet)
            order.append(packet.pts)
            bisect.insort(shown, packet.pts)
            if len(order) > 2 * REORDERED:
                del shown[bisect.bisect_left(shown, order.popleft())]
            if len(waiting) > REORDERED:
                yield next_one()
        while waiting:
            yield next_one()

    def close(self) -> None:
        self.container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class _Steps:
    start: float
    fps: float

    def number(self, time: float) -> int:
        # A hair's breadth forgives what a time loses on its way through a file's own units.
        return math.floor((time - self.start) * self.fps + 1e-4)

    def time(self, number: int) -> float:
        return self.start + number / self.fps


def upright(frame: Any) -> RGBImage:
    pixels: RGBImage = frame.to_ndarray(format="rgb24")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _demuxer(path: Path) -> str:
    with open(path, "rb") as file:
        head = file.read(16)
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[4:8] in MOV_ATOMS:
        return "mov"
    raise UnreadableVideo("The file is empty." if not head else KIND)
