from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup

from labeling.services.jobs import job_continue, job_start
from synthesis.services import accepting, making, rendering, scenemodels
from synthesis.services.blender import blender_note


@celeryd_after_setup.connect
def _look_for_blender(sender: str, instance: Any, **kwargs: Any) -> None:
    """Whoever renders says whether it can: the web process may be on another machine."""
    if "default" in instance.app.amqp.queues.consume_from:
        blender_note()


# Long: acknowledged at once, and brought back by the job's row when its worker dies.
@shared_task(acks_late=False)
def batch_render(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            rendering.batch_render(run=run)


@shared_task
def batch_make_chunk(job_id: int, attempt: int, step: int = 0) -> None:
    if run := job_continue(job_id=job_id, attempt=attempt, step=step):
        with run.settling():
            making.batch_make_chunk(run=run, step=step)


@shared_task(acks_late=False)
def batch_accept(job_id: int, attempt: int) -> None:
    if run := job_start(job_id=job_id, attempt=attempt):
        with run:
            accepting.batch_accept(run=run)


@shared_task
def scene_model_read(model_id: int) -> None:
    scenemodels.scene_model_read(model_id=model_id)
