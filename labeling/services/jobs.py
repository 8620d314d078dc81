"""The machine behind every job: create, start, report, finish, cancel, resume, start again.

A task calls `job_start` with the attempt that it was sent for and works through the `JobRun` that comes back.
Every write of a `JobRun` carries its attempt; once beat has handed the job to a newer attempt, the old one's
writes change nothing and raise `Superseded`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat, Now
from django.utils import timezone

from labeling.enqueue import NORMAL, enqueue
from labeling.errors import NO_ROOM, Conflict, StorageFull
from labeling.models import Job, Project, User
from vision.weights import MissingWeights

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 3
STALE_SECONDS = 30
RESEND_SECONDS = 300
MAX_ATTEMPTS = 3  # in a row; somebody who resumes a job gives it as many again
MAX_ERRORS = 1000  # kept on the row; the count of all stands in the log
WHOLE_JOB, LOST = "job", "worker"  # the items of errors that ended a job
LONG = (Job.Kind.IMPORT, Job.Kind.EXPORT, Job.Kind.RENDER)  # an hour, it may be
LIMITED = (*LONG, Job.Kind.PREVIEW)  # what people start as often as they like
LONG_LOCK = 0x10B5  # of the database, while it is counted how many long ones run
BROUGHT_WAS_KEPT = "The storage is full. What was brought until then was kept."


class Superseded(Exception):
    """A newer attempt has taken this job over: stop, and touch nothing."""


class JobFailed(RuntimeError):
    """Ends a job; its message is for people and stands as it is."""


class Cancelled(Exception):
    """The user asked for the end of this job."""


@contextmanager
def room_or_failed(sentence: str) -> Iterator[None]:
    """A full disk ends a job with `sentence`, which says what became of the work."""
    try:
        yield
    except StorageFull as error:
        raise JobFailed(sentence) from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise JobFailed(sentence) from error
        raise


def job_create(
    *,
    project: Project,
    kind: str,
    task: str,
    queue: str,
    by: User | None,
    params: dict[str, Any],
    total: int = 0,
    priority: int = NORMAL,
) -> Job:
    """Create a job and start its task `task(job_id, attempt)` when the transaction commits.

    Raises Conflict where the project has as many imports, exports and renders under way as it may.
    """
    with transaction.atomic():
        if kind in LIMITED:
            _refuse_too_many(project)
        job = Job.objects.create(
            project=project, kind=kind, task=task, queue=queue, created_by=by, params=params, total=total,
            attempt=1, heartbeat=timezone.now(),
        )  # fmt: skip
        enqueue(task, job.id, 1, queue=queue, priority=priority)
    return job


def _refuse_too_many(project: Project) -> None:
    Project.objects.lock(pk=project.pk)
    active = Job.objects.filter(project=project, kind__in=LIMITED).exclude(state__in=Job.FINISHED).count()
    if active >= settings.MAX_ACTIVE_JOBS:
        raise Conflict(
            f"{active} imports, exports and renders of this project are waiting or at work: let one end, or cancel it."
        )


def job_start(*, job_id: int, attempt: int) -> JobRun | None:
    """Claim a queued job for this attempt: of a message delivered twice, only one gets it.

    None when the job ended, was taken over or claimed already, or was cancelled while it waited; and for a long job while
    as many of those run as may: it stays queued, and is sent again when one of them ends.
    """
    mine = Job.objects.filter(id=job_id, attempt=attempt, state=Job.State.QUEUED)
    if mine.filter(cancel_requested=True).update(state=Job.State.CANCELLED, finished=Now()):
        return None
    with transaction.atomic():
        if mine.filter(kind__in=LONG).exists() and not _is_room_for_long():
            return None
        if not mine.update(state=Job.State.RUNNING, started=Coalesce("started", Now()), heartbeat=Now()):
            return None
    return JobRun(Job.objects.select_related("project").get(id=job_id), attempt)


def _is_room_for_long() -> bool:
    """Until the transaction ends nobody else takes the place."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LONG_LOCK])
    alive = timezone.now() - timedelta(seconds=STALE_SECONDS)
    running = Job.objects.filter(kind__in=LONG, state=Job.State.RUNNING, heartbeat__gte=alive)
    return running.count() < settings.LONG_JOBS


