"""The Celery app. Queues: `default` (imports, exports), `inference` (interactive first, then pre-labels), `training`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("frameloop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
