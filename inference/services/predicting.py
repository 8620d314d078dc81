"""From stored images to what a predictor says of them, for under a second at a time."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.files.storage import default_storage

from inference.models import ModelVersion
from inference.services.mattes import result_kept
from inference.services.results import Said
from labeling.errors import StorageFull
from labeling.models import Image

if TYPE_CHECKING:
    from vision.base import AttributePredictor, Predictor, RGBImage

# A CPU works fastest on few images, whose arrays stay in its caches; a GPU on many.
BATCH = {"cpu": 8, "cuda": 64}
AHEAD = 4  # batches decoded before the model asks for them, at the most
PIXELS = 100_000_000  # of a batch, each three bytes; those in memory at a time have twice as many at the most
DAY = 24 * 3600
Predict = Callable[[Sequence[Any]], list[Any]]
Decoding = tuple[list[Image], list["Future[RGBImage | str]"]]


def predict_images(
    predictor: Predictor, images: Sequence[Image], *, version: ModelVersion, first: int, batch: int, seconds: float, should_stop: Callable[[], bool],
) -> list[Said]:  # fmt: skip
    """As many of `images`, in order, as fit into the time; the next ones are decoded while the model works.

    It is asked for `first` at once, and then for as many as the time left will do for, at the most `batch`: of some
    models a whole batch takes ten seconds.
    """
    end = time.monotonic() + seconds
    waiting, decoding = deque(images), deque[Decoding]()
    said: list[Said] = []
    size, useful = min(first, batch), int(first > 1)  # and batches that the time will do for after this one
    while not said or (time.monotonic() < end and not should_stop()):
        _decode_ahead(waiting, decoding, size, useful)
        if not decoding:
            break
        begun = time.monotonic()
        now, futures = decoding.popleft()
        said += _predict(predictor, now, [future.result() for future in futures], version)
        each = max(time.monotonic() - begun, 0.0001) / len(now)
        left = max(0.0, end - time.monotonic())
        size = max(1, min(batch, int(left / each)))
        useful = int(left / (each * size))
    for _, futures in decoding:
        for future in futures:
            future.cancel()
    return said


def _decode_ahead(waiting: deque[Image], decoding: deque[Decoding], size: int, useful: int) -> None:
    """Begin to decode the next batch, and those after it that will be of use and find room in memory."""
    held = sum(_area(image) for batch, _ in decoding for image in batch)
    while waiting and (not decoding or len(decoding) <= min(useful, AHEAD)):
        batch = _next_batch(waiting, size)
        area = sum(map(_area, batch))
        if decoding and held + area > 2 * PIXELS:
            waiting.extendleft(reversed(batch))
            break
        held += area
        decoding.append((batch, [_readers().submit(read, image) for image in batch]))


def predict_carefully(
    predictor: Predictor, images: Sequence[Image], *, version: ModelVersion, seconds: float
) -> list[Said]:
    """One at a time, each marked while it is worked on: one that takes the worker down with it, by a fault in a
    native library or for want of memory, is known by its mark to the next attempt, and passed over."""
    end = time.monotonic() + seconds
    said: list[Said] = []
    for image in images:
        mark = f"predicting-{version.pk}-{image.pk}"
        if cache.add(mark, 1, DAY):
            said += _predict(predictor, [image], [read(image)], version)
        else:
            said.append(_failed(image, "the worker died while it was predicted"))
        cache.delete(mark)
        if time.monotonic() > end:
            break
    return said


def predict_known(
    predictor: AttributePredictor, images: Sequence[Image], *, version: ModelVersion
) -> list[Said]:
    """By the attributes of all of them, at once: no file is opened, and no image can take the worker down."""
    results, each = _results(predictor.predict_attributes, [image.attributes for image in images])
    return [_said(image, result, each, version) for image, result in zip(images, results, strict=True)]


def _next_batch(waiting: deque[Image], size: int) -> list[Image]:
    """Up to `size` off the front; fewer of large ones, but never none."""
    batch = [waiting.popleft()]
    pixels = _area(batch[0])
    while waiting and len(batch) < size and pixels + _area(waiting[0]) <= PIXELS:
        batch.append(waiting.popleft())
        pixels += _area(batch[-1])
    return batch


def _area(image: Image) -> int:
    return image.width * image.height


@lru_cache(maxsize=1)
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="reader")


def read(image: Image) -> RGBImage | str:
    """The upright pixels, or why there are none. What is wrong with the storage, and not the image, is raised."""
    from vision.images import UnreadableImage, read_rgb

    try:
        with default_storage.open(image.file_key) as file:
            data = file.read()
    except FileNotFoundError:
        return "its file is missing from storage"
    try:
        return read_rgb(data)
    except UnreadableImage as error:
        return str(error)
    except Exception as error:
        return f"it cannot be decoded: {type(error).__name__}"


def _predict(
    predictor: Predictor, batch: Sequence[Image], pixels: Sequence[RGBImage | str], version: ModelVersion
) -> list[Said]:
    good = [array for array in pixels if not isinstance(array, str)]
    results, each = _results(predictor.predict, good)
    answers = iter(results)
    return [
        _failed(image, array) if isinstance(array, str) else _said(image, next(answers), each, version)
        for image, array in zip(batch, pixels, strict=True)
    ]


def _results(predict: Predict, inputs: Sequence[Any]) -> tuple[list[Any], float]:
    """A result or an exception for each, and the milliseconds that one took."""
    begun = time.perf_counter()
    try:
        results = _ask(predict, inputs)
    except Exception:  # find out whose fault it was
        results = [_alone(predict, one) for one in inputs]
    return results, (time.perf_counter() - begun) * 1000 / max(1, len(inputs))


def _ask(predict: Predict, inputs: Sequence[Any]) -> list[Any]:
    results = predict(inputs) if inputs else []
    if len(results) != len(inputs):
        raise ValueError(f"{len(results)} results for {len(inputs)} images")
    return list(results)


def _alone(predict: Predict, one: Any) -> Any:
    try:
        return _ask(predict, [one])[0]
    except Exception as error:
        return error


def _said(image: Image, result: Any, ms: float, version: ModelVersion) -> Said:
    if isinstance(result, Exception):
        return _failed(image, f"the model failed: {type(result).__name__}: {result}", ms)
    try:
        kind, size = version.project.kind, (image.width, image.height)
        result = result_kept(result, kind=kind, project_id=version.project_id, size=size)
    except (OSError, StorageFull):  # no fault of the image
        raise
    except Exception as error:
        return _failed(image, f"the model's result is not valid: {error}", ms)
    return Said(image.pk, result.to_json(), result.score, result.uncertainty, ms, embedding=result.embedding)


def _failed(image: Image, reason: str, ms: float = 0) -> Said:
    return Said(image.pk, None, None, None, ms, reason.replace("\0", "")[:300])