def _send_long() -> None:
    """A long job ended: those that wait longest are told. One that finds no room waits on."""
    waiting = Job.objects.filter(kind__in=LONG, state=Job.State.QUEUED).order_by("id")
    for job in waiting[: settings.LONG_JOBS]:
        enqueue(job.task, job.id, job.attempt, queue=job.queue)


def job_continue(*, job_id: int, attempt: int, step: int) -> JobRun | None:
    """The next short task of a chain (see `JobRun.advance`): claims the job at step 0, goes on with it later.

    None when this step was done already, or the job is no longer this attempt's.
    """
    if step == 0 and (run := job_start(job_id=job_id, attempt=attempt)):
        return run
    job = Job.objects.select_related("project").filter(
        id=job_id, attempt=attempt, step=step, state=Job.State.RUNNING
    ).first()  # fmt: skip
    return JobRun(job, attempt) if job else None


def job_cancel(*, job: Job) -> None:
    """Ask for the end; a job that no worker has begun ends at once. Idempotent."""
    Job.objects.filter(id=job.id, state__in=[Job.State.QUEUED, Job.State.RUNNING]).update(
        cancel_requested=True
    )
    Job.objects.filter(id=job.id, state=Job.State.QUEUED).update(state=Job.State.CANCELLED, finished=Now())
    job.refresh_from_db()


def job_resume(*, job: Job) -> bool:
    """Start a job that failed or was cancelled again, as its next attempt, with all that it has brought and noted down.

    False, and nothing changes, when it is waiting or running by now, or succeeded. Raises Conflict as `job_create` does.
    """
    with transaction.atomic():
        row = Job.objects.select_for_update().get(id=job.id)
        if row.state not in (Job.State.FAILED, Job.State.CANCELLED):
            job.refresh_from_db()
            return False
        if row.kind in LIMITED:
            _refuse_too_many(row.project)
        was, row.state, row.finished = row.state, Job.State.QUEUED, None
        row.attempt += MAX_ATTEMPTS - (row.attempt - 1) % MAX_ATTEMPTS  # the first of another row of attempts
        row.cancel_requested, row.step, row.heartbeat = False, 0, timezone.now()
        row.errors = [error for error in row.errors if error["item"] not in (WHOLE_JOB, LOST)]
        row.log += f"It was {was}; going on as attempt {row.attempt}.\n"
        row.save()
        enqueue(row.task, row.id, row.attempt, queue=row.queue)
    job.refresh_from_db()
    return True


def jobs_requeue_stale() -> int:
    """Start again, as a new attempt, what shows no sign of life; send again what waits in no queue. Called by beat.

    Sending a queued job's message again is harmless, since `job_start` lets one through.
    """
    now = timezone.now()
    running = Q(state=Job.State.RUNNING, heartbeat__lt=now - timedelta(seconds=STALE_SECONDS))
    queued = Q(state=Job.State.QUEUED, heartbeat__lt=now - timedelta(seconds=RESEND_SECONDS))
    with transaction.atomic():
        stale = list(Job.objects.select_for_update(skip_locked=True).filter(running | queued))
        for job in stale:
            _start_again(job)
        if stale:
            _send_long()
    return len(stale)


def _start_again(job: Job) -> None:
    """Call while holding the row's lock."""
    lost = job.state == Job.State.RUNNING
    if job.cancel_requested:
        job.state, job.finished = Job.State.CANCELLED, timezone.now()
    elif lost and job.attempt % MAX_ATTEMPTS == 0:
        job.state, job.finished = Job.State.FAILED, timezone.now()
        job.errors = [*job.errors, {"item": LOST, "reason": f"its worker died {MAX_ATTEMPTS} times"}]
    else:
        if lost:
            job.attempt += 1
            job.state, job.step = Job.State.QUEUED, 0
            job.log += f"The worker was lost; going on as attempt {job.attempt}.\n"
        job.heartbeat = timezone.now()
        enqueue(job.task, job.id, job.attempt, queue=job.queue, priority=NORMAL)
    job.save()


