from celery import shared_task

from labeling.services.jobs import job_start
from training.services import gate, labelcheck, runs, train


# Long: acknowledged at once, and brought back by the job's row when its worker dies.
@shared_task(acks_late=False)
def run_train(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            train.run_train(run=run)


@shared_task(acks_late=False)
def version_promote(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            gate.version_promote(run=run)


@shared_task(acks_late=False)
def labels_check(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            labelcheck.labels_check(run=run)


@shared_task
def runs_start_due() -> int:
    return runs.runs_start_due()
