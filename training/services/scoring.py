"""Having a version speak of images from inside a job, through the inference worker."""

from __future__ import annotations

import time
from collections.abc import Sequence

from inference.models import ModelVersion
from inference.services.prelabel import prelabel_start, versions_missing
from labeling.models import Job
from labeling.services.jobs import JobRun

SCORING_SECONDS = 600  # without a sign of progress


def images_score(run: JobRun, version: ModelVersion, ids: Sequence[int], what: str) -> str:
    """Have the version speak of those of these images that it has not spoken of. Returns why it could not."""
    missing = versions_missing(version=version, ids=ids)
    if not missing:
        return ""
    job = prelabel_start(version=version, by=run.job.created_by, ids=missing)
    run.log(f"Scoring {version.model} {version.number} on {len(missing)} {what}.")
    done, end = job.done, time.monotonic() + SCORING_SECONDS
    while job.state not in Job.FINISHED:
        if job.done > done:
            done, end = job.done, time.monotonic() + SCORING_SECONDS
        if time.monotonic() > end:
            raise TimeoutError(f"The inference worker has not scored the {what}.")
        run.check_cancelled()
        time.sleep(0.1)
        job.refresh_from_db()
    if job.state == Job.State.SUCCEEDED:
        return ""
    why = job.errors[-1]["reason"] if job.errors else f"the job was {job.state}"
    return f"{version.model} {version.number} could not be scored on the {what}: {why}."
