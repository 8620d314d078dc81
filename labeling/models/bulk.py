"""Changes of many images at once, with what taking one back needs."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from labeling.models.image import Image
from labeling.models.project import Project, User


class BulkEdit(models.Model):
    class Action(models.TextChoices):
        RELABEL = "relabel"
        DELETE = "delete"
        SPLIT = "split"

    UNDO_DAYS: ClassVar = 7

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=7, choices=Action)
    split = models.CharField(max_length=5, blank=True, default="")  # that the images were moved to
    created = models.DateTimeField(auto_now_add=True, db_index=True)


class BulkBefore(models.Model):
    """One image as it was. Gone when the change is taken back, or can no longer be."""

    edit = models.ForeignKey(BulkEdit, models.CASCADE, related_name="images", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    split = models.CharField(max_length=5, blank=True, default="")
    status = models.CharField(max_length=10)
    labeled_at = models.DateTimeField(null=True)
    standing: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(
        models.UUIDField()
    )  # what was current

    class Meta:
        # An index of both: of two the planner would read all of a change's anew for each image.
        constraints = [models.UniqueConstraint(fields=["edit", "image"], name="before_once")]
