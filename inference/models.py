"""Model versions and what they said of images."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.models import Image, Project, User
from vision.registry import GENERATORS


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def asked(self) -> Self:
        """In production, and saying something of images: at most one in a project."""
        return self.filter(stage=ModelVersion.Stage.PRODUCTION).exclude(model__in=GENERATORS)


class ModelVersion(models.Model):
    class Stage(models.TextChoices):
        CANDIDATE = "candidate"
        PRODUCTION = "production"
        ARCHIVED = "archived"

    project = models.ForeignKey(Project, models.CASCADE, related_name="model_versions")
    model = models.CharField(max_length=40)  # its name in vision.registry
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CANDIDATE)
    # A checkpoint folder in storage and the SHA-256 over its files, verified before every load.
    weights = models.CharField(max_length=200)
    weights_sha256 = models.CharField(max_length=64)
    config: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    metrics: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    snapshot = models.CharField(max_length=64, blank=True)  # content hash of what it learned from
    # When the names that it answers with were the project's: see inference.services.names.
    learned_at = models.DateTimeField(default=timezone.now)
    notes = models.TextField(blank=True, max_length=5_000)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    names_at_hand: dict[str, str | None] | None = None  # of this row in memory: see `names_of`
    promoted_at = models.DateTimeField(null=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "model", "number"], name="model_number_once"),
            models.UniqueConstraint(
                fields=["project", "model"], condition=Q(stage="production"), name="one_production_version"
            ),
        ]


class Prediction(models.Model):
    """At most one for an image and a version. `error` instead of a result where the image could not be predicted."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="predictions", db_index=False)
    model_version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="predictions", db_index=False
    )
    result: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    score = models.FloatField(null=True)
    uncertainty = models.FloatField(null=True)
    ms = models.FloatField(null=True)
    embedding = models.BinaryField(null=True)  # see `vision.embedding`
    error = models.CharField(max_length=300, blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_version", "image"], name="one_prediction_a_version"),
            models.CheckConstraint(condition=~Q(error="") | Q(result__isnull=False), name="result_or_error"),
        ]
        indexes = [models.Index(fields=["image"], name="prediction_of_image")]
