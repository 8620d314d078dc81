"""What a video's import would take: a few moments of it, and about how many images there would be."""

from __future__ import annotations

import math
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from labeling.services.importfiles import preview_key
from labeling.services.jobs import JobRun, room_or_failed
from labeling.services.video import face_finder, part_of, video_opened

SAMPLES = 12
WIDEST = 640  # pixels of a sample's picture
QUALITY = 80


def preview_video_run(*, run: JobRun) -> None:
    """Moments that are quick to reach, spread over the part, with the boxes of their tiles in pixels of the video."""
    from vision.gallery import WHOLE, Gallery
    from vision.images import jpeg
    from vision.runtime import resize

    params = run.job.params
    with room_or_failed("The storage is full: there is no preview."), video_opened(run) as video:
        start, end = part_of(run, video)
        run.write(total=SAMPLES)
        gallery = Gallery(face_finder()) if params["split_gallery"] else None
        samples: list[dict[str, Any]] = []
        for number in range(SAMPLES):
            run.check_cancelled()
            moment = video.near(start + (number + 0.5) * (end - start) / SAMPLES)
            if moment is None or (samples and moment.time <= samples[-1]["time"]):
                continue  # a short video has fewer places to begin at
            height, width = moment.pixels.shape[:2]
            tiles = gallery.tiles(moment.pixels, moment.time) if gallery else {WHOLE: (0, 0, width, height)}
            scale = min(1, WIDEST / width)
            small = resize(moment.pixels, round(width * scale), max(1, round(height * scale)))
            default_storage.save(preview_key(run.job.pk, len(samples)), ContentFile(jpeg(small, QUALITY)))
            samples.append({"time": round(moment.time, 3), "boxes": list(tiles.values())})
            run.progress(number + 1)
        run.progress(SAMPLES, result=_result(run, video.facts, samples, end - start))


def _result(run: JobRun, facts: Any, samples: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    tiles = [len(sample["boxes"]) for sample in samples]
    # A video has no more moments to take than frames.
    rate = min(run.job.params["fps"], facts.fps or math.inf)
    moments = max(1, math.ceil(seconds * rate))
    return {
        "file": run.job.params["file"], "name": run.job.params["name"], "duration": facts.duration, "width": facts.width,
        "height": facts.height, "fps": facts.fps, "samples": samples, "tiles": max(tiles, default=1),
        "frames": round(moments * sum(tiles) / max(1, len(tiles))),
    }  # fmt: skip
