"""Interactive predictions: the web process hands an image to an inference worker and waits for its answer.

A thread beside the worker's tasks serves these calls, from a list in the broker's store, with the models that the
tasks use: a call does not wait for a chunk of pre-labels to end, nor pass through the task queue (which took about
ten milliseconds more). The web process imports no torch and holds no model.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from typing import Any

import redis
from django.conf import settings
from rest_framework.exceptions import APIException

from inference.models import ModelVersion
from labeling.models import Project

logger = logging.getLogger(__name__)
CALLS = "frameloop:predict"
ALIVE = "frameloop:predict:alive"
KEPT_SECONDS = 60
LOOK_SECONDS = 5  # how long a worker waits for a call before it says again that it is there
_store = redis.Redis.from_url(settings.BROKER_URL)


class WorkerMissing(APIException):
    status_code = 503
    default_detail = "No inference worker answers. Start one (celery -A config worker -Q inference), or try again when it is less busy."


class PredictionFailed(APIException):
    status_code = 422
    default_detail = "The model could not predict this image."


def image_predict(*, version: ModelVersion, data: bytes) -> dict[str, Any]:
    """{result, ms}. `version` comes with its project. Raises WorkerMissing, PredictionFailed."""
    key = f"{CALLS}:{secrets.token_hex(16)}"
    call = {
        "key": key, "version": version.pk, "model": version.model, "number": version.number, "weights": version.weights,
        "sha256": version.weights_sha256, "settings": version.project.settings,
    }  # fmt: skip
    send = _store.pipeline(transaction=False)
    send.exists(ALIVE)
    send.set(key, data, ex=KEPT_SECONDS)
    send.rpush(CALLS, json.dumps(call))
    if not send.execute()[0]:
        _store.delete(key)  # its place in the list is passed over
        raise WorkerMissing
    answer: Any = _store.blpop([f"{key}:answer"], timeout=settings.PREDICT_TIMEOUT)
    if answer is None:
        _store.delete(key)
        raise WorkerMissing
    said = json.loads(answer[1])
    if "error" in said:
        raise PredictionFailed(said["error"])
    return said


def serve_start() -> threading.Thread:
    """Serve calls from a thread of this process. Call in a worker's child, after the fork."""
    thread = threading.Thread(target=_serve, name="predict", daemon=True)
    thread.start()
    return thread


def _serve() -> None:
    store = redis.Redis.from_url(settings.BROKER_URL)
    while True:
        try:
            store.set(ALIVE, 1, ex=KEPT_SECONDS)
            call: Any = store.blpop([CALLS], timeout=LOOK_SECONDS)
            if call is not None:
                _serve_one(store, json.loads(call[1]))
        except redis.RedisError:
            logger.warning("The broker does not answer; trying again.")
            time.sleep(1)


def _serve_one(store: redis.Redis, call: dict[str, Any]) -> None:
    data: Any = store.getdel(call["key"])
    if data is None:
        return  # the caller has gone away
    answer = store.pipeline(transaction=False)
    answer.lpush(f"{call['key']}:answer", json.dumps(_answer(call, data), allow_nan=False))
    answer.expire(f"{call['key']}:answer", KEPT_SECONDS)
    answer.execute()


def _answer(call: dict[str, Any], data: bytes) -> dict[str, Any]:
    from inference.services.serving import predictor_for
    from vision.images import UnreadableImage, read_rgb

    version = ModelVersion(
        pk=call["version"], model=call["model"], number=call["number"], weights=call["weights"],
        weights_sha256=call["sha256"], project=Project(settings=call["settings"]),
    )  # fmt: skip
    begun = time.perf_counter()
    try:
        (result,) = predictor_for(version).predict([read_rgb(data)])
    except UnreadableImage as error:
        return {"error": f"The image cannot be read: {error}."}
    except Exception as error:  # the caller waits: say that it failed, and leave the trace in the log
        logger.exception("predict")
        return {"error": f"The model failed ({type(error).__name__})."}
    return {"result": result.to_json(), "ms": round((time.perf_counter() - begun) * 1000, 2)}
