import time

from celery import shared_task

from labeling.services import nearduplicates, renditions
from labeling.uploads import incoming_folder

DAY = 24 * 3600


@shared_task
def renditions_make(project_id: int) -> int:
    return renditions.renditions_make(project_id=project_id)


@shared_task
def renditions_catch_up() -> int:
    return renditions.renditions_catch_up()


@shared_task
def near_duplicates_renew(project_id: int, ids: list[int]) -> None:
    nearduplicates.near_duplicates_renew(project_id=project_id, ids=ids)


@shared_task
def incoming_sweep() -> int:
    """Remove what uploads that broke off have left; how many there were."""
    swept = 0
    for path in incoming_folder().glob("*.part"):
        try:
            if path.stat().st_mtime < time.time() - DAY:
                path.unlink()
                swept += 1
        except FileNotFoundError:  # it arrived in the meantime, or another worker sweeps too
            continue
    return swept
