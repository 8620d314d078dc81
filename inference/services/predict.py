"""What a version says of one image, asked for by a person or a program who waits."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, cast

from rest_framework.exceptions import APIException

from inference.models import ModelVersion
from inference.services.calls import worker_ask
from inference.services.mattes import png_of
from inference.services.names import result_today
from inference.services.serving import predictor_for
from labeling.models import Project
from vision.base import AttributePredictor
from vision.registry import entry
from vision.results import AlphaMatte, GeneratedImage, Result, result_from_json

if TYPE_CHECKING:
    from vision.base import RGBImage


class PredictionFailed(APIException):
    status_code = 422
    default_detail = "The model could not predict this image."


def image_predict(
    *, version: ModelVersion, data: bytes, attributes: dict[str, Any] | None = None, cutout: bool = False
) -> dict[str, Any]:
    """{result, ms}; of a matte {png, ms}: the alpha, or with `cutout` the foreground with it; of a made picture {png, ms}. `version` comes with its
    project; `attributes` are what else is known of the image. Raises WorkerMissing, PredictionFailed."""
    call = {
        "version": version.pk, "model": version.model, "number": version.number, "weights": version.weights,
        "sha256": version.weights_sha256, "settings": version.project.settings, "kind": version.project.kind,
        "attributes": attributes or {}, "cutout": cutout,
    }  # fmt: skip
    said = worker_ask("predict", call, data)
    if "error" in said:
        raise PredictionFailed(said["error"])
    if "png" in said:
        return {**said, "png": b64decode(said["png"])}
    return {**said, "result": result_today(version, said["result"])}


def predicted(call: dict[str, Any], data: bytes) -> dict[str, Any]:
    """In the worker: {result, ms}, or {png, ms} of a matte or a made picture, or {error}."""
    from vision.images import UnreadableImage, png, read_rgb

    version = ModelVersion(
        pk=call["version"], model=call["model"], number=call["number"], weights=call["weights"],
        weights_sha256=call["sha256"], project=Project(settings=call["settings"], kind=call["kind"]),
    )  # fmt: skip
    begun = time.perf_counter()
    try:
        if entry(version.model).by_attributes:
            known = cast(AttributePredictor, predictor_for(version)).predict_attributes([call["attributes"]])
            said = _in_words(known[0], call["kind"])
        else:
            pixels = read_rgb(data)
            found = predictor_for(version).predict([pixels])[0]
            if isinstance(found, AlphaMatte):
                said = _png(found, pixels, call["cutout"])
            elif isinstance(found, GeneratedImage):
                said = {"png": b64encode(png(found.image)).decode()}
            else:
                said = _in_words(found, call["kind"])
    except UnreadableImage as error:
        return {"error": f"The image cannot be read: {error}."}
    return {**said, "ms": round((time.perf_counter() - begun) * 1000, 2)}


def _in_words(found: Result, kind: str) -> dict[str, Any]:
    row = found.to_json()
    result_from_json(kind, row)
    return {"result": row}


def _png(found: AlphaMatte, pixels: RGBImage, cutout: bool) -> dict[str, Any]:
    from vision.mattes import cutout_png

    height, width = pixels.shape[:2]
    data = cutout_png(pixels, found.alpha) if cutout else png_of(found, (width, height))
    return {"png": b64encode(data).decode()}
