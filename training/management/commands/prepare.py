from typing import Any

from celery import current_app
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = (
        "What a start needs: migrate, make the admin, load the demo into an empty database. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true")
        parser.add_argument(
            "--alone", action="store_true", help="no worker runs: return what killed ones held"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("ensure_admin", stdout=self.stdout)
        if not options["no_demo"]:
            call_command("load_demo", stdout=self.stdout)
        if options["alone"]:
            give_back_tasks()


def give_back_tasks() -> None:
    """Return the tasks that killed workers held to their queues, at once instead of after the visibility timeout.
    Call while no worker runs, for it cannot tell the living's from the dead's."""
    with current_app.connection_for_write(transport_options={"visibility_timeout": 0}) as connection:
        channel: Any = connection.default_channel  # the Redis transport's own, which has this
        channel.qos.restore_visible(num=1_000_000, interval=1)
