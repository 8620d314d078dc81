"""Refusals that services raise and the API answers."""

import errno
from typing import Any

from rest_framework import exceptions, status

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)  # how an OSError says that the disk is full


class Conflict(exceptions.APIException):
    """409: what was sent contradicts what is there. `extra` fields join the problem document."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.extra = extra


class TooLarge(exceptions.APIException):
    """413: a body of JSON that no call of the API needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large: send fewer at once, or files as multipart."
    default_code = "too_large"


class StorageFull(exceptions.APIException):
    """507: there is no room to keep what was sent."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_detail = "The storage is full: nothing of this upload was kept."
    default_code = "storage_full"
