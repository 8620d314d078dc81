from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.converters import eyegaze
from labeling.converters.packing import BadSet, pack


class Command(BaseCommand):
    help = f"{eyegaze.__doc__}\nWrites OUT.zip, to be imported as an archive."

    def create_parser(self, *arguments: Any, **options: Any) -> CommandParser:
        return super().create_parser(*arguments, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.h5", help="gaze.h5 or real_gaze.h5")
        parser.add_argument("out", type=Path, metavar="OUT.zip")
        parser.add_argument("--every", type=int, default=1, metavar="N", help="take each Nth picture")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = pack(
                options["out"],
                eyegaze.COLUMNS,
                eyegaze.eyegaze_pictures(options["file"], step=max(1, options["every"])),
            )
        except (BadSet, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['out']}: {count} eyes.")
