"""Comments: what people say to each other about an image."""

from __future__ import annotations

import uuid

from django.db import models

from labeling.models.image import Image
from labeling.models.project import Project, User


class Comment(models.Model):
    LONGEST = 5_000

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    image = models.ForeignKey(Image, models.CASCADE, related_name="comments", db_index=False)
    # The image's; without a constraint as in Assignment.
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(max_length=LONGEST)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["image", "created"], name="comments_of_an_image"),
            models.Index(fields=["project", "image"], name="comments_of_a_project"),  # images that have any
        ]
