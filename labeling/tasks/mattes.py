from celery import shared_task

from labeling.services import mattes


@shared_task
def mattes_forget() -> int:
    return mattes.mattes_forget()
