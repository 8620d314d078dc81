"""Our YOLO detector beside plain Ultralytics: what is learned, how fast, and how fast it is served.

    python -m benchmarks.yolo --data FOLDER [--seeds 3] [--epochs 30] [--image-size 320] [--size n]

`--data` is a folder with `annotations.coco.json` and `images/`. Both train from the same architecture file, seed and
split (60 % training, 20 % validation, 20 % held out), in turns, with Ultralytics' defaults; one evaluator scores both on
the held-out images. Training's seconds hold set-up and validation, of both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.coco import load_samples
from vision import registry
from vision.base import Sample
from vision.detection_metrics import detection_report
from vision.geometry import to_centre
from vision.images import read_rgb, upright_size

SCORE = 0.001  # from which boxes count for mAP, as Ultralytics validates
BATCH, ROUNDS, SERVED = 16, 5, 32  # images a step; turns of the serving measurement, and images in each
RUNTIMES = ("torch", "onnx", "openvino")
SPLITS = ("train", "train", "train", "val", "test")


def split(samples: Sequence[Sample]) -> list[Sample]:
    order = np.random.default_rng(0).permutation(len(samples))
    return [replace(samples[n], split=SPLITS[place % len(SPLITS)]) for place, n in enumerate(order)]


def write_yolo(samples: Sequence[Sample], categories: Sequence[str], folder: Path) -> Path:
    """As Ultralytics reads a data set: links to the images, and a text file of boxes beside each."""
    index = {name: n for n, name in enumerate(categories)}
    for n, sample in enumerate(samples):
        images, labels = (folder / part / sample.split for part in ("images", "labels"))
        images.mkdir(parents=True, exist_ok=True)
        labels.mkdir(parents=True, exist_ok=True)
        (images / f"{n}{sample.path.suffix}").symlink_to(sample.path.resolve())
        size = upright_size(sample.path)
        rows = [(index[name], *to_centre(box, *size)) for name, box in sample.boxes]
        (labels / f"{n}.txt").write_text("\n".join(" ".join(map(str, row)) for row in rows))
    names = "".join(f"  {n}: {name!r}\n" for n, name in enumerate(categories))
    described = folder / "data.yaml"
    described.write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames:\n{names}")
    return described


def train_ours(
    samples: Sequence[Sample], categories: Sequence[str], out: Path, options: Any, seed: int
) -> Path:
    config = registry.parse_config("yolo", {
        "size": options.size, "epochs": options.epochs, "image_size": options.image_size, "seed": seed, "batch_size": BATCH,
        "patience": options.epochs,
    })  # fmt: skip
    return registry.trainer_class("yolo")().fit(
        samples, out, config, categories=list(categories), on_progress=lambda _: None, should_stop=lambda: False,
    ).path  # fmt: skip


def train_plain(described: Path, out: Path, options: Any, seed: int) -> Any:
    from vision.models.yolo.network import GENERATION  # before Ultralytics, which it keeps quiet

    from ultralytics import YOLO  # isort: skip

    model = YOLO(f"{GENERATION}{options.size}.yaml", task="detect")
    model.train(
        data=str(described), epochs=options.epochs, imgsz=options.image_size, batch=BATCH, seed=seed, workers=0, device="cpu",
        patience=options.epochs, pretrained=False, plots=False, verbose=False, project=str(out), name="plain", exist_ok=True,
    )  # fmt: skip
    return model


def plain_result(found: Any, categories: Sequence[str]) -> dict[str, Any]:
    rows = zip(
        found.boxes.xyxy.tolist(), found.boxes.cls.int().tolist(), found.boxes.conf.tolist(), strict=True
    )
    return {"boxes": [{"category": categories[n], "bbox": box, "score": score} for box, n, score in rows]}


def load_ours(path: Path, runtime: str, score: float = SCORE) -> Any:
    os.environ["FRAMELOOP_RUNTIME"] = runtime
    return registry.predictor_class("yolo").load(path, options={"box_score": score})


def predict_plain(model: Any, images: Sequence[np.ndarray], options: Any, score: float) -> list[Any]:
    swapped = [np.ascontiguousarray(image[..., ::-1]) for image in images]
    return list(
        model.predict(
            swapped, imgsz=options.image_size, conf=score, device="cpu", verbose=False, batch=len(images)
        )
    )


def rates(
    servers: dict[str, Callable[[Sequence[np.ndarray]], Any]], images: Sequence[np.ndarray], together: int
) -> dict[str, float]:
    """Images a second of each, the median of turns."""
    seconds: dict[str, list[float]] = {name: [] for name in servers}
    for turn in range(ROUNDS + 1):
        for name, serve in servers.items():
            begun = time.perf_counter()
            for first in range(0, len(images), together):
                serve(images[first : first + together])
            if turn:  # the first one warms up
                seconds[name].append(time.perf_counter() - begun)
    return {name: len(images) / statistics.median(values) for name, values in seconds.items()}


def compare_training(
    samples: list[Sample], categories: list[str], folder: Path, options: Any
) -> tuple[Path, Any]:
    """Prints a row a seed; returns the last model of each."""
    import vision.models.yolo.engine  # noqa: F401 (else whoever trains first pays for its import)

    described = write_yolo(samples, categories, folder / "data")
    held_out = [sample for sample in samples if sample.split == "test"]
    images, truth = [read_rgb(sample.path) for sample in held_out], [sample.boxes for sample in held_out]
    count = sum(sample.split == "train" for sample in samples) * options.epochs
    print(f"{count // options.epochs} training images, {len(held_out)} held out, {options.epochs} epochs\n")
    print("| seed | mAP 50–95 ours | plain | training images/s ours | plain |\n|---|---|---|---|---|")
    table: list[list[float]] = []
    for seed in range(options.seeds):
        made: dict[str, Any] = {}
        took: dict[str, float] = {}
        for who in ("ours", "plain") if seed % 2 == 0 else ("plain", "ours"):
            begun, out = time.perf_counter(), folder / f"{who}{seed}"
            made[who] = (
                train_ours(samples, categories, out, options, seed)
                if who == "ours"
                else train_plain(described, out, options, seed)
            )
            took[who] = time.perf_counter() - begun
        served = load_ours(made["ours"], "torch")
        ours = [served.predict([image])[0].to_json() for image in images]
        plain = [
            plain_result(predict_plain(made["plain"], [image], options, SCORE)[0], categories)
            for image in images
        ]
        scores = [detection_report(truth, results, categories)["map"] for results in (ours, plain)]
        table.append([*scores, count / took["ours"], count / took["plain"]])
        print(
            f"| {seed} | {scores[0]:.4f} | {scores[1]:.4f} | {table[-1][2]:.1f} | {table[-1][3]:.1f} |",
            flush=True,
        )
    mean, spread = np.mean(table, 0), np.std(table, 0)
    print(f"| mean ± sd | {' | '.join(f'{a:.4g} ± {b:.2g}' for a, b in zip(mean, spread, strict=True))} |")
    print(f"\nTraining, ours / plain: {mean[2] / mean[3]:.2f} ×")
    return made["ours"], made["plain"]


def compare_serving(ours: Path, plain: Any, images: Sequence[np.ndarray], options: Any) -> None:
    servers: dict[str, Callable[[Sequence[np.ndarray]], Any]] = {
        f"ours, {name}": load_ours(ours, name, 0.1).predict for name in RUNTIMES
    }
    servers["Ultralytics"] = lambda batch: predict_plain(plain, batch, options, 0.1)
    print("\n| images/s | one by one | by eight |\n|---|---|---|")
    single, eight = rates(servers, images, 1), rates(servers, images, 8)
    for name in servers:
        print(f"| {name} | {single[name]:.1f} | {eight[name]:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", default="n", choices=tuple("nsmlx"))
    for name, default in (("seeds", 3), ("epochs", 30), ("image-size", 320)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--limit", type=int, default=0, help="images used in all; 0: every one")
    options = parser.parse_args()
    samples, categories = load_samples(options.data)
    samples = split(samples[: options.limit or None])
    with tempfile.TemporaryDirectory() as folder:
        ours, plain = compare_training(samples, categories, Path(folder), options)
        images = [read_rgb(sample.path) for sample in samples if sample.split == "test"][:SERVED]
        compare_serving(ours, plain, images, options)


if __name__ == "__main__":
    main()
