"""Jobs: everything long, with one machine for its state."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from labeling.models.project import Project, User


class Job(models.Model):
    """A long piece of work. `attempt` is its fencing token: writes of an older attempt are refused."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Kind(models.TextChoices):
        IMPORT = "import"
        PREVIEW = "preview"  # of an import
        EXPORT = "export"
        PRELABEL = "prelabel"
        TRAINING = "training"
        PROMOTION = "promotion"
        LABEL_CHECK = "labelcheck"
        SOLVE = "solve"
        RENDER = "render"
        SYNTHESIS = "synthesis"  # pictures that a generator makes

    FINISHED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    project = models.ForeignKey(Project, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    # Which Celery task carries it on, where, and with what: enough to start it again after a crash.
    task = models.CharField(max_length=100)
    queue = models.CharField(max_length=20)
    params: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    errors: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    log = models.TextField(blank=True, default="")
    result: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    cancel_requested = models.BooleanField(default=False)
    attempt = models.PositiveSmallIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)  # of a job that works as a chain of short tasks
    heartbeat = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-id"], name="job_by_project"),
            models.Index(
                fields=["heartbeat"], condition=Q(state__in=["queued", "running"]), name="job_active"
            ),
        ]
