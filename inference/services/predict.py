"""Interactive predictions: the web process hands an image to the inference worker and waits for its answer.

The image goes through the broker's store under a random key, the answer comes back on a list of its own; the web
process imports no torch and holds no model.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from rest_framework.exceptions import APIException

from inference.models import ModelVersion
from labeling.enqueue import INTERACTIVE

logger = logging.getLogger(__name__)
TASK = "inference.tasks.predict_one"
KEPT_SECONDS = 60
_store = redis.Redis.from_url(settings.BROKER_URL)


class WorkerMissing(APIException):
    status_code = 503
    default_detail = "No inference worker answers. Start one (celery -A config worker -Q inference), or try again when it is less busy."


class PredictionFailed(APIException):
    status_code = 422
    default_detail = "The model could not predict this image."


def image_predict(*, version: ModelVersion, data: bytes) -> dict[str, Any]:
    """{result, ms}. Raises WorkerMissing, PredictionFailed."""
    key = f"frameloop:predict:{secrets.token_hex(16)}"
    _store.set(key, data, ex=KEPT_SECONDS)
    current_app.send_task(
        TASK,
        args=(version.pk, key),
        queue="inference",
        priority=INTERACTIVE,
        expires=settings.PREDICT_TIMEOUT,
    )
    answer: Any = _store.blpop([f"{key}:answer"], timeout=settings.PREDICT_TIMEOUT)
    if answer is None:
        _store.delete(key)
        raise WorkerMissing
    said = json.loads(answer[1])
    if "error" in said:
        raise PredictionFailed(said["error"])
    return said


def predict_one(*, version_id: int, key: str) -> None:
    """In the worker: answer one interactive call. One whose caller has gone away is dropped."""
    data: Any = _store.getdel(key)
    if data is None:
        return
    answer = _store.pipeline()
    answer.lpush(f"{key}:answer", json.dumps(_answer(version_id, data), allow_nan=False))
    answer.expire(f"{key}:answer", KEPT_SECONDS)
    answer.execute()


def _answer(version_id: int, data: bytes) -> dict[str, Any]:
    from inference.services.serving import predictor_for
    from vision.images import UnreadableImage, read_rgb

    version = ModelVersion.objects.select_related("project").get(pk=version_id)
    begun = time.perf_counter()
    try:
        (result,) = predictor_for(version).predict([read_rgb(data)])
    except UnreadableImage as error:
        return {"error": f"The image cannot be read: {error}."}
    except Exception as error:
        # The caller waits: say that it failed, and leave the trace in the worker's log.
        logger.exception("predict")
        return {"error": f"The model failed ({type(error).__name__})."}
    return {"result": result.to_json(), "ms": round((time.perf_counter() - begun) * 1000, 2)}
