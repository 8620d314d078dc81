"""Videos and archives that wait to be imported."""

from __future__ import annotations

from django.db import models

from labeling.models.project import Project, User


class ImportFile(models.Model):
    """A video or an archive as it was uploaded, kept for a while: a look at what it would bring, the import itself
    and another try with other settings need it sent but once."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="import_files", db_index=False)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    bytes = models.PositiveBigIntegerField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField()  # when a job or a person last asked for it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="import_file_once_in_project"),
        ]
        indexes = [models.Index(fields=["sha256"], name="import_file_by_hash")]

    @property
    def key(self) -> str:
        return f"imports/{self.sha256[:2]}/{self.sha256}"
