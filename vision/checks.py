"""Reading JSON that claims to be a result: each raises ValueError that names the field. Standard library alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels of the upright image
SHA256 = re.compile(r"[0-9a-f]{64}")


def rounded(bbox: Box) -> list[float]:
    return [round(float(value), 2) for value in bbox]


def as_mapping(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{field}: an object is expected")
    return value


def as_list(value: Any, field: str) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{field}: a list is expected")
    return value


def as_probability(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:  # NaN fails too
        raise ValueError(f"{field}: a number from 0 to 1 is expected, not {value!r}")
    return float(value)


def as_scores(value: Any, field: str) -> dict[str, float]:
    return {
        str(name): as_probability(score, f"{field}.{name}")
        for name, score in as_mapping(value, field).items()
    }


def as_box(value: Any, field: str) -> Box:
    numbers = [
        float(item)
        for item in as_list(value, field)
        if isinstance(item, (int, float)) and math.isfinite(item)
    ]
    if len(numbers) != 4 or len(value) != 4:
        raise ValueError(f"{field}: four finite numbers are expected")
    x1, y1, x2, y2 = numbers
    if x2 <= x1 or y2 <= y1 or x1 < 0 or y1 < 0:
        raise ValueError(f"{field}: x1 < x2 and y1 < y2 inside the image are expected, not {numbers}")
    return x1, y1, x2, y2


def as_sha256(value: Any, field: str) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise ValueError(f"{field}: a SHA-256 in 64 small hexadecimal digits is expected")
    return value
