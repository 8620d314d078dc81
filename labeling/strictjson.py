"""JSON from outside: what later code or the database would stumble over is a ValueError here, with its reason."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 32  # nothing that is sent to us nests more than a few levels


def strict_loads(text: str | bytes) -> Any:
    """Only what JSON's standard knows, in numbers that a float holds, in text that can be written down again."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("The JSON is nested too deep.") from error
    except ValueError as error:
        raise ValueError(f"This is no JSON: {error}") from error
    _check(value, 0)
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number.")


def _finite(text: str) -> float:
    """`1e999` is a number to the grammar, and infinity to Python."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("A number is too large.")
    return value


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("The JSON is nested too deep.")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:  # half of a surrogate pair
            raise ValueError("A text holds half a character.") from error
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
