"""An hour of meeting, 1280 × 720 at 30 frames a second, imported at one image a second: through a real worker process
into PostgreSQL and storage, with every frame kept and with near-duplicates left out, in turns with PyAV decoding the
same file and doing nothing with it; and the worker's memory for a minute and for the hour.

python -m config.local env -- python -m benchmarks.video --data FOLDER_OF_CLIPS
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from django.core.management import call_command

from benchmarks.stack import person, yardstick
from labeling.models import User
from labeling.services.importfiles import importfile_create
from labeling.services.projects import project_create
from labeling.services.video import import_video
from labeling.uploads import Incoming

WIDTH, HEIGHT, RATE = 1280, 720, 30
# Frames of what is looped: prime to a second's, so that the hour's images are all different frames. (Where nothing moves
# the encoder repeats a frame to the bit; those come in once.)
LOOP = 3607
# In a process of its own, so that its peak is this one task's. What it prints: seconds, peak in kB, state, images.
WORKER = """
import resource, sys, time
from pathlib import Path
import benchmarks.stack
from labeling.models import Job
from labeling.tasks.imports import import_video_run
begun = time.perf_counter()
import_video_run(int(sys.argv[1]), 1)
seconds = time.perf_counter() - begun
job = Job.objects.get(pk=int(sys.argv[1]))
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, job.state, len(job.result["created"]), job.result["near_duplicates"])
"""
BARE = """
import resource, sys, time, av
begun = time.perf_counter()
with av.open(sys.argv[1]) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    frames = sum(1 for _ in container.decode(stream))
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, frames)
"""


def loop_of(clips: list[Path], out: Path) -> None:
    """The clips in turn, each made to fit."""
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, frame in zip(range(LOOP), _frames(clips), strict=False):
            fitted = frame.reformat(WIDTH, HEIGHT, "yuv420p")
            fitted.pts, fitted.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(fitted))
        container.mux(stream.encode(None))


def _frames(clips: list[Path]) -> Iterator[Any]:
    while True:
        for clip in clips:
            with av.open(str(clip)) as container:
                yield from container.decode(video=0)


def looped(loop: Path, out: Path, times: int) -> None:
    """The same packets again and again: nothing is encoded a second time."""
    with av.open(str(out), "w") as container:
        target = None
        for turn in range(times):
            with av.open(str(loop)) as source:
                stream = source.streams.video[0]
                target = target or container.add_stream_from_template(stream)
                shift = round(turn * LOOP / RATE / stream.time_base)
                for packet in source.demux(stream):
                    if packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, target
                        container.mux(packet)


def arrived(video: Path) -> Incoming:
    incoming = Incoming(video.name, largest=1 << 40)
    with open(video, "rb") as file:
        while data := file.read(1 << 20):
            incoming.write(data)
    incoming.close()
    return incoming


def child(program: str, argument: object) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(argument)], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.split()


Import = tuple[float, float, int, int]


class Round(NamedTuple):
    """Seconds of decoding alone, and the two imports beside it."""

    bare: float
    every: Import
    near: Import


def imported(user: User, video: Path, **params: object) -> Import:
    """Seconds, peak megabytes, images and near-duplicates of an import into a project that has none of them."""
    project = project_create(by=user, name="Meeting", kind="classification", categories=[{"name": "a"}])
    file = importfile_create(project=project, by=user, incoming=arrived(video))
    job = import_video(project=project, by=user, file=file, **params)  # type: ignore[arg-type]
    seconds, peak, state, images, near = child(WORKER, job.pk)
    assert state == "succeeded"
    return float(seconds), int(peak) / 1024, int(images), int(near)


def one_round(user: User, video: Path, number: int) -> Round:
    bare = float(child(BARE, video)[0])
    # Every frame is kept, and stored: each project has none of them yet.
    done = Round(bare, imported(user, video, near_duplicates=0), imported(user, video))
    print(
        f"round {number}: bare {bare:.1f} s; every frame kept {done.every[0]:.1f} s, {done.every[0] / bare:.2f} times; "
        f"near-duplicates left out {done.near[0]:.1f} s, {done.near[0] / bare:.2f} times",
        flush=True,
    )
    return done


def told(rounds: list[Round], short: Import, split: Import) -> None:
    every, near = rounds[-1].every, rounds[-1].near
    bare, kept, left = (
        statistics.median(seconds)
        for seconds in zip(*((one.bare, one.every[0], one.near[0]) for one in rounds), strict=True)
    )
    print("\n| | seconds | peak memory | images |\n|---|---|---|---|")
    print(f"| bare PyAV decoding of all | {bare:.1f} | | |")
    print(f"| import of all, every frame kept | {kept:.1f} | {every[1]:.0f} MB | {every[2]:,} |")
    print(
        f"| import of all, near-duplicates left out | {left:.1f} | {near[1]:.0f} MB | {near[2]:,} ({near[3]:,} left out) |"
    )
    print(f"| import of the minute | {short[0]:.1f} | {short[1]:.0f} MB | {short[2]:,} |")
    print(f"| import of the minute, split into tiles | {split[0]:.1f} | {split[1]:.0f} MB | {split[2]:,} |\n")
    for what, ratios in (
        ("every frame kept", [one.every[0] / one.bare for one in rounds]),
        ("near-duplicates left out", [one.near[0] / one.bare for one in rounds]),
    ):
        listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(
            f"Import against bare decoding, {what}, round by round: {listed}; the median {statistics.median(ratios):.2f}."
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of MP4 clips")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=60, help="of the video; an hour is what is told of")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    user, _ = person("manager")
    before = yardstick()
    with tempfile.TemporaryDirectory() as folder:
        loop, video = Path(folder, "loop.mp4"), Path(folder, "meeting.mp4")
        loop_of(sorted(options.data.glob("*.mp4")), loop)
        looped(loop, video, max(1, round(options.minutes * 60 * RATE / LOOP)))
        print(
            f"{options.minutes} minutes: {WIDTH} × {HEIGHT}, {RATE} frames a second, H.264, "
            f"{video.stat().st_size / 1e6:,.0f} MB.\n"
        )
        rounds = [one_round(user, video, number) for number in range(1, options.rounds + 1)]
        short = imported(user, video, near_duplicates=0, end=60)
        split = imported(user, video, split_gallery=True, end=60)
    told(rounds, short, split)
    print(
        f"Yardstick: a bare loop of 3,000,000 turns took {before:.0f} ms before this, {yardstick():.0f} ms after it."
    )


if __name__ == "__main__":
    main()
