"""Errors as RFC 9457 problem documents."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from redis import RedisError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from labeling.errors import Conflict, TooLarge

logger = logging.getLogger(__name__)
__all__ = ["Conflict", "problem"]
RETRY_SECONDS = 1
TYPE = "application/problem+json"


class Unavailable(exceptions.APIException):
    """503: the database or the broker is away for a moment. Nothing of the call was kept; it may be sent again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The server is not well for a moment. Try again."
    default_code = "unavailable"

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait  # which DRF makes the Retry-After header of


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the same answers, in the problem format."""
    if isinstance(error, DataError):  # a number that no column holds, a NUL in a text
        logger.warning("refused by the database: %s", type(error).__name__)
        error = exceptions.ValidationError("A value is out of range or not storable.")
    if isinstance(error, (OperationalError, InterfaceError, RedisError)):
        logger.error("a store does not answer: %s", type(error).__name__)
        error = Unavailable(wait=RETRY_SECONDS)
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(
        error, SuspiciousOperation
    ):  # too many files or fields in one request, found while it is parsed
        error = exceptions.ParseError(str(error).replace("settings.", ""))
    response = exception_handler(error, context)
    if response is None:
        return None
    data: dict[str, Any] = {
        "type": "about:blank",
        "title": response.status_text,
        "status": response.status_code,
    }
    if isinstance(error, exceptions.ValidationError):
        data["errors"] = response.data
        data["detail"] = _first_line(response.data)
    else:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else response.data
        data["detail"] = str(detail)
    data.update(getattr(error, "extra", {}))
    response.data = data
    response.content_type = TYPE
    return response


def _first_line(errors: Any, path: str = "") -> str:
    """One sentence out of DRF's nested errors: `categories.0.name: This field is required.`"""
    if isinstance(errors, dict):
        key, value = next(iter(errors.items()))
        return _first_line(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
    if isinstance(errors, list):
        for index, value in enumerate(errors):
            if value:
                return _first_line(value, f"{path}.{index}".lstrip(".") if isinstance(value, dict) else path)
        return path
    return f"{path}: {errors}" if path else str(errors)