@dataclass
class JobRun:
    """One attempt's hold on a job. As a context manager it beats while the block runs and settles the state:
    normal end → succeeded, `Cancelled` → cancelled, a lost database → another attempt, another exception → failed
    with its message."""

    job: Job
    attempt: int
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def write(self, **values: Any) -> None:
        """Update the job's row as this attempt; raises Superseded."""
        mine = Job.objects.filter(id=self.job.id, attempt=self.attempt, state=Job.State.RUNNING)
        if not mine.update(heartbeat=Now(), **values):
            raise Superseded(f"job {self.job.id} attempt {self.attempt}")

    def progress(self, done: int, **values: Any) -> None:
        self.write(done=done, **values)

    def advance(self, step: int, **values: Any) -> bool:
        """Mark `step` of a chain as done. False when a twin of this task was first: then do not send the next one."""
        mine = Job.objects.filter(id=self.job.id, attempt=self.attempt, step=step, state=Job.State.RUNNING)
        return bool(mine.update(step=step + 1, heartbeat=Now(), **values))

    def log(self, line: str) -> None:
        self.write(log=Concat(F("log"), Value(line.rstrip("\n") + "\n")))

    def error(self, item: str, reason: str) -> None:
        """Record that `item` failed; the job goes on."""
        with transaction.atomic():
            job = Job.objects.select_for_update().get(id=self.job.id)
            if len(job.errors) < MAX_ERRORS:
                job.errors = [*job.errors, {"item": item, "reason": reason}]
                self.write(errors=job.errors)
            self.job.errors = job.errors

    def cancelled(self) -> bool:
        return Job.objects.filter(
            Q(id=self.job.id) & (Q(cancel_requested=True) | ~Q(attempt=self.attempt))
        ).exists()

    def check_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled

    def finish(self, state: str, **values: Any) -> None:
        self.write(state=state, finished=Now(), **values)
        if self.job.kind in LONG:
            _send_long()

    @contextmanager
    def settling(self) -> Iterator[None]:
        """For one short task of a chain: what it raises fails the job; its normal end settles nothing."""
        try:
            yield
        except Superseded:
            pass
        except (OperationalError, InterfaceError):  # see __exit__
            raise
        except Exception as error:
            self.error(WHOLE_JOB, _said(error))
            self.finish(Job.State.FAILED)
            raise

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                self.write()
            except Superseded:
                break
            except (
                Error
            ):  # the database restarts, say: the next beat finds it again, or another attempt takes over
                logger.warning("job %s: a heartbeat was lost", self.job.id)
                with suppress(Error):
                    connection.close()
        connection.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._stop.set()
        if self._thread:
            self._thread.join()
        if kind is not None and issubclass(kind, Superseded):
            return True
        if kind is not None and issubclass(kind, OperationalError | InterfaceError):
            # The database went away, and the job did nothing wrong: left as it is, it is found stale and goes on.
            return False
        if not Job.objects.filter(id=self.job.id, attempt=self.attempt, state=Job.State.RUNNING).exists():
            return kind is None  # already settled inside the block
        if kind is None:
            self.finish(Job.State.SUCCEEDED)
        elif issubclass(kind, Cancelled):
            self.finish(Job.State.CANCELLED)
            return True
        elif issubclass(kind, Exception):
            assert error
            self.error(WHOLE_JOB, _said(error))
            self.finish(Job.State.FAILED)
        return False


def _said(error: BaseException) -> str:
    """What ended a job, for people. Only a fault that nobody wrote a sentence for needs its kind to be understood."""
    told = isinstance(error, JobFailed | MissingWeights)
    return str(error)[:500] if told else f"{type(error).__name__}: {error}"[:500]
