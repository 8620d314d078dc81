"""Cells of a CSV table: text that no spreadsheet takes for a formula, numbers that are numbers, and back again."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable
from typing import Any

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
        return f"'{value}" if value.startswith(FORMULA) or not isinstance(_plain(value), str) else value
    return json.dumps(value, ensure_ascii=False)


def text(written: str) -> str:
    """The text of a cell of ours, or of anybody's."""
    return written[1:] if written[:1] == "'" and _needs_mark(written[1:]) else written


def value(written: str) -> Any:
    """The text, number, or truth of a cell. Raises ValueError for what is no number, and for what cannot be kept."""
    if len(written) > LONGEST:
        raise ValueError(f"A cell is longer than {LONGEST:,} characters.")
    if "\0" in written:
        raise ValueError("A cell holds a character that is none.")
    if written[:1] == "'" and _needs_mark(written[1:]):
        return written[1:]
    written = written.strip()
    if NO_NUMBER.fullmatch(written):
        raise ValueError(f"{written} is no number.")
    return _plain(written)


def _needs_mark(rest: str) -> bool:
    return rest.startswith(FORMULA) or not isinstance(_plain(rest), str)


def _plain(written: str) -> Any:
    if written in ("true", "false"):
        return written == "true"
    if not (match := NUMBER.fullmatch(written)) or len(written) > 30:
        return written
    if not match[2] and not match[3]:
        return int(written) if len(written) < 16 else written
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written} is too large a number.")
    return number
