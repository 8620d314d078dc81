"""JSON as it comes in: what later code would stumble over ends here, as a 400 that says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from labeling.errors import TooLarge
from labeling.strictjson import strict_loads


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
    """Strict about what it takes for JSON: see `strict_loads`."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise TooLarge
            return strict_loads(body)
        except ValueError as error:
            raise ParseError(str(error)) from error
