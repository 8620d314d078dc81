"""Who works on what: users, tokens, projects, categories, members."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    LABELER = "labeler"
    REVIEWER = "reviewer"
    MANAGER = "manager"


RANK = {Role.LABELER: 1, Role.REVIEWER: 2, Role.MANAGER: 3}


class User(AbstractUser):
    """Django's user. `is_staff` marks a site admin, who may do everything in every project."""


class UserSettings(models.Model):
    """How a person has set their screens. Apart from the user, whose row every call reads."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    settings: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)


class Token(models.Model):
    """An API token. Only its SHA-256 is stored, so a leaked database opens nothing."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.WRITE)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True)


class PasswordReset(models.Model):
    """A link by which a person chooses a new password, once. Only the SHA-256 of its secret is stored."""

    user = models.OneToOneField(User, models.CASCADE, related_name="password_reset")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()


class ProjectQuerySet(models.QuerySet["Project"]):
    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        return self if user.is_staff else self.filter(members__user=user)

    def lock(self, *, pk: int) -> Project:
        """The project, for one transaction at a time. Rows that point to it, such as a label's, are committed meanwhile."""
        return self.select_for_update(no_key=True).get(pk=pk)


class Project(models.Model):
    class Kind(models.TextChoices):
        CLASSIFICATION = "classification"
        DETECTION = "detection"
        MATTING = "matting"

    class Sampling(models.TextChoices):
        SEQUENTIAL = "sequential"
        RANDOM = "random"
        UNCERTAIN = "uncertainty"
        DIVERSE = "diverse"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CLASSIFICATION)
    instructions = models.TextField(blank=True, max_length=50_000)
    overlap = models.PositiveSmallIntegerField(default=1)
    review = models.BooleanField(default=False)
    sampling = models.CharField(max_length=12, choices=Sampling, default=Sampling.SEQUENTIAL)
    # What the project asks of its models, such as which detected objects count as external entities.
    settings: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    train_after = models.PositiveIntegerField(
        default=0, help_text="New labels that start a training run; 0 is off."
    )
    gold_every = models.PositiveSmallIntegerField(
        default=0, help_text="About one image in so many is a gold one; 0 is off."
    )
    created = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, editable=False)
    deleted_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=20), name="overlap_1_to_20"),
        ]


class Category(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="categories")
    name = models.CharField(max_length=100)
    color = models.CharField(max_length=7)
    hotkey = models.CharField(max_length=1, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="category_name_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]


class CategoryChange(models.Model):
    """What became of names: `names` maps those of before to those of after, and to null where the category went.

    All at once, so that two can swap. Whoever learned the older names, be it a model or a page that was left open,
    is understood by what was changed since.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="category_changes")
    names: models.JSONField[dict[str, str | None], dict[str, str | None]] = models.JSONField()
    # {id of a category that was merged: id of the one that it went into}
    merged: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)


class Membership(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="member_once")]
