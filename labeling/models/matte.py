"""Alpha mattes and trimaps: grey PNG files that labels and predictions name by their SHA-256."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from labeling.models.project import Project, User


def matte_key(sha256: str) -> str:
    """Where a matte of this content is kept."""
    return f"mattes/{sha256[:2]}/{sha256}.png"


class Matte(models.Model):
    """A file, and who may name it: the person who uploaded it, or the members of a project that has it. A matte that
    only its author has is gone after some days."""

    sha256 = models.CharField(max_length=64)
    author = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", db_index=False)
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="+", db_index=False)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    # SIDE × SIDE means of it, by which mattes are compared without their files: see `labeling.mattefiles`.
    preview = models.BinaryField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=False) ^ Q(project__isnull=False), name="matte_of_one"
            ),
            models.UniqueConstraint(
                fields=["sha256", "author"], condition=Q(project=None), name="matte_once_an_author"
            ),
            models.UniqueConstraint(
                fields=["sha256", "project"], condition=Q(author=None), name="matte_once_a_project"
            ),
        ]
        indexes = [
            models.Index(fields=["created"], condition=Q(project=None), name="matte_uploaded"),
        ]

    @property
    def file_key(self) -> str:
        return matte_key(self.sha256)
