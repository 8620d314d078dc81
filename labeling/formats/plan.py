"""What an import is going to do: the images that a file speaks of, and what of it is not taken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import IO

from labeling.formats.spool import Spool

Opened = Callable[[], AbstractContextManager[IO[bytes]]]  # a file, from its beginning each time


@dataclass
class Plan:
    format: str  # one of IMPORTS, or images: without a label
    items: Spool = field(default_factory=Spool)
    refused: list[tuple[str, str]] = field(default_factory=list)
    predictions: int = 0  # left out
    notes: list[str] = field(default_factory=list)
