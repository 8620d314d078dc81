from labeling.models.annotation import Annotation, Review
from labeling.models.bulk import BulkBefore, BulkEdit
from labeling.models.comment import Comment
from labeling.models.image import Image
from labeling.models.importfile import ImportFile
from labeling.models.job import Job
from labeling.models.matte import Matte
from labeling.models.project import (
    RANK,
    Category,
    CategoryChange,
    Membership,
    PasswordReset,
    Project,
    Role,
    Token,
    User,
    UserSettings,
)
from labeling.models.queue import Assignment, QueueItem

__all__ = [
    "RANK", "Annotation", "Assignment", "BulkBefore", "BulkEdit", "Category", "CategoryChange", "Comment", "Image", "ImportFile", "Job", "Matte", "Membership",
    "PasswordReset", "Project", "QueueItem", "Review", "Role", "Token", "User", "UserSettings",
]  # fmt: skip
