from celery import shared_task

from labeling.services import jobs


@shared_task
def jobs_requeue_stale() -> int:
    return jobs.jobs_requeue_stale()
