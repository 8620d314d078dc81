"""From a trimap to its matte, as a job: closed-form matting in the inference worker."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from rest_framework.exceptions import ValidationError

from labeling.enqueue import INTERACTIVE
from labeling.errors import Conflict
from labeling.models import Image, Job, User
from labeling.models.matte import matte_key
from labeling.services.jobs import JobFailed, JobRun, job_create
from labeling.services.mattes import matte_upload, matte_visible

TASK = "inference.tasks.matte_solve"
STEPS = 100
LOOK_SECONDS = 0.3  # between looks at whether the job was cancelled
AT_ONCE = 2  # solves of a person that are waiting or at work
AROUND = 32  # pixels beyond a window that are solved with it: what lies there tells how it goes on


def solve_start(*, image: Image, by: User, trimap: str, window: list[int] | None = None) -> Job:
    """A job whose result is {alpha, seconds, unknown}: the matte's SHA-256, and how many pixels had to be found. Outside of
    `window` (x1, y1, x2, y2 in pixels) the matte is as the trimap says. Raises NotFound for a trimap that the person may
    not name, ValidationError for one of another size and a window that is none, Conflict while others of the person are at work."""
    matte = matte_visible(user=by, sha256=trimap)
    if (matte.width, matte.height) != (image.width, image.height):
        raise ValidationError(
            {"trimap": [f"It is {matte.width} × {matte.height} pixels, and the image {image.width} × {image.height}."]}
        )  # fmt: skip
    if window is not None:
        x1, y1, x2, y2 = window
        if not (0 <= x1 < x2 <= image.width and 0 <= y1 < y2 <= image.height):
            raise ValidationError({"window": ["x1 < x2 and y1 < y2 inside the image are expected."]})
    _refuse_too_many(by)
    return job_create(
        project=image.project, kind=Job.Kind.SOLVE, task=TASK, queue="inference", by=by, total=STEPS, priority=INTERACTIVE,
        params={"image": image.pk, "trimap": trimap, "window": window},
    )  # fmt: skip


def _refuse_too_many(by: User) -> None:
    """They go before everything else, and each may take a minute: one person's may not hold up all the others."""
    active = Job.objects.filter(kind=Job.Kind.SOLVE, created_by=by).exclude(state__in=Job.FINISHED)
    if active.count() >= AT_ONCE:
        raise Conflict(f"{AT_ONCE} trimaps of yours are being solved: wait for one, or cancel it.")


def matte_solve(*, run: JobRun) -> None:
    """The job's work."""
    from vision.images import UnreadableImage, read_rgb
    from vision.mattes import UnreadableMatte, alpha_png, read_levels, to_levels
    from vision.matting import NothingToSolve, solve_alpha

    params = run.job.params
    image = Image.objects.get(pk=params["image"])
    begun = time.monotonic()
    try:
        pixels = read_rgb(_content(image.file_key))
        trimap = read_levels(_content(matte_key(params["trimap"])), (image.width, image.height))
    except (FileNotFoundError, UnreadableImage, UnreadableMatte) as error:
        raise JobFailed(
            "The image's file or the trimap's is missing from the storage, or damaged."
        ) from error
    x1, y1, x2, y2 = params["window"] or (0, 0, image.width, image.height)
    left, top = max(0, x1 - AROUND), max(0, y1 - AROUND)
    wide, inside = np.s_[top : y2 + AROUND, left : x2 + AROUND], np.s_[y1:y2, x1:x2]
    try:
        found = solve_alpha(pixels[wide], trimap[wide], on_progress=_reporting(run))
    except NothingToSolve as error:
        seen = (
            " Only what is in sight was looked at: zoom out, or solve the whole image."
            if params["window"]
            else ""
        )
        raise JobFailed(f"{error}{seen}") from error
    alpha = trimap.copy()
    alpha[inside] = to_levels(found[y1 - top : y2 - top, x1 - left : x2 - left])
    assert run.job.created_by
    matte = matte_upload(user=run.job.created_by, data=alpha_png(alpha))
    unknown = int(np.count_nonzero((trimap[inside] != 0) & (trimap[inside] != 255)))
    result = {"alpha": matte.sha256, "seconds": round(time.monotonic() - begun, 3), "unknown": unknown}
    run.progress(STEPS, result=result)


def compile_ahead() -> None:
    """What solves is compiled once a machine, for half a minute: in the background, before somebody waits for it."""
    from vision.matting import compiled

    if not compiled():
        subprocess.Popen(
            [sys.executable, "-m", "vision.matting"], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # fmt: skip


def _content(key: str) -> bytes:
    with default_storage.open(key) as file:
        return file.read()


def _reporting(run: JobRun) -> Any:
    """Says how far it is, and ends it by Cancelled where that was asked for."""
    looked = 0.0

    def on_progress(share: float) -> None:
        nonlocal looked
        if time.monotonic() - looked < LOOK_SECONDS:
            return
        looked = time.monotonic()
        run.check_cancelled()
        run.progress(int(share * STEPS))

    return on_progress
