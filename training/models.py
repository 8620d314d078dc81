"""Snapshots, training runs and the decisions of the promotion gate."""

from __future__ import annotations

from typing import Any

from django.db import models

from inference.models import ModelVersion
from labeling.models import Job, Project, User


class Snapshot(models.Model):
    """A frozen data set: a manifest in storage, named by the SHA-256 of its lines."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=100, blank=True)
    manifest = models.CharField(max_length=200)  # its key in storage, JSON lines
    count = models.PositiveIntegerField()
    splits: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict
    )  # {split: {category: n}}, of images or, where these have several, of boxes
    images: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)  # {split: n}
    categories: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    # Of what generators learn from: {source or target: {split: n}}; such a set holds no labels.
    domains: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    warnings: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="snapshot_once")]


class TrainingRun(models.Model):
    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="training_run")
    project = models.ForeignKey(Project, models.CASCADE, related_name="training_runs")
    model = models.CharField(max_length=40)
    params: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="runs")
    model_version = models.OneToOneField(ModelVersion, models.SET_NULL, null=True, related_name="run")
    checkpoint = models.CharField(max_length=200, blank=True)  # newest resumable state in storage
    automatic = models.BooleanField(default=False)


class Metric(models.Model):
    """One epoch of a run: {loss, val_macro_f1, …}."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="metrics")
    epoch = models.PositiveIntegerField()
    values: models.JSONField[dict[str, float], dict[str, float]] = models.JSONField()
    # Of some validation images what the model makes of them by then: {image's id: the key of a PNG in storage}.
    pictures: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)

    class Meta:
        ordering = ["epoch"]
        constraints = [models.UniqueConstraint(fields=["run", "epoch"], name="metric_once_an_epoch")]


class MatteScore(models.Model):
    """How far one matte is from another: {sad, mse, grad, conn} over the image, and `…_unknown` within the unknown region."""

    predicted = models.CharField(max_length=64, blank=True)  # none: as if it were empty
    truth = models.CharField(max_length=64)
    trimap = models.CharField(max_length=64, blank=True)
    values: models.JSONField[dict[str, float], dict[str, float]] = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["truth", "predicted", "trimap"], name="matte_score_once"),
        ]


class Promotion(models.Model):
    """The log of the gate: who put which version into production, on what numbers, or in spite of them."""

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="promotions")
    previous = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    gate: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    forced = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(auto_now_add=True)
