"""Interactive calls: the web process hands an image to an inference worker and waits for its answer.

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
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

import redis
from django.conf import settings
from rest_framework.exceptions import APIException

from labeling.valkey import store as shared
from vision.weights import MissingWeights

logger = logging.getLogger(__name__)
CALLS = "frameloop:predict"
ALIVE = "frameloop:predict:alive"  # who serves, each with the time until which it says so
KEPT_SECONDS = 60
LOOK_SECONDS = 1  # how long a worker waits for a call before it says again that it is there
# Who answers what: each takes the call and the image's bytes, and gives JSON, with `error` where it failed.
ANSWERS = {
    "predict": "inference.services.predict.predicted",
    "snap": "inference.services.snap.snapped",
    "segment": "inference.services.segment.segmented",
}


class WorkerMissing(APIException):
    status_code = 503
    default_detail = "No inference worker answers. Start one (celery -A config worker -Q inference), or try again when it is less busy."


def worker_ask(what: str, call: dict[str, Any], data: bytes) -> dict[str, Any]:
    """What a worker answers; `call` is JSON. Raises WorkerMissing."""
    key = f"{CALLS}:{secrets.token_hex(16)}"
    fetched = False
    try:
        if not _send(key, {"what": what, **call}, data):
            raise WorkerMissing
        answer: Any = shared.blpop([f"{key}:answer"], timeout=settings.PREDICT_TIMEOUT)
        fetched = answer is not None
    finally:
        if not fetched:  # nobody shall fetch it any more: its place in the list is passed over
            shared.delete(key)
    if answer is None:
        raise WorkerMissing
    return dict(json.loads(answer[1]))


def _send(key: str, call: dict[str, Any], data: bytes) -> bool:
    """False when nobody is there to fetch it."""
    row = json.dumps({"key": key, **call})
    send = shared.pipeline(transaction=False)
    send.zcount(ALIVE, time.time(), "+inf")
    send.set(key, data, ex=KEPT_SECONDS)
    send.rpush(CALLS, row)
    send.expire(CALLS, KEPT_SECONDS)
    alive, *_ = send.execute()
    if not alive:
        shared.lrem(CALLS, 1, row)
    return bool(alive)


class Server:
    """Serves calls from a thread of this process, until it is told to stop."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(8)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="predict", daemon=True)

    def start(self) -> None:
        """Call in a worker's child, after the fork."""
        self.thread.start()

    def stop(self) -> None:
        """Sign off, and answer what was sent before that: a restart costs nobody their answer."""
        self.stopping.set()
        self.sign_off(shared)
        self.thread.join(10)
        self.sign_off(shared)  # it may have begun another turn, and be at a call that takes longer than that

    def run(self) -> None:
        store = redis.Redis.from_url(settings.BROKER_URL)
        while not self.stopping.is_set():
            self.turn(store)
        self.end(store)

    def turn(self, store: redis.Redis) -> None:
        try:
            # Those who were killed drop out by their time.
            store.zadd(ALIVE, {self.name: time.time() + KEPT_SECONDS})
            store.zremrangebyscore(ALIVE, 0, time.time())
            call: Any = store.blpop([CALLS], timeout=LOOK_SECONDS)
            if call is not None:
                _serve_one(store, json.loads(call[1]))
        except redis.RedisError:
            logger.warning("The broker does not answer; trying again.")
            time.sleep(1)
        except Exception:  # whatever one call was about, the next one is served
            logger.exception("predict")

    def sign_off(self, store: redis.Redis) -> None:
        """From now on nobody waits for this worker."""
        with suppress(redis.RedisError):
            store.zrem(ALIVE, self.name)

    def end(self, store: redis.Redis) -> None:
        self.sign_off(store)
        with suppress(redis.RedisError):
            while (call := cast(Any, store.lpop(CALLS))) is not None:
                _serve_one(store, json.loads(call))


def _serve_one(store: redis.Redis, call: dict[str, Any]) -> None:
    data: Any = store.getdel(call["key"])
    if data is None:
        return  # the caller has gone away
    answer = store.pipeline(transaction=False)
    answer.lpush(f"{call['key']}:answer", json.dumps(_answer(call, data), allow_nan=False))
    answer.expire(f"{call['key']}:answer", KEPT_SECONDS)
    answer.execute()


def _answer(call: dict[str, Any], data: bytes) -> dict[str, Any]:
    module, _, name = ANSWERS[call["what"]].rpartition(".")
    try:
        return dict(getattr(import_module(module), name)(call, data))
    except MissingWeights as error:  # a sentence for people, with the command that mends it
        logger.warning("%s", error)
        return {"error": str(error)}
    except Exception as error:  # the caller waits: say that it failed, and leave the trace in the log
        logger.exception("predict")
        return {"error": f"The model failed ({type(error).__name__})."}
