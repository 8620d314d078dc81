"""`python -m vision.fit SPEC.json`: the process that a training task starts, watches and can kill.

The spec is {model, config, categories, samples: [{id, path, category or boxes, split, group}], out, device?, options?}. What
happens is said in JSON, one object a line, on standard output:

    {"type": "progress", epoch, epochs, metrics, seconds_left, message}
    {"type": "log", message}
    {"type": "state", path}                     a state that can be resumed was written
    {"type": "done", checkpoint, sha256, test: [{id, result, ms} or {id, error}]}

`test` are predictions on the samples of split `test`, which the trainer never sees. SIGTERM ends it at the next batch
with exit code 3, and leaves what can be resumed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STOPPED = 3
BATCH = 16


def main(spec_path: str) -> int:
    _die_with_parent()
    stop = {"asked": False}
    signal.signal(signal.SIGTERM, lambda *_: stop.update(asked=True))
    # Libraries print to standard output too: keep the protocol's stream for itself.
    stream = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(**message: Any) -> None:
        stream.write(json.dumps(message, allow_nan=False) + "\n")

    from vision.base import Stopped

    try:
        run(json.loads(Path(spec_path).read_text()), say, lambda: stop["asked"])
    except Stopped:
        say(type="log", message="Stopped; what was reached is kept.")
        return STOPPED
    return 0


def run(spec: dict[str, Any], say: Callable[..., None], should_stop: Callable[[], bool]) -> None:
    from vision.base import Progress, Sample, choose_device
    from vision.registry import parse_config, predictor_class, trainer_class

    device = spec.get("device") or choose_device()
    samples = [
        Sample(
            Path(row["path"]),
            row.get("category", ""),
            row["split"],
            row.get("group", ""),
            str(row["id"]),
            tuple((box["category"], tuple(box["bbox"])) for box in row.get("boxes", ())),
        )
        for row in spec["samples"]
    ]
    learn = [sample for sample in samples if sample.split in ("train", "val")]
    held_out = [sample for sample in samples if sample.split == "test"]
    say(
        type="log",
        message=f"Training {spec['model']} on {len(learn)} images ({device}); {len(held_out)} are held out.",
    )

    def on_progress(progress: Progress) -> None:
        say(
            type="progress", epoch=progress.epoch, epochs=progress.epochs, metrics=dict(progress.metrics),
            seconds_left=progress.seconds_left, message=progress.message,
        )  # fmt: skip
        if (Path(spec["out"]) / "state").exists():
            say(type="state", path=str(Path(spec["out"]) / "state"))

    checkpoint = trainer_class(spec["model"])().fit(
        learn, Path(spec["out"]), parse_config(spec["model"], spec["config"]), categories=spec["categories"],
        on_progress=on_progress, should_stop=should_stop, device=device,
    )  # fmt: skip
    predictor = predictor_class(spec["model"]).load(
        checkpoint.path, device=device, options=spec.get("options")
    )
    test = predict_files(predictor, held_out, should_stop)
    say(type="done", checkpoint=str(checkpoint.path), sha256=checkpoint.sha256, test=test)


def predict_files(
    predictor: Any, samples: list[Any], should_stop: Callable[[], bool]
) -> list[dict[str, Any]]:
    from vision.base import Stopped
    from vision.images import UnreadableImage, read_rgb

    rows: list[dict[str, Any]] = []
    for start in range(0, len(samples), BATCH):
        if should_stop():
            raise Stopped
        images, ids = [], []
        for sample in samples[start : start + BATCH]:
            try:
                images.append(read_rgb(sample.path))
                ids.append(sample.id)
            except UnreadableImage as error:
                rows.append({"id": sample.id, "error": str(error)})
        begun = time.perf_counter()
        results = predictor.predict(images)
        each = (time.perf_counter() - begun) * 1000 / max(1, len(images))
        rows += [
            {
                "id": i,
                "result": r.to_json(),
                "ms": round(each, 3),
                "embedding": r.embedding.hex() if r.embedding is not None else None,
            }
            for i, r in zip(ids, results, strict=True)
        ]
    return rows


def _die_with_parent() -> None:
    """A training process without its task would train for nobody (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
