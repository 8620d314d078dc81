from celery import shared_task

from labeling.services import queue


@shared_task
def leases_return() -> int:
    return queue.leases_return()
