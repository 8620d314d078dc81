"""JSON as it comes in: what later code would stumble over ends here, as a 400 that says why."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

DEEPEST = 32  # no body of this API nests more than a few levels


class OnlyJSON(DefaultContentNegotiation):
    """Where there is one way to answer, what a client would rather have need not be read. Nor need a body's type be
    taken to pieces when it is the very one that a parser names."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        named = (request.content_type or "").partition(";")[0]
        for parser in parsers:
            if parser.media_type == named:
                return parser
        return super().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first, *others = renderers
        if not others:
            return first, str(first.media_type)
        return super().select_renderer(request, renderers, format_suffix)


class StrictJSONParser(JSONParser):
    """Only what JSON's standard knows, in numbers that a float holds, in text that can be written down again."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            value = json.loads(stream.read().decode(), parse_constant=_no_constant, parse_float=_finite)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deep.") from error
        except ValueError as error:
            raise ParseError(f"This is no JSON: {error}") from error
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
        raise ParseError("The JSON is nested too deep.")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:  # half of a surrogate pair
            raise ParseError("A text holds half a character.") from error
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
