"""The Celery app. Queues: `default` (imports, exports), `inference` (interactive first, then pre-labels), `training`."""

import os
import signal

from celery import Celery
from celery.signals import worker_process_init

from config.local.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("frameloop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def die_with_worker(**_: object) -> None:
    """A worker that is killed takes its pool along: another one does that work by then."""
    die_with_parent(os.getppid(), signal.SIGKILL)()
