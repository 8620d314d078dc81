"""Starting a task by name: the caller imports no task, and nothing starts before its rows are committed."""

from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction

INTERACTIVE, NORMAL, BULK = 0, 5, 9  # Celery priorities on this transport: lower goes first


def enqueue(
    task: str, *args: Any, queue: str = "default", priority: int = NORMAL, countdown: float = 0
) -> None:
    """Send `task` (its dotted name) with JSON arguments once the open transaction commits; at once outside of one."""
    send = partial(
        current_app.send_task, task, args=args, queue=queue, priority=priority, countdown=countdown or None
    )
    transaction.on_commit(send)
