from celery import shared_task

from inference.services import predict, prelabel
from labeling.services.jobs import job_continue


@shared_task
def prelabel_new(project_id: int) -> None:
    prelabel.prelabel_new(project_id=project_id)


@shared_task
def prelabel_chunk(job_id: int, attempt: int, step: int = 0) -> None:
    if run := job_continue(job_id=job_id, attempt=attempt, step=step):
        with run.settling():
            prelabel.prelabel_chunk(run=run, step=step)


# Nobody waits for the answer of a call whose worker died: it is not given out again.
@shared_task(acks_late=False)
def predict_one(version_id: int, key: str) -> None:
    predict.predict_one(version_id=version_id, key=key)
