"""`python -m vision.fit SPEC.json`: the process that a training task starts, watches and can kill.

The spec is {model, config, categories, samples: [{id, path, category or boxes or alpha, trimap?, split, group}], out, device?,
options?}. What happens is said in JSON, one object a line, on standard output:

    {"type": "progress", epoch, epochs, metrics, seconds_left, message, pictures: {id: path}}
    {"type": "log", message}
    {"type": "state", path}                     a state that can be resumed was written
    {"type": "done", checkpoint, sha256, test: [{id, result, score, uncertainty, ms} or {id, error}]}

`test` are predictions on the samples of split `test`, which the trainer never sees; their mattes are files `mattes/<sha256>.png`
in `out`. SIGTERM ends it at the next batch
with exit code 3, and leaves what can be resumed.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

STOPPED = 3
BATCH, PIXELS = 16, 32_000_000


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
            *(Path(row[name]) if row.get(name) else None for name in ("alpha", "trimap")),
        )
        for row in spec["samples"]
    ]
    learn = [sample for sample in samples if sample.split in ("train", "val")]
    held_out = [sample for sample in samples if sample.split == "test"]
    say(
        type="log",
        message=f"Training {spec['model']} on {len(learn)} images ({device}); {len(held_out)} are held out.",
    )

    kept = _written_at(Path(spec["out"]) / "state")  # what another attempt has left is kept already

    def on_progress(progress: Progress) -> None:
        say(
            type="progress", epoch=progress.epoch, epochs=progress.epochs, metrics=dict(progress.metrics),
            seconds_left=progress.seconds_left, message=progress.message,
            pictures={id: str(path) for id, path in progress.pictures.items()},
        )  # fmt: skip
        nonlocal kept
        state = Path(spec["out"]) / "state"
        if (latest := _written_at(state)) != kept:
            kept = latest
            say(type="state", path=str(state))

    checkpoint = trainer_class(spec["model"])().fit(
        learn, Path(spec["out"]), parse_config(spec["model"], spec["config"]), categories=spec["categories"],
        on_progress=on_progress, should_stop=should_stop, device=device,
    )  # fmt: skip
    predictor = predictor_class(spec["model"]).load(
        checkpoint.path, device=device, options=spec.get("options")
    )
    test = predict_files(predictor, held_out, should_stop, Path(spec["out"]))
    say(type="done", checkpoint=str(checkpoint.path), sha256=checkpoint.sha256, test=test)


def _written_at(state: Path) -> int:
    """When a state was written; not every epoch writes one. 0 where there is none."""
    try:
        return (state / "facts.json").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def predict_files(
    predictor: Any, samples: list[Any], should_stop: Callable[[], bool], out: Path
) -> list[dict[str, Any]]:
    from vision.base import Stopped
    from vision.images import UnreadableImage, read_rgb

    rows: list[dict[str, Any]] = []
    for some in _batches(samples):
        if should_stop():
            raise Stopped
        images, ids = [], []
        for sample in some:
            try:
                images.append(read_rgb(sample.path))
                ids.append(sample.id)
            except UnreadableImage as error:
                rows.append({"id": sample.id, "error": str(error)})
        begun = time.perf_counter()
        results = [_written(result, out) for result in predictor.predict(images)]
        each = (time.perf_counter() - begun) * 1000 / max(1, len(images))
        rows += [
            {
                "id": i,
                "result": r.to_json(),
                "score": r.score,
                "uncertainty": r.uncertainty,
                "ms": round(each, 3),
                "embedding": r.embedding.hex() if r.embedding is not None else None,
            }
            for i, r in zip(ids, results, strict=True)
        ]
    return rows


def _batches(samples: list[Any]) -> Iterator[list[Any]]:
    """Of images that are in memory together, each with what is said of its pixels."""
    from vision.images import UnreadableImage, upright_size

    batch, pixels = list[Any](), 0
    for sample in samples:
        try:
            area = math.prod(upright_size(sample.path))
        except UnreadableImage:
            area = 0
        if batch and (len(batch) == BATCH or pixels + area > PIXELS):
            yield batch
            batch, pixels = [], 0
        batch.append(sample)
        pixels += area
    if batch:
        yield batch


def _written(result: Any, out: Path) -> Any:
    """A matte with its file, named by its content; any other result as it is."""
    from vision.mattes import alpha_png, to_levels
    from vision.results import AlphaMatte

    if not isinstance(result, AlphaMatte):
        return result
    data = alpha_png(to_levels(result.alpha))
    sha256 = hashlib.sha256(data).hexdigest()
    (out / "mattes").mkdir(exist_ok=True)
    (out / "mattes" / f"{sha256}.png").write_bytes(data)
    return replace(result, sha256=sha256)


def _die_with_parent() -> None:
    """A training process without its task would train for nobody (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
