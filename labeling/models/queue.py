"""The queue: one row an image, and the leases that people hold on them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from labeling.models.image import Image
from labeling.models.project import Project, User


class QueueItem(models.Model):
    """The narrow row that `next` orders, locks and serves.

    `slots` counts the annotations still wanted and not leased to anyone. It makes "free to give out" one
    partial index instead of a join over leases and annotations.
    """

    class Status(models.TextChoices):
        UNLABELED = "unlabeled"
        LABELED = "labeled"
        IN_REVIEW = "in_review"
        DONE = "done"
        SKIPPED = "skipped"

    # Nobody is to label these any more: what was said may be seen by those who would have been swayed by it.
    SETTLED = (Status.LABELED, Status.DONE)

    image = models.OneToOneField(Image, models.CASCADE, primary_key=True, related_name="queue")
    # The image's, which is checked there.
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    # The sequential order. A column of its own, so that no planner walks the primary key through other projects.
    position = models.GeneratedField(
        expression=F("image_id"),  # type: ignore[arg-type]
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    slots = models.SmallIntegerField()
    random = models.FloatField()
    status = models.CharField(max_length=10, choices=Status, default=Status.UNLABELED)
    category = models.CharField(
        max_length=100, blank=True, default=""
    )  # of the newest annotation that counts, where images have one
    # The names that it says, each once, where images have regions.
    categories: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=100), default=list, db_default=models.Value("{}")
    )
    # The production model's answer, written here by `inference`:
    # {id, model_version, number, model, score, uncertainty, result}.
    prediction: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    uncertainty = models.FloatField(null=True)
    score = models.FloatField(null=True)
    # The place among the next images where the least sure ones are to differ from each other; written by `inference`.
    rank = models.IntegerField(null=True)
    # Whether the model says what people said; null where either has said nothing.
    agrees = models.GeneratedField(
        expression=models.Func(
            template="CASE WHEN category <> '' THEN category = (prediction #>> '{result,category}') END",
            output_field=models.BooleanField(null=True),
        ),
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )
    labeled_at = models.DateTimeField(null=True)
    # Given to people now and then as if it were open, to see how often they say what is known of it.
    gold = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(slots__gte=0), name="slots_not_negative")]
        indexes = [
            models.Index(fields=["project", "position"], condition=Q(slots__gt=0), name="queue_sequential"),
            models.Index(fields=["project", "random"], condition=Q(slots__gt=0), name="queue_random"),
            models.Index(
                "project",
                F("uncertainty").desc(nulls_last=True),
                "image",
                condition=Q(slots__gt=0),
                name="queue_uncertain",
            ),
            models.Index(
                fields=["project", "rank", "position"], condition=Q(slots__gt=0), name="queue_diverse"
            ),
            models.Index(fields=["project", "status", "image"], name="queue_status"),
            models.Index(fields=["project", "category", "image"], name="queue_category"),
            GinIndex(fields=["categories"], condition=~Q(categories=[]), name="queue_categories"),
            models.Index(
                fields=["project", "agrees", "image"], condition=Q(agrees__isnull=False), name="queue_agrees"
            ),
            models.Index(fields=["project", "image"], condition=Q(gold=True), name="queue_gold"),
            # What the list of images is sorted by, both ways.
            models.Index(
                fields=["project", "labeled_at", "image"],
                condition=Q(labeled_at__isnull=False),
                name="queue_labeled",
            ),
            models.Index(
                fields=["project", "uncertainty", "image"],
                condition=Q(uncertainty__isnull=False),
                name="queue_uncertainty",
            ),
        ]

    @property
    def settled(self) -> bool:
        """Whether a labeler may know what others said of the image."""
        return self.status in self.SETTLED and not self.gold


class Assignment(models.Model):
    """A lease: this person, this image, until `expires`; and what the model had said when it was given out."""

    class State(models.TextChoices):
        LEASED = "leased"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        RELEASED = "released"
        EXPIRED = "expired"

    image = models.ForeignKey(Image, models.CASCADE, related_name="assignments", db_index=False)
    # The image's. PostgreSQL need not check it once more, and lock one row of everybody's for it at every lease.
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=State, default=State.LEASED)
    expires = models.DateTimeField()
    created = models.DateTimeField(auto_now_add=True)
    skip_reason = models.CharField(max_length=500, blank=True, default="")
    prediction: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    gold = models.BooleanField(
        default=False, db_default=False
    )  # of an image whose label is known: see labeling.services.gold
    # {comment, reviewer} of a label that came back to its author, who keeps this lease until it ends.
    sent_back: models.JSONField[dict[str, str] | None, dict[str, str] | None] = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "user"], condition=Q(state="leased"), name="one_lease_a_person"
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "project", "id"], condition=Q(state="leased"), name="leases_of_a_person"
            ),
            models.Index(fields=["expires"], condition=Q(state="leased"), name="leases_by_expiry"),
            models.Index(fields=["image", "user"], name="assignments_of_an_image"),
        ]
