"""Cells of a CSV table: text that no spreadsheet takes for a formula, numbers that are numbers, and back again."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable
from typing import Any

from labeling.strictjson import strict_loads

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
NO_NUMBER = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)
LONGEST = 10_000


def rows_into(file: Any) -> Callable[[list[str]], Any]:
    """Writes a row of cells. Before Python 3.13, csv leaves a lone carriage return bare: readers end the row there, and
    what follows is a cell that no apostrophe guards."""
    plain = csv.writer(file, lineterminator="\n")
    quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    return lambda row: (quoted if any("\r" in cell for cell in row) else plain).writerow(row)


def cell(value: Any) -> str:
    """What stands in the table for a value of JSON. Text that would read as a formula or as something else than
    text gets an apostrophe in front, as spreadsheets know it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if _needs_mark(value) else value
    return json.dumps(value, ensure_ascii=False)


def text(written: str) -> str:
    """The text of a cell of ours, or of anybody's."""
    return written[1:] if written[:1] == "'" and _needs_mark(written[1:]) else written


def value(written: str, *, nested: bool = False) -> Any:
    """The text, number, or truth of a cell, and with `nested` the list or object. Raises ValueError for what is no number, and for what cannot be kept."""
    if len(written) > LONGEST:
        raise ValueError(f"A cell is longer than {LONGEST:,} characters.")
    if "\0" in written:
        raise ValueError("A cell holds a character that is none.")
    if written[:1] == "'" and _needs_mark(written[1:]):
        return written[1:]
    written = written.strip()
    if NO_NUMBER.fullmatch(written):
        raise ValueError(f"{written} is no number.")
    found = _plain(written)
    return written if isinstance(found, list | dict) and not nested else found


def _needs_mark(rest: str) -> bool:
    """Whether it would not come back as the text that it is."""
    try:
        return rest.startswith(FORMULA) or not isinstance(value(rest, nested=True), str)
    except ValueError:
        return True


def _plain(written: str) -> Any:
    if written in ("true", "false"):
        return written == "true"
    if written.startswith(("[", "{")):
        try:
            return strict_loads(written)
        except ValueError:
            return written
    if not (match := NUMBER.fullmatch(written)) or len(written) > 30:
        return written
    if not match[2] and not match[3]:
        return int(written) if len(written) < 16 else written
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written} is too large a number.")
    return number
