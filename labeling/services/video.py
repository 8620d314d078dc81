"""Frames of a meeting's recording into a project, as a job that goes on where it ended before its time."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings

from labeling.errors import StorageFull
from labeling.models import Image, ImportFile, Job, Project, User
from labeling.services.images import Arrivals, Origin, images_create
from labeling.services.importfiles import importfile_opened
from labeling.services.jobs import (
    BROUGHT_WAS_KEPT,
    Cancelled,
    JobFailed,
    JobRun,
    job_create,
    room_or_failed,
)
from labeling.uploads import Incoming

if TYPE_CHECKING:
    from vision.base import RGBImage
    from vision.duplicates import NearDuplicates
    from vision.gallery import Gallery
    from vision.video import Moment, Video

TOGETHER = 32  # images stored at once
REPORT_SECONDS = 2.0
AHEAD_BYTES = 48 * 1024**2  # of frames that are decoded and not yet looked at
QUALITY = 92


def import_video(
    *, project: Project, by: User, file: ImportFile, group: str = "", preview: bool = False, fps: float = 1.0,
    split_gallery: bool = False, near_duplicates: int = 4, start: float = 0.0, end: float | None = None,
) -> Job:  # fmt: skip
    """A job that takes frames out of a video; with `preview`, one that only looks at what it would take.

    One meeting is one group, so that its people are never on both sides of a split.
    """
    task, kind = ("preview_video_run", Job.Kind.PREVIEW) if preview else ("import_video_run", Job.Kind.IMPORT)
    return job_create(
        project=project, kind=kind, task=f"labeling.tasks.imports.{task}", queue="default", by=by,
        params={
            "file": file.pk, "name": file.name, "group": group or file.name[:200], "preview": preview, "fps": fps,
            "split_gallery": split_gallery, "near_duplicates": near_duplicates, "start": start, "end": end,
        },
    )  # fmt: skip


@contextmanager
def video_opened(run: JobRun) -> Iterator[Video]:
    from vision.video import UnreadableVideo, Video, clock

    with importfile_opened(pk=run.job.params["file"]) as path:
        try:
            video = Video(path, max_pixels=settings.MAX_IMAGE_PIXELS, max_seconds=settings.MAX_VIDEO_SECONDS)
        except UnreadableVideo as error:
            raise JobFailed(str(error)) from error
        with video:
            if run.job.params["start"] >= video.facts.duration > 0:
                raise JobFailed(f"The video ends at {clock(video.facts.duration)}, before the chosen start.")
            yield video


def part_of(run: JobRun, video: Video) -> tuple[float, float]:
    """From where to where, in seconds."""
    params = run.job.params
    return params["start"], min(params["end"] or math.inf, video.facts.duration)


def face_finder() -> Callable[[RGBImage], list[Any]]:
    """Boxes of a frame's faces; the model is loaded when a frame without a grid asks for them."""
    found: list[Any] = []

    def find(pixels: RGBImage) -> list[Any]:
        from vision.faces import FaceFinder

        if not found:
            found.append(FaceFinder())
        return [box for box, _ in found[0].find([pixels])[0]]

    return find


