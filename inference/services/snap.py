"""A box around what a person has clicked on or roughly framed: found by its colours, without a model."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from rest_framework.exceptions import APIException

from inference.services.calls import worker_ask
from labeling.models import Image

if TYPE_CHECKING:
    from vision.base import RGBImage


class NothingFound(APIException):
    status_code = 422
    default_detail = "Nothing stands out here: draw the box by hand."


def image_snap(
    *, image: Image, point: list[float] | None = None, box: list[float] | None = None
) -> list[float]:
    """The box [x1, y1, x2, y2] of what lies under a point or within a rough box, in pixels of the upright image.

    Raises WorkerMissing, NothingFound.
    """
    # The worker fetches the file itself, and keeps its pixels: somebody who clicks once clicks again.
    said = worker_ask("snap", {"file": image.file_key, "point": point, "box": box}, b" ")
    if said.get("error"):
        raise NothingFound(said["error"])
    if said["bbox"] is None:
        raise NothingFound
    return list(said["bbox"])


def snapped(call: dict[str, Any], data: bytes) -> dict[str, Any]:
    """In the worker: {bbox}, which is None where nothing was found, or {error}."""
    from vision.boxfinder import find_box
    from vision.images import UnreadableImage

    try:
        pixels = pixels_kept(call["file"])
    except (FileNotFoundError, UnreadableImage):
        return {"error": "The image's file is missing from the storage, or damaged."}
    found = find_box(
        pixels,
        point=tuple(call["point"]) if call["point"] else None,
        box=tuple(call["box"]) if call["box"] else None,
    )
    return {"bbox": None if found is None else [round(float(value), 2) for value in found]}


@lru_cache(maxsize=2)
def pixels_kept(key: str) -> RGBImage:
    from vision.images import read_rgb

    with default_storage.open(key) as file:
        return read_rgb(file.read())
