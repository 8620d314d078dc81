import os
import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from labeling.models import User


class Command(BaseCommand):
    help = "Make the user admin with a generated password, where there is no site admin yet."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(is_staff=True).exists():
            return
        password = secrets.token_urlsafe(12)
        folder = Path(os.environ.get("FRAMELOOP_FOLDER", "var"))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "admin-password"
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password + "\n")
        # The file first: a user whose password nobody knows could not be mended from here.
        User.objects.create_superuser("admin", password=password)
        self.stdout.write(f"Made the user admin with the password {password} (kept in {path}).")
