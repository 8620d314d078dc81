"""A part of a matte, around what a person has clicked on or roughly framed: found by its colours, without a model."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from inference.services.calls import worker_ask
from inference.services.snap import NothingFound, pixels_kept
from labeling.models import Image


def image_segment(
    *, image: Image, point: list[float] | None = None, box: list[float] | None = None
) -> dict[str, Any]:
    """{window, alpha}: a PNG in base64 that covers the window x1, y1, x2, y2. Raises WorkerMissing, NothingFound."""
    # The worker fetches the file itself, and keeps its pixels: somebody who clicks once clicks again.
    said = worker_ask("segment", {"file": image.file_key, "point": point, "box": box}, b" ")
    if said.get("error"):
        raise NothingFound(said["error"])
    if said["window"] is None:
        raise NothingFound("Nothing stands out here: paint it by hand.")
    return said


def segmented(call: dict[str, Any], data: bytes) -> dict[str, Any]:
    """In the worker: {window, alpha}, of which `window` is None where nothing was found, or {error}."""
    from vision.images import UnreadableImage
    from vision.mattes import alpha_png
    from vision.segmenter import segment

    try:
        pixels = pixels_kept(call["file"])
    except (FileNotFoundError, UnreadableImage):
        return {"error": "The image's file is missing from the storage, or damaged."}
    found = segment(
        pixels,
        point=tuple(call["point"]) if call["point"] else None,
        box=tuple(call["box"]) if call["box"] else None,
    )
    if found is None:
        return {"window": None}
    window, levels = found
    return {"window": list(window), "alpha": b64encode(alpha_png(levels)).decode()}
