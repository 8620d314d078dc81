"""What a version says of one image, asked for by a person or a program who waits."""

from __future__ import annotations

import time
from typing import Any, cast

from rest_framework.exceptions import APIException

from inference.models import ModelVersion
from inference.services.calls import worker_ask
from inference.services.names import result_today
from inference.services.serving import predictor_for
from labeling.models import Project
from vision.base import AttributePredictor
from vision.registry import entry
from vision.results import Result, result_from_json


class PredictionFailed(APIException):
    status_code = 422
    default_detail = "The model could not predict this image."


def image_predict(
    *, version: ModelVersion, data: bytes, attributes: dict[str, Any] | None = None
) -> dict[str, Any]:
    """{result, ms}. `version` comes with its project; `attributes` are what else is known of the image.
    Raises WorkerMissing, PredictionFailed."""
    call = {
        "version": version.pk, "model": version.model, "number": version.number, "weights": version.weights,
        "sha256": version.weights_sha256, "settings": version.project.settings, "kind": version.project.kind,
        "attributes": attributes or {},
    }  # fmt: skip
    said = worker_ask("predict", call, data)
    if "error" in said:
        raise PredictionFailed(said["error"])
    return {**said, "result": result_today(version, said["result"])}


def predicted(call: dict[str, Any], data: bytes) -> dict[str, Any]:
    """In the worker: {result, ms}, or {error}."""
    from vision.images import UnreadableImage

    version = ModelVersion(
        pk=call["version"], model=call["model"], number=call["number"], weights=call["weights"],
        weights_sha256=call["sha256"], project=Project(settings=call["settings"], kind=call["kind"]),
    )  # fmt: skip
    begun = time.perf_counter()
    try:
        row = _result(version, data, call["attributes"]).to_json()
    except UnreadableImage as error:
        return {"error": f"The image cannot be read: {error}."}
    result_from_json(call["kind"], row)
    return {"result": row, "ms": round((time.perf_counter() - begun) * 1000, 2)}


def _result(version: ModelVersion, data: bytes, attributes: dict[str, Any]) -> Result:
    from vision.images import read_rgb

    predictor = predictor_for(version)
    if entry(version.model).by_attributes:
        return cast(AttributePredictor, predictor).predict_attributes([attributes])[0]
    return predictor.predict([read_rgb(data)])[0]