def import_video_run(*, run: JobRun) -> None:
    """Frames in their order, decoded ahead while those before are stored."""
    from vision.video import UnreadableVideo

    params = run.job.params
    with room_or_failed(BROUGHT_WAS_KEPT), video_opened(run) as video:
        start, end = part_of(run, video)
        total = math.ceil(end - start)
        run.write(total=total)
        taking = _Taking.begun(run)
        frames = video.frames(
            fps=params["fps"], start=start, end=params["end"] or math.inf, after=taking.after
        )
        ahead = max(2, AHEAD_BYTES // (3 * video.facts.width * video.facts.height))
        with taking.complete():
            try:
                for moment in _decoded_ahead(run, video, frames, ahead):
                    taking.take(moment)
            except Cancelled:
                taking.store(report=True)
                raise
            except UnreadableVideo as error:
                taking.store()
                if not taking.arrivals.created and not taking.arrivals.duplicates:
                    raise JobFailed(str(error)) from error
                run.error(params["name"], str(error))
            taking.store(report=True, done=total, ended=True)


def _decoded_ahead(run: JobRun, video: Video, frames: Iterator[Moment], size: int) -> Iterator[Moment]:
    """`frames`, decoded in a thread of their own. Looks once a second whether the job was cancelled."""
    ready: queue.Queue[Moment | Exception | None] = queue.Queue(size)
    checked = monotonic()

    def put(item: Moment | Exception | None) -> None:
        while not video.stopped:
            try:
                return ready.put(item, timeout=0.2)
            except queue.Full:
                continue

    def decode() -> None:
        try:
            for moment in frames:
                put(moment)
            put(None)
        except Exception as error:  # raised again where the frames are wanted
            put(error)

    thread = threading.Thread(target=decode, name="decoder", daemon=True)
    thread.start()
    try:
        while True:
            if monotonic() - checked > 1:
                run.check_cancelled()
                checked = monotonic()
            try:
                item = ready.get(timeout=1)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        video.stopped = True
        thread.join()


@dataclass
class _Taking:
    """What a run has taken by now. All that later frames are judged by goes into the job's result with every report,
    so that another attempt decides as this one would have. It is as of the last frame that is stored: what did not
    find room is taken again."""

    run: JobRun
    near: NearDuplicates
    gallery: Gallery | None
    arrivals: Arrivals = field(default_factory=Arrivals)
    after: int = -1  # the number of the last step that was looked at
    frames: int = 0
    dropped: int = 0
    time: float = 0.0
    waiting: list[tuple[Incoming, Origin]] = field(default_factory=list)
    reported: float = field(default_factory=monotonic)
    stored: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.stored = self._state()

    @classmethod
    def begun(cls, run: JobRun) -> _Taking:
        """From the beginning, or from where the attempt before reported last."""
        from vision.duplicates import NearDuplicates
        from vision.gallery import Gallery

        params, said = run.job.params, run.job.result or {}
        near, gallery = NearDuplicates(params["near_duplicates"]), None
        if params["split_gallery"]:
            gallery = Gallery(face_finder())
        if not (resume := said.get("resume")):
            return cls(run, near, gallery, time=params["start"])
        near.kept = resume["kept"]
        if gallery:
            gallery = Gallery.from_json(gallery.find_faces, resume["gallery"])
        arrivals = Arrivals(said["created"], said["duplicates"])  # what was rejected comes again
        return cls(
            run, near, gallery, arrivals, resume["after"], said["frames"], said["near_duplicates"], resume["time"]
        )  # fmt: skip

    def take(self, moment: Moment) -> None:
        from vision.gallery import WHOLE

        height, width = moment.pixels.shape[:2]
        tiles = (
            self.gallery.tiles(moment.pixels, moment.time) if self.gallery else {WHOLE: (0, 0, width, height)}
        )
        for tile, (x1, y1, x2, y2) in tiles.items():
            self._keep(moment.time, tile, (x1, y1, x2, y2), moment.pixels[y1:y2, x1:x2])
        self.after, self.time, self.frames = moment.number, moment.time, self.frames + 1
        late = monotonic() - self.reported > REPORT_SECONDS
        if late or len(self.waiting) >= TOGETHER:
            self.store(report=late)

    def _keep(self, seconds: float, tile: str, box: tuple[int, int, int, int], pixels: RGBImage) -> None:
        from vision.images import jpeg

        if self.near.is_one(tile, pixels):
            self.dropped += 1
            return
        params = self.run.job.params
        attributes: dict[str, Any] = {"video": params["name"]}
        if tile:
            attributes |= {"tile": tile, "box": list(box)}
        incoming = Incoming(frame_name(params["name"], seconds, tile))
        self.waiting.append((incoming, Origin(video_time=round(seconds, 3), attributes=attributes)))
        incoming.write(jpeg(pixels, QUALITY))
        incoming.close()

    def store(self, *, report: bool = False, done: int | None = None, ended: bool = False) -> None:
        """Bring in what waits. A report always follows the storing of all that it speaks of."""
        waiting, self.waiting = self.waiting, []
        rejected: list[dict[str, str]] = []
        if waiting:
            arrivals = images_create(
                project=self.run.job.project, files=[file for file, _ in waiting],
                origins=[origin for _, origin in waiting], source=Image.Source.VIDEO, group=self.run.job.params["group"],
            )  # fmt: skip
            self.arrivals.add(arrivals)
            rejected = arrivals.rejected
        if rejected:  # the project is full: the rest would be, too
            self._report()
            raise JobFailed(rejected[0]["reason"])
        self.stored = self._state()
        if report:
            self._report(done, ended)

    def _report(self, done: int | None = None, ended: bool = False) -> None:
        passed = int(self.stored["resume"]["time"] - self.run.job.params["start"])
        result = self.arrivals.to_json() | self.stored
        if ended:
            del result["resume"]
        self.run.progress(passed if done is None else done, result=result)
        self.reported = monotonic()

    def _state(self) -> dict[str, Any]:
        gallery = self.gallery.to_json() if self.gallery else None
        resume = {"after": self.after, "time": self.time, "kept": dict(self.near.kept), "gallery": gallery}
        return {"frames": self.frames, "near_duplicates": self.dropped, "resume": resume}

    @contextmanager
    def complete(self) -> Iterator[None]:
        """Where the disk is full, the result still names all that came; frames that were lost are taken again."""
        try:
            yield
        except (StorageFull, OSError):
            for file, _ in self.waiting:
                file.discard()
            self._report()
            raise


def frame_name(video: str, seconds: float, tile: str = "") -> str:
    """Such as `call-00h12m03.000s-r1c2.jpg`: in order by name."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    moment = f"{minutes // 60:02}h{minutes % 60:02}m{rest / 1000:06.3f}s"
    return f"{Path(video).stem[:200]}-{moment}{tile and '-'}{tile}.jpg"
