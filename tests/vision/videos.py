"""Small videos for tests, made on the spot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np


def numbered(number: int, width: int = 320, height: int = 240) -> np.ndarray:
    """A frame that tells its number: 12 fields, light or dark, are its bits; light moves over the rest."""
    frame = np.full((height, width, 3), 60, np.uint8)
    side = width // 12
    for bit in range(12):
        frame[:side, bit * side : (bit + 1) * side] = 230 if number >> bit & 1 else 20
    cv2.circle(frame, (number * 7 % width, height // 2 + number % 50), 25, (200, 160, 90), -1)
    return frame


def number_of(frame: np.ndarray, width: int = 320) -> int:
    side = width // 12
    return sum(1 << bit for bit in range(12) if frame[side // 2, bit * side + side // 2].mean() > 125)


def write_video(
    path: Path, frames: Iterable[np.ndarray], *, fps: int = 10, codec: str = "libx264", audio: bool = False,
    times: Callable[[int], float] | None = None, turned: int = 0, first: bool = False, **options: str,
) -> Path:  # fmt: skip
    """`times` gives the seconds of each frame where they are not even; with `first`, the index stands before the frames."""
    try:
        return _write(path, frames, fps, codec, audio, times, turned, first, options)
    finally:
        # SVT-AV1 as root makes the thread that calls it a real-time one. Whatever this process starts from then on would
        # be, too: a browser, a server, and everything else on the machine would wait for them.
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _write(
    path: Path, frames: Iterable[np.ndarray], fps: int, codec: str, audio: bool, times: Callable[[int], float] | None,
    turned: int, first: bool, options: dict[str, str],
) -> Path:  # fmt: skip
    with av.open(str(path), "w", options={"movflags": "faststart"} if first else {}) as container:
        stream = None
        for number, pixels in enumerate(frames):
            if stream is None:
                stream = container.add_stream(codec, rate=fps, options=options)
                stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], "yuv420p"
                stream.codec_context.time_base = Fraction(1, 1000)
                if turned:
                    stream.set_display_rotation(turned)
                sound = container.add_stream("aac", rate=44100) if audio else None
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = round(1000 * (times(number) if times else number / fps))
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        if sound:
            silence = av.AudioFrame.from_ndarray(
                np.zeros((2, 1024), np.float32), format="fltp", layout="stereo"
            )
            silence.sample_rate, silence.pts = 44100, 0
            container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
        container.mux(stream.encode(None))
    return path


def count(frames: int, **size: int) -> Iterator[np.ndarray]:
    return (numbered(number, **size) for number in range(frames))
