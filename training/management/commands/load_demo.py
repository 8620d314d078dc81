from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from labeling.models import Project, User
from labeling.services.images import images_create
from labeling.services.projects import project_create
from labeling.uploads import Incoming
from training.services.demo import CATEGORIES, INSTRUCTIONS, frames


class Command(BaseCommand):
    help = "Load the demo project into an empty database: real photographs, no labels."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        admin = User.objects.filter(is_staff=True).order_by("id").first()
        if Project.objects.exists() or admin is None:
            return
        project = project_create(
            by=admin,
            name="Meeting frames (demo)",
            kind="classification",
            categories=CATEGORIES,
            instructions=INSTRUCTIONS,
        )
        count = 0
        for group, rows in groupby(frames(), key=lambda row: row[1]):
            incoming = []
            for name, _, data in rows:
                file = Incoming(name)
                file.write(data)
                incoming.append(file)
            count += len(images_create(project=project, files=incoming, group=group).created)
        self.stdout.write(f"Loaded the demo project with {count} frames.")
