"""Imports as jobs."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, fields

from labeling.errors import NO_ROOM, StorageFull
from labeling.imagefiles import RejectedImage, inspect
from labeling.models import Image, Job, Project, User
from labeling.services.fetch import Refused, check, fetch, without_credentials
from labeling.services.images import Arrivals, Origin, images_create
from labeling.services.jobs import BROUGHT_WAS_KEPT, JobFailed, JobRun, job_create, room_or_failed
from labeling.services.nearduplicates import Near, near_duplicates
from labeling.services.pages import Page
from labeling.services.renditions import perceptual_hash
from labeling.services.visits import Visit
from labeling.uploads import Incoming

logger = logging.getLogger(__name__)
AT_ONCE = 8  # addresses being fetched: one slow server does not hold up the others
REPORT_SECONDS = 2.0  # the result grows to a megabyte, too much to write after every image
SMALLEST_OF_PAGE = 200  # pixels: what is smaller on a page decorates it
Fetched = Incoming | Page | Refused


def import_urls(
    *, project: Project, by: User, urls: Sequence[str], group: str = "", min_width: int = 0, min_height: int = 0,
    skip_near_duplicates: bool = False,
) -> Job:  # fmt: skip
    """A job that fetches each address and brings what it finds into the project.

    Every member can read a job: credentials are taken out of an address before it is written down. (None with any
    is fetched: a token goes nowhere that somebody only typed.) Somebody chose each address, so robots.txt, which is
    for programs that find their own way, is not asked, and a host may be asked for several images at once.
    """
    unique = list(dict.fromkeys(without_credentials(url.strip()) for url in urls if url.strip()))
    return job_create(
        project=project, kind=Job.Kind.IMPORT, task="labeling.tasks.imports.import_urls_run", queue="default", by=by,
        params={
            "urls": unique, "group": group, "smallest": (min_width, min_height), "skip_near_duplicates": skip_near_duplicates,
        },
        total=len(unique),
    )  # fmt: skip


def import_page(
    *, project: Project, by: User, page_url: str, group: str = "", min_width: int = SMALLEST_OF_PAGE,
    min_height: int = SMALLEST_OF_PAGE, skip_near_duplicates: bool = False,
) -> Job:  # fmt: skip
    """A job that brings the images of a web page, politely: one after another, as robots.txt allows.

    Raises Refused for what can be told to be no page's address.
    """
    page_url = page_url.strip()
    check(page_url)
    return job_create(
        project=project, kind=Job.Kind.IMPORT, task="labeling.tasks.imports.import_page_run", queue="default", by=by,
        params={
            "page_url": page_url, "group": group, "smallest": (min_width, min_height),
            "skip_near_duplicates": skip_near_duplicates,
        },
    )  # fmt: skip


def import_urls_run(*, run: JobRun) -> None:
    """Addresses in their order, some being fetched ahead."""
    with room_or_failed(BROUGHT_WAS_KEPT):
        _bring_all(run, run.job.params["urls"], fetch, AT_ONCE)


def import_page_run(*, run: JobRun) -> None:
    visit = Visit()
    try:
        with room_or_failed(BROUGHT_WAS_KEPT):
            _bring_page(run, visit)
    finally:
        visit.ended.set()


def _bring_all(run: JobRun, urls: Sequence[str], how: Callable[[str], Incoming | Page], at_once: int) -> None:
    """But for the addresses that an attempt before has told of."""
    bringing = _Bringing.begun(run)
    told = bringing.told()
    left = [url for url in urls if url not in told]
    bringing.done = len(urls) - len(left)
    bringing.bring(_fetched(run, left, how, at_once))


def _bring_page(run: JobRun, visit: Visit) -> None:
    page_url = run.job.params["page_url"]
    ((_, page),) = _fetched(run, [page_url], visit.page, 1)
    if isinstance(page, Refused):
        raise JobFailed(str(page))
    if isinstance(page, Incoming):
        run.write(total=1)
        _Bringing.begun(run).bring(found for found in [(page_url, page)])
        return
    if not page.images:
        raise JobFailed("The page names no images. Those that a script adds to it later are not seen.")
    run.write(total=len(page.images))
    if page.more:
        run.log(f"The page names more images than are taken at once: the first {len(page.images):,} of them.")
    _bring_all(run, page.images, visit.image, 1)


@dataclass
class _Bringing:
    """What a run has brought by now. What an attempt before brought and could not tell of is found as a duplicate."""

    run: JobRun
    arrivals: Arrivals
    done: int = 0

    @classmethod
    def begun(cls, run: JobRun) -> _Bringing:
        names = [field.name for field in fields(Arrivals)]
        return cls(run, Arrivals(**{name: (run.job.result or {}).get(name, []) for name in names}))

    def told(self) -> set[str]:
        said = self.arrivals
        rows = said.duplicates + said.rejected + said.near_duplicates
        created = Image.objects.filter(id__in=said.created).values_list("source_url", flat=True)
        return {row["name"] for row in rows}.union(created)

    def bring(self, fetched: Generator[tuple[str, Fetched]]) -> None:
        reported = time.monotonic()
        try:
            with closing(fetched):  # what was fetched ahead is forgotten before the job ends
                for url, found in fetched:
                    self.arrivals.add(_bring(self.run, url, found))
                    self.done += 1
                    if time.monotonic() - reported > REPORT_SECONDS:
                        self._report()
                        reported = time.monotonic()
        finally:
            self._report()

    def _report(self) -> None:
        near = self.arrivals.near_duplicates
        self.run.progress(self.done, result={**self.arrivals.to_json(), "near_duplicates": near})


def _fetched(
    run: JobRun, urls: Sequence[str], how: Callable[[str], Incoming | Page], at_once: int
) -> Generator[tuple[str, Fetched]]:
    fetchers = ThreadPoolExecutor(at_once, thread_name_prefix="fetch")
    ahead: deque[tuple[str, Future[Fetched]]] = deque()
    left = deque(urls)
    try:
        while left or ahead:
            while left and len(ahead) < at_once:
                url = left.popleft()
                ahead.append((url, fetchers.submit(_fetch, url, how)))
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


def _fetch(url: str, how: Callable[[str], Incoming | Page]) -> Fetched:
    try:
        return how(url)
    except Refused as error:
        return error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull from error
        logger.exception("an address could not be fetched")
    except Exception:  # whatever a server makes of a library: the other addresses have nothing to do with it
        logger.exception("an address could not be fetched")
    return Refused("The address could not be fetched.")


def _bring(run: JobRun, url: str, found: Fetched) -> Arrivals:
    if isinstance(found, Refused):
        return Arrivals(rejected=[{"name": url, "reason": str(found)}])
    assert isinstance(found, Incoming)
    params, project = run.job.params, run.job.project
    width, height = params.get("smallest", (0, 0))
    look = Look()
    if params.get("skip_near_duplicates"):
        look = look_at(project=project, file=found, smallest=(width, height))
        if look.near:
            found.discard()
            return Arrivals(
                near_duplicates=[{"name": url, "id": look.near.id, "distance": look.near.distance}]
            )
    arrivals = images_create(
        project=project, files=[found], source=Image.Source.URL, group=params["group"], smallest=(width, height),
        origins=[Origin(url=url, attributes={"page_url": params["page_url"]} if "page_url" in params else {})],
    )  # fmt: skip
    if (
        look.perceptual_hash is not None
    ):  # for the next one to be compared with, which may come before the renditions
        Image.objects.filter(id__in=arrivals.created).update(perceptual_hash=look.perceptual_hash)
    for row in arrivals.rejected + arrivals.duplicates:
        row["name"] = url
    return arrivals


@dataclass(frozen=True)
class Look:
    """What an image looks like, and the image in the project that looks nearly the same."""

    perceptual_hash: int | None = None
    near: Near | None = None


def look_at(*, project: Project, file: Incoming, smallest: tuple[int, int]) -> Look:
    """Nothing of a file that will be rejected or is known already: for that there is a better word."""
    content = file.content()
    try:
        facts = inspect(content)
    except RejectedImage:
        return Look()
    small = facts.width < smallest[0] or facts.height < smallest[1]
    if small or Image.objects.filter(project=project, sha256=file.sha256).exists():
        return Look()
    value = perceptual_hash(content=content, sha256=file.sha256)
    near = near_duplicates(project_id=project.pk, perceptual_hash=value, most=1)
    return Look(value, near[0] if near else None)
