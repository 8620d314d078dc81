"""Pre-labeling through the whole path, beside the bare predictor on the same files in the same batches.

    python -m config.local env -- python -m benchmarks.prelabel [--boxes FOLDER]

Rounds take turns, so that a machine that slows down slows both. "The whole path": a job's tasks through the broker to
a Celery worker, which looks up, reads, decodes, predicts, validates and stores, and writes the queue's rows.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.inference import Bare, Ground, ground, ground_of_boxes, inference_worker
from benchmarks.stack import server
from inference.models import ModelVersion, Prediction
from inference.services.predicting import BATCH
from inference.services.prelabel import prelabel_start
from inference.services.versions import version_set_production
from labeling.models import Image, Job, QueueItem


def prelabel(version: ModelVersion, ids: list[int]) -> float:
    """Seconds from the first task's begin to the job's end, over images without predictions."""
    Prediction.objects.filter(model_version=version).delete()
    QueueItem.objects.filter(image_id__in=ids).update(prediction=None, score=None, uncertainty=None)
    job = prelabel_start(version=version, by=None, ids=ids)
    while job.state not in Job.FINISHED:
        time.sleep(0.25)  # what looks on has its share of the processor, too
        job.refresh_from_db()
    assert job.state == Job.State.SUCCEEDED and job.result == {"predicted": len(ids), "failed": 0}, job.errors
    assert QueueItem.objects.filter(image_id__in=ids, prediction__model_version=version.pk).count() == len(
        ids
    )
    assert job.started and job.finished
    return (job.finished - job.started).total_seconds()


def compare(scene: Ground, version: ModelVersion, count: int, rounds: int) -> tuple[list[float], list[float]]:
    """Images a second of the whole path and of the bare predictor, round by round."""
    ids = list(
        Image.objects.filter(project=scene.project).order_by("id").values_list("id", flat=True)[:count]
    )
    size = BATCH["cpu"]
    batches = [scene.files[start : min(start + size, count)] for start in range(0, count, size)]
    bare = Bare(version)
    try:
        prelabel(version, ids[:16])
        bare.seconds(batches[:2])
        whole, alone = [], []
        for number in range(rounds):
            if number % 2:  # each is the first one as often as the other
                whole.append(count / prelabel(version, ids))
            alone.append(count / bare.seconds(batches))
            if not number % 2:
                whole.append(count / prelabel(version, ids))
    finally:
        bare.close()
    return whole, alone


def measure(scene: Ground, model: str, count: int, rounds: int, **params: Any) -> None:
    """Prints a row."""
    version = scene.version(model, **params)
    version_set_production(version=version)
    while Job.objects.exclude(state__in=Job.FINISHED).exists():
        Job.objects.exclude(state__in=Job.FINISHED).update(cancel_requested=True)
        time.sleep(0.2)
    whole, alone = compare(scene, version, count, rounds)
    ratios = [a / b for a, b in zip(whole, alone, strict=True)]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"| {model} | {count} | {statistics.median(whole):,.1f} | {statistics.median(alone):,.1f} "
          f"| {statistics.median(ratios):.2f} ({each}) |", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--majority", type=int, default=3000, help="images for the model that costs nothing")
    parser.add_argument("--two-stage", type=int, default=64)
    parser.add_argument(
        "--boxes", type=Path, help="a COCO data set, for the detector: annotations.coco.json and images/"
    )
    parser.add_argument(
        "--epochs", type=int, default=30, help="that the detector learns for, to find something"
    )
    parser.add_argument("--image-size", type=int, default=640, help="of the detector")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with server(), inference_worker():
        print(
            "| model | images | pre-labeling, images/s | bare predictor, images/s | ratio, median (each round) |"
        )
        print("|---|---|---|---|---|", flush=True)
        if options.majority:
            with ground(options.majority) as scene:
                measure(scene, "majority", options.majority, options.rounds)
                measure(scene, "two_stage", options.two_stage, options.rounds, epochs=1)
        if options.boxes:
            with ground_of_boxes(options.boxes) as scene:
                measure(
                    scene,
                    "yolo",
                    len(scene.files),
                    options.rounds,
                    epochs=options.epochs,
                    image_size=options.image_size,
                )


if __name__ == "__main__":
    main()
