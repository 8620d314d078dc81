"""What an import is going to do: the images that a file speaks of, and what of it is not taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labeling.formats.items import BadFormat, Item
from labeling.strictjson import strict_loads


@dataclass
class Plan:
    format: str  # one of IMPORTS, or images: without a label
    items: list[Item]
    refused: list[tuple[str, str]] = field(default_factory=list)
    predictions: int = 0  # left out
    notes: list[str] = field(default_factory=list)


def loaded(data: bytes, what: str) -> Any:
    """The JSON of a file that is called so. Raises BadFormat."""
    try:
        return strict_loads(data.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise BadFormat(f"{what}: {error}") from error
