"""Imports as jobs."""

from __future__ import annotations

import errno
import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from labeling.errors import StorageFull
from labeling.models import Image, Job, Project, User
from labeling.services.fetch import Refused, fetch, without_credentials
from labeling.services.images import Arrivals, Origin, images_create
from labeling.services.jobs import Cancelled, JobRun, job_create
from labeling.uploads import Incoming

logger = logging.getLogger(__name__)
AT_ONCE = 8  # addresses being fetched: one slow server does not hold up the others
REPORT_SECONDS = 2.0  # the result grows to a megabyte, too much to write after every image
Fetched = Incoming | Refused


def import_urls(*, project: Project, by: User, urls: Sequence[str], group: str = "") -> Job:
    """A job that fetches each address and brings what it finds into the project.

    Every member can read a job: credentials are taken out of an address before it is written down. (None with any
    is fetched: a token goes nowhere that somebody only typed.)
    """
    unique = list(dict.fromkeys(without_credentials(url.strip()) for url in urls if url.strip()))
    return job_create(
        project=project, kind=Job.Kind.IMPORT, task="labeling.tasks.imports.import_urls_run", queue="default", by=by,
        params={"urls": unique, "group": group}, total=len(unique),
    )  # fmt: skip


def import_urls_run(*, run: JobRun) -> None:
    """Addresses in their order, some being fetched ahead. A second attempt finds what the first brought as duplicates."""
    arrivals, done, reported = Arrivals(), 0, time.monotonic()
    try:
        for url, found in _fetched(run, run.job.params["urls"]):
            arrivals.add(_bring(run, url, found))
            done += 1
            if time.monotonic() - reported > REPORT_SECONDS:
                run.progress(done, result=arrivals.to_json())
                reported = time.monotonic()
    except Cancelled:
        run.progress(done, result=arrivals.to_json())
        raise
    run.progress(done, result=arrivals.to_json())


def _fetched(run: JobRun, urls: Sequence[str]) -> Iterator[tuple[str, Fetched]]:
    fetchers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
    ahead: deque[tuple[str, Future[Fetched]]] = deque()
    left = deque(urls)
    try:
        while left or ahead:
            while left and len(ahead) < AT_ONCE:
                url = left.popleft()
                ahead.append((url, fetchers.submit(_fetch, url)))
            url, future = ahead[0]
            found = _wait(run, future)
            ahead.popleft()
            yield url, found
    finally:
        for _, future in ahead:  # cancelled, or worse: what still arrives is not wanted
            future.add_done_callback(_discard)
        fetchers.shutdown(wait=False, cancel_futures=True)


def _wait(run: JobRun, future: Future[Fetched]) -> Fetched:
    while True:
        run.check_cancelled()
        try:
            return future.result(timeout=1)
        except TimeoutError:
            continue


def _discard(future: Future[Fetched]) -> None:
    if (
        not future.cancelled()
        and future.exception() is None
        and isinstance(found := future.result(), Incoming)
    ):
        found.discard()


def _fetch(url: str) -> Fetched:
    try:
        return fetch(url)
    except Refused as error:
        return error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        logger.exception("an address could not be fetched")
    except Exception:  # whatever a server makes of a library: the other addresses have nothing to do with it
        logger.exception("an address could not be fetched")
    return Refused("The address could not be fetched.")


def _bring(run: JobRun, url: str, found: Fetched) -> Arrivals:
    if isinstance(found, Refused):
        return Arrivals(rejected=[{"name": url, "reason": str(found)}])
    arrivals = images_create(
        project=run.job.project,
        files=[found],
        origins=[Origin(url=url)],
        source=Image.Source.URL,
        group=run.job.params["group"],
    )
    for row in arrivals.rejected + arrivals.duplicates:
        row["name"] = url
    return arrivals
