from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_process_init, worker_process_shutdown

from inference.services import calls, diversity, prelabel, solve, versions
from labeling.services.jobs import job_continue, job_start

_serves = False
_server: calls.Server | None = None


@celeryd_after_setup.connect
def _look(sender: str, instance: Any, **kwargs: Any) -> None:
    """In the worker's parent process: whether this is an inference worker. Its children inherit the answer."""
    global _serves  # noqa: PLW0603
    _serves = "inference" in instance.app.amqp.queues.consume_from
    if _serves:
        solve.compile_ahead()


@worker_process_init.connect
def _serve(**kwargs: Any) -> None:
    global _server  # noqa: PLW0603
    if _serves:
        _server = calls.Server()
        _server.start()


@worker_process_shutdown.connect
def _stop(**kwargs: Any) -> None:
    if _server:
        _server.stop()


@shared_task
def prelabel_new(project_id: int) -> None:
    prelabel.prelabel_new(project_id=project_id)


@shared_task
def names_changed(project_id: int) -> None:
    versions.names_changed(project_id=project_id)


@shared_task
def queue_diversify(project_id: int) -> None:
    diversity.queue_diversify(project_id=project_id)


@shared_task
def queues_diversify_due() -> int:
    return diversity.queues_diversify_due()


@shared_task
def attributes_changed(project_id: int, ids: list[int]) -> None:
    prelabel.attributes_changed(project_id=project_id, ids=ids)


@shared_task
def prelabel_chunk(job_id: int, attempt: int, step: int = 0) -> None:
    if run := job_continue(job_id=job_id, attempt=attempt, step=step):
        with run.settling():
            prelabel.prelabel_chunk(run=run, step=step)


@shared_task(acks_late=False)
def matte_solve(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            solve.matte_solve(run=run)
