"""An archive with pictures and a table of what is known of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from labeling.formats.cells import cell, rows_into
from labeling.formats.records import Bundle


class BadSet(ValueError):
    """What was given is not laid out as the set is. The message says what was looked for."""


Picture = tuple[str, bytes, Mapping[str, Any]]  # its path in the archive, its file, and its attributes


def pack(out: Path, columns: list[str], pictures: Iterable[Picture]) -> int:
    """Write the archive; how many pictures it holds. The same pictures make the same bytes."""
    table = io.StringIO()
    write = rows_into(table)
    write(["file", *columns])
    part, count = out.with_name(out.name + ".part"), 0
    bundle = Bundle(part)
    try:
        for path, data, attributes in pictures:
            bundle.add_picture(path, data)
            write([path, *(cell(attributes.get(name)) for name in columns)])
            count += 1
        if not count:
            raise BadSet("There is no picture in it.")
        bundle.add_text("attributes.csv", io.BytesIO(table.getvalue().encode()))
        bundle.close()
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return count


def every(items: Iterable[Any], step: int) -> Iterator[Any]:
    """Each `step`th: frames of a recording are much alike."""
    return (item for number, item in enumerate(items) if number % step == 0)
