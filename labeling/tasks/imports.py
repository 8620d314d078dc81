from celery import shared_task

from labeling.services import archives, importfiles, imports, previews, video
from labeling.services.jobs import job_start


# Acknowledged at once: the job's row, not the broker, brings it back after a crash.
@shared_task(acks_late=False)
def import_urls_run(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            imports.import_urls_run(run=run)


@shared_task(acks_late=False)
def import_page_run(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            imports.import_page_run(run=run)


@shared_task(acks_late=False)
def import_archive_run(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            archives.import_archive_run(run=run)


@shared_task(acks_late=False)
def import_video_run(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            video.import_video_run(run=run)


@shared_task(acks_late=False)
def preview_video_run(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            previews.preview_video_run(run=run)


@shared_task
def importfiles_forget() -> int:
    return importfiles.importfiles_forget()
