"""Imports as jobs."""

from __future__ import annotations

from collections.abc import Sequence

from labeling.models import Image, Job, Project, User
from labeling.services.fetch import Refused, fetch
from labeling.services.images import Arrivals, images_create
from labeling.services.jobs import JobRun, job_create


def import_urls(*, project: Project, by: User, urls: Sequence[str], group: str = "") -> Job:
    """A job that fetches each address and brings what it finds into the project."""
    unique = list(dict.fromkeys(url.strip() for url in urls if url.strip()))
    return job_create(
        project=project, kind=Job.Kind.IMPORT, task="labeling.tasks.imports.import_urls_run", queue="default", by=by,
        params={"urls": unique, "group": group}, total=len(unique),
    )  # fmt: skip


def import_urls_run(*, run: JobRun) -> None:
    """One address after another. A second attempt finds what the first one brought as duplicates."""
    arrivals = Arrivals()
    for number, url in enumerate(run.job.params["urls"]):
        run.check_cancelled()
        arrivals.add(_import_url(run, url))
        run.progress(number + 1, result=arrivals.to_json())


def _import_url(run: JobRun, url: str) -> Arrivals:
    try:
        incoming = fetch(url)
    except Refused as error:
        return Arrivals(rejected=[{"name": url, "reason": str(error)}])
    arrivals = images_create(
        project=run.job.project,
        files=[incoming],
        urls=[url],
        source=Image.Source.URL,
        group=run.job.params["group"],
    )
    for row in arrivals.rejected + arrivals.duplicates:
        row["name"] = url
    return arrivals
