from celery import shared_task

from labeling.services import exports
from labeling.services.jobs import job_start


@shared_task(acks_late=False)
def export_run(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            exports.export_run(run=run)


@shared_task
def exports_forget() -> int:
    return exports.exports_forget()
