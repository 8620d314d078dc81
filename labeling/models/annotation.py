"""Annotations: complete labelings of an image, in versions that never change."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q

from labeling.models.image import Image
from labeling.models.project import Project, User
from labeling.models.queue import Assignment


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def current(self) -> Self:
        return self.filter(current=True)

    def standing(self) -> Self:
        """What their authors take for their labels: these, and answers to gold images."""
        return self.filter(Q(current=True) | Q(gold=True, withdrawn=False, replaced_by=None))

    def counting(self) -> Self:
        """The ones that data sets are made of: current, not rejected, not waiting behind another person's."""
        return self.filter(current=True, late=False).exclude(verdict=Review.Verdict.REJECT)


class Annotation(models.Model):
    class Origin(models.TextChoices):
        PERSON = "person"
        IMPORT = "import"
        RENDER = "render"

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    image = models.ForeignKey(Image, models.CASCADE, related_name="annotations", db_index=False)
    # The image's; without a constraint as in Assignment.
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    assignment = models.ForeignKey(Assignment, models.SET_NULL, null=True, related_name="+")
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.PERSON)
    result: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    # For every region (a classification has one, the image): {origin: drawn | accepted | corrected | imported |
    # rendered | rule, model_version?, score?}, derived by the server from the prediction that the assignment recorded.
    regions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    lead_time_ms = models.PositiveIntegerField(null=True)
    # What pre-labeled boxes had to score to be in sight; null where all of them count as shown.
    shown_from = models.FloatField(null=True)
    replaces = models.OneToOneField("self", models.SET_NULL, null=True, related_name="replaced_by")
    digest = models.CharField(max_length=64)  # of the submitted body: a repeat is the same submit
    current = models.BooleanField(default=True)
    withdrawn = models.BooleanField(default=False)
    # Came after its lease ran out, when somebody else had labeled the image: a reviewer decides.
    late = models.BooleanField(default=False)
    verdict = models.CharField(max_length=6, blank=True, default="")
    # What somebody said of an image whose label is known: never current, it counts for nothing but their record.
    gold = models.BooleanField(default=False, db_default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["image", "author"], condition=Q(current=True), name="annotation_current"),
            models.Index(fields=["image", "created"], name="annotation_history"),
            models.Index(fields=["project", "created"], name="annotation_by_project"),
            models.Index(fields=["project", "author"], condition=Q(gold=True), name="annotation_gold"),
        ]


class Review(models.Model):
    class Verdict(models.TextChoices):
        ACCEPT = "accept"
        REJECT = "reject"

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verdict = models.CharField(max_length=6, choices=Verdict)
    comment = models.TextField(blank=True, max_length=5_000)
    # What taking it back needs: see labeling.services.reviews.
    undo: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    created = models.DateTimeField(auto_now_add=True)
