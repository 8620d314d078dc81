"""Refusals that services raise and the API answers."""

from typing import Any

from rest_framework import exceptions, status


class Conflict(exceptions.APIException):
    """409: what was sent contradicts what is there. `extra` fields join the problem document."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.extra = extra
