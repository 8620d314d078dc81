"""Batches of made pictures, and the models that people bring for them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from inference.models import ModelVersion
from labeling.models import Category, Image, Job, Project, User
from labeling.models.image import file_key


def index_key(sha256: str) -> str:
    """Where the mask of a rendered picture is kept: a 16-bit grey PNG with the number of the thing that is seen in each pixel."""
    return f"masks/{sha256[:2]}/{sha256}.png"


def thumbnail_key(sha256: str) -> str:
    return f"made/{sha256[:2]}/{sha256}-thumbnail.webp"


def scene_model_key(sha256: str, suffix: str) -> str:
    return f"scene-models/{sha256[:2]}/{sha256}{suffix}"


class SceneModel(models.Model):
    """Somebody's own thing to stand in rendered fridges. Blender reads it in a worker, before it may be used."""

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="scene_models")
    name = models.CharField(max_length=100)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    suffix = models.CharField(max_length=4)
    bytes = models.PositiveBigIntegerField()
    # Metres, as it stands. Its width and depth follow from its shape.
    height = models.FloatField()
    width = models.FloatField(null=True)
    depth = models.FloatField(null=True)
    triangles = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    error = models.CharField(max_length=500, blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="scene_model_name_once")]

    @property
    def file_key(self) -> str:
        return scene_model_key(self.sha256, self.suffix)


class SyntheticBatch(models.Model):
    """Pictures that were asked for together. The same params, seeds and version of the scenes give the same ones."""

    class Generator(models.TextChoices):
        BLENDER = "blender"
        STYLEGAN2 = "stylegan2"
        TRANSLATION = "translation"

    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="synthetic_batch")
    project = models.ForeignKey(Project, models.CASCADE, related_name="synthetic_batches")
    generator = models.CharField(max_length=11, choices=Generator)
    count = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField()  # of its first picture; each next one has the next
    # Of renders: {scene: ranges, mapping: {kind: category}, weights, models: [ids]}.
    params: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    scenes_version = models.PositiveIntegerField(null=True)
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")
    source = models.ForeignKey("self", models.CASCADE, null=True, related_name="translations")


class SyntheticImage(models.Model):
    batch = models.ForeignKey(SyntheticBatch, models.CASCADE, related_name="images")
    number = models.PositiveIntegerField()  # from 0
    seed = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    # [{number, kind, category, bbox, visible, shift?, kept?, flag?}]: what is labeled of it. `flag` is moved or vanished.
    boxes: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    hidden = models.PositiveIntegerField(default=0)  # things of which too little is seen to be labeled
    index_sha256 = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True)
    error = models.CharField(max_length=500, blank=True, default="")
    source = models.ForeignKey("self", models.CASCADE, null=True, related_name="translations")
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="+")  # in the project

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="synthetic_image_once"),
            models.CheckConstraint(condition=~Q(error="") | ~Q(sha256=""), name="synthetic_image_or_error"),
        ]
        indexes = [models.Index(fields=["sha256"], name="synthetic_image_by_sha256")]

    @property
    def file_key(self) -> str:
        """Where originals are: what comes into a project is there already."""
        return file_key(self.sha256)

    @property
    def flagged(self) -> int:
        return sum(1 for box in self.boxes if box.get("flag"))
