from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.converters import biwi
from labeling.converters.packing import BadSet, pack


class Command(BaseCommand):
    help = f"{biwi.__doc__}\nWrites OUT.zip, to be imported as an archive: the subject becomes the group of an image."

    def create_parser(self, *arguments: Any, **options: Any) -> CommandParser:
        return super().create_parser(*arguments, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder with 01, 02, …")
        parser.add_argument("out", type=Path, metavar="OUT.zip")
        parser.add_argument("--every", type=int, default=1, metavar="N", help="take each Nth frame")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = pack(
                options["out"],
                biwi.COLUMNS,
                biwi.biwi_pictures(options["folder"], step=max(1, options["every"])),
            )
        except (BadSet, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['out']}: {count} frames with their poses.")
