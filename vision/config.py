"""A model's choices: a frozen dataclass whose fields carry their limits, so that the API checks them and the page
draws a form of them without importing the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, field, fields
from typing import Any, TypeVar

C = TypeVar("C")
TYPES = {"bool": "boolean", "int": "integer", "float": "number", "str": "string"}


def choice(default: str, choices: tuple[str, ...], help: str) -> Any:
    return field(default=default, metadata={"choices": choices, "help": help})


def number(default: float, low: float, high: float, help: str, *, advanced: bool = False) -> Any:
    return field(default=default, metadata={"min": low, "max": high, "help": help, "advanced": advanced})


def text(default: str, help: str) -> Any:
    """A short text; an empty one stands for nothing."""
    return field(default=default, metadata={"longest": 100, "help": help})


def category(default: str, help: str) -> Any:
    """The name of one of the project's categories."""
    return field(default=default, metadata={"longest": 100, "category": True, "help": help})


def switch(default: bool, help: str) -> Any:
    return field(default=default, metadata={"help": help})


def describe(config: type[Any]) -> list[dict[str, Any]]:
    """The fields, as a page draws them: {name, type, default, min, max, choices, help, advanced}."""
    return [
        {
            "name": item.name, "type": _type(item), "default": item.default, "min": item.metadata.get("min"),
            "max": item.metadata.get("max"), "choices": item.metadata.get("choices"), "help": item.metadata["help"],
            "advanced": bool(item.metadata.get("advanced")),
        }
        for item in fields(config)
    ]  # fmt: skip


def parse(config: type[C], values: Mapping[str, Any]) -> C:
    """Raises ValueError that names the field."""
    known = {item.name: item for item in fields(config)}  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise ValueError(f"{name}: no such parameter; there are {', '.join(known)}")
    return config(**{name: _checked(known[name], value) for name, value in values.items()})


def categories(config: Any) -> dict[str, str]:
    """{field: the category that it names}."""
    return {item.name: getattr(config, item.name) for item in fields(config) if item.metadata.get("category")}


def to_json(config: Any) -> dict[str, Any]:
    return asdict(config)


def _type(item: Field[Any]) -> str:
    """By what the field is declared as: the default of a fraction may be written as a whole number."""
    assert item.default is not MISSING
    return TYPES[getattr(item.type, "__name__", str(item.type))]


def _checked(item: Field[Any], value: Any) -> Any:
    kind, limits = _type(item), item.metadata
    if kind == "boolean":
        if not isinstance(value, bool):
            raise ValueError(f"{item.name}: true or false is expected")
        return value
    if kind == "string":
        if "choices" not in limits:
            return _text(item, value)
        if value not in limits["choices"]:
            raise ValueError(f"{item.name}: one of {', '.join(limits['choices'])} is expected")
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{item.name}: a number is expected")
    if not limits["min"] <= value <= limits["max"]:  # NaN, infinity, and what is past every float end here
        raise ValueError(f"{item.name}: a number from {limits['min']} to {limits['max']} is expected")
    if kind == "integer" and value != int(value):
        raise ValueError(f"{item.name}: a whole number is expected")
    return int(value) if kind == "integer" else float(value)


def _text(item: Field[Any], value: Any) -> str:
    longest = item.metadata["longest"]
    if not isinstance(value, str) or len(value) > longest or re.search(r"[\0\ud800-\udfff]", value):
        raise ValueError(f"{item.name}: a text of at most {longest} characters is expected")
    return value
