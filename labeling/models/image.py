"""Images: content-addressed files and what is known of them."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from labeling.models.project import Project


class ImageQuerySet(models.QuerySet["Image"]):
    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def readable(self) -> Self:
        """Images that a model can be given: decoded once, not deleted."""
        return self.filter(deleted_at__isnull=True, error="", ready=True)


LARGE_PIXELS = 40_000_000


def file_key(sha256: str) -> str:
    """Where a file of this content is kept."""
    return f"originals/{sha256[:2]}/{sha256}"


class Image(models.Model):
    class Source(models.TextChoices):
        UPLOAD = "upload"
        URL = "url"
        VIDEO = "video"
        RENDER = "render"
        TRANSLATED = "translated"
        LABEL_STUDIO = "label-studio"

    class Split(models.TextChoices):
        NONE = ""
        TRAIN = "train"
        VAL = "val"
        TEST = "test"

    project = models.ForeignKey(Project, models.CASCADE, related_name="images", db_index=False)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    format = models.CharField(max_length=4)  # JPEG, PNG, WEBP
    bytes = models.PositiveBigIntegerField()
    # Size and every coordinate are of the upright image, EXIF orientation applied.
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    orientation = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=12, choices=Source, default=Source.UPLOAD)
    source_url = models.TextField(blank=True)
    video_time = models.FloatField(null=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="children", db_index=False)
    group = models.CharField(max_length=200, blank=True)
    attributes: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    split = models.CharField(max_length=5, choices=Split, blank=True, default="")
    perceptual_hash = models.BigIntegerField(null=True)
    # One that looks nearly the same, of perhaps many: see labeling.services.nearduplicates.
    near_duplicate_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # Renditions exist; until then the original is shown. `error` says why they never will.
    ready = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            # The hash first: see `_known` in labeling.services.images.
            models.UniqueConstraint(fields=["sha256", "project"], name="image_once_in_project"),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="image_has_size"),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="image_by_project"),
            models.Index(fields=["id"], condition=Q(ready=False, error=""), name="image_not_ready"),
            models.Index(fields=["project", "split", "id"], name="image_by_split"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="image_by_parent"),
            models.Index(
                fields=["near_duplicate_of"],
                condition=Q(near_duplicate_of__isnull=False),
                name="image_by_near_duplicate",
            ),
        ]

    @property
    def file_key(self) -> str:
        return file_key(self.sha256)

    @property
    def is_large(self) -> bool:
        """Whether browsers had better be given less than the original."""
        return self.width * self.height > LARGE_PIXELS

    def rendition_key(self, size: str) -> str:
        """`size` is `screen` or `thumbnail`, and of a large image `large`."""
        return f"renditions/{self.sha256[:2]}/{self.sha256}-{size}.webp"
