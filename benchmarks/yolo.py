"""A YOLO detector that is trained through the app, beside plain `yolo train`: what they learn, how fast, and how fast
they are served.

    python -m config.local env -- python -m benchmarks.yolo --data FOLDER [--seeds 3] [--epochs 30] [--image-size 320]

`--data` is a folder with `annotations.coco.json` and `images/`, which a project imports, with 60 % of the images for
training, 20 % for validation and 20 % held out. The app trains on the dataset version that it freezes; `yolo train` on
that version as the app exports it, unzipped and otherwise as it is. Both begin with random weights, and have the same
architecture, seed, epochs, image size and batch, and else what each has as its default; they take turns. By default
Ultralytics makes a step for 64 images, and the app for each batch; with `--step-each-batch` both do. One evaluator
scores both on the held-out images. Training's images a second are those of all epochs but the first, from the end of
that to the end of the last one: validation and what is kept of each epoch are in it, and starting is not.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.storage import default_storage

from benchmarks.exchange import exported
from benchmarks.stack import Api, ended, person, sent, server, worker
from inference.models import ModelVersion
from inference.services.serving import checkpoint_folder
from labeling.models import Image
from labeling.models.image import file_key
from labeling.services.projects import project_create
from training.models import Metric, Snapshot, TrainingRun
from training.services.snapshots import snapshot_rows
from training.services.truth import truth_of
from vision import registry
from vision.detection_metrics import detection_report
from vision.images import read_rgb

SCORE = 0.001  # from which boxes count for mAP, as Ultralytics validates
ROUNDS, SERVED = 5, 32  # turns of the serving measurement, and images in each
RUNTIMES = ("torch", "onnx", "openvino")
SPLITS = ("train", "train", "train", "val", "test")
YOLO = "from ultralytics.cfg import entrypoint; entrypoint()"


@dataclass
class Ground:
    """A project with the data set in it, and its frozen version as the app exports it for YOLO."""

    api: Api
    project: int
    categories: list[str]
    data: Path  # data.yaml


def packed(data: Path, target: Path, limit: int) -> list[str]:
    """The data set as a ZIP for the app, every image with its split; the categories."""
    labels = json.loads((data / "annotations.coco.json").read_text())
    order = np.random.default_rng(0).permutation(len(labels["images"]))[: limit or None]
    labels["images"] = [
        {**labels["images"][n], "split": SPLITS[place % len(SPLITS)]} for place, n in enumerate(order)
    ]
    kept = {row["id"] for row in labels["images"]}
    labels["annotations"] = [row for row in labels["annotations"] if row["image_id"] in kept]
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("annotations.json", json.dumps(labels))
        for row in labels["images"]:
            archive.write(data / "images" / row["file_name"], f"images/{row['file_name']}")
    return [row["name"] for row in labels["categories"]]


def brought(port: int, options: Any, folder: Path) -> Ground:
    user, token = person("manager")
    api = Api(port, token)
    categories = packed(options.data, folder / "data.zip", options.limit)
    project = project_create(
        by=user, name="Boxes", kind="detection", categories=[{"name": name} for name in categories]
    )
    with worker("default"):
        job = ended(api, sent(port, token, project.pk, folder / "data.zip"))
        assert not job["errors"], job["errors"]
        while Image.objects.filter(project=project, ready=False).exists():
            time.sleep(0.1)
        frozen = api.call("POST", f"/api/projects/{project.pk}/snapshots/", {})
        exported(api, project.pk, "yolo", folder / "yolo.zip", images=True, snapshot=frozen["sha256"])
    with zipfile.ZipFile(folder / "yolo.zip") as archive:
        archive.extractall(folder / "yolo")
    counts = ", ".join(f"{count} {split}" for split, count in sorted(frozen["images"].items()))
    print(
        f"{options.data.name}: {counts}; {options.epochs} epochs, {options.image_size} px, YOLO11{options.size}\n"
    )
    return Ground(api, project.pk, categories, folder / "yolo" / "data.yaml")


def held_out(ground: Ground) -> tuple[list[np.ndarray], list[Any]]:
    """The images, and what they show."""
    snapshot = Snapshot.objects.get(project=ground.project)
    rows = [row for row in snapshot_rows(snapshot) if row["split"] == "test"]
    paths = [Path(default_storage.path(file_key(row["sha256"]))) for row in rows]
    return [read_rgb(path) for path in paths], [truth_of(row) for row in rows]


# --- training ----------------------------------------------------------------------------------------------------
def train_ours(ground: Ground, options: Any, seed: int, images: int) -> tuple[ModelVersion, float, float]:
    params = {
        "size": options.size, "epochs": options.epochs, "image_size": options.image_size, "seed": seed,
        "batch_size": options.batch, "patience": options.epochs,
    }  # fmt: skip
    begun = time.perf_counter()
    run = ground.api.call(
        "POST", f"/api/projects/{ground.project}/training-runs/", {"model": "yolo", "params": params}
    )
    ends: list[float] = []
    while len(ends) < options.epochs:
        time.sleep(0.25)  # what looks on has its share of the processor, too
        for _ in range(Metric.objects.filter(run=run["id"]).count() - len(ends)):
            ends.append(time.perf_counter())
    ended(ground.api, run["id"])
    seconds = time.perf_counter() - begun
    version = TrainingRun.objects.get(pk=run["id"]).model_version
    assert version
    return version, images * (len(ends) - 1) / (ends[-1] - ends[0]), seconds


def train_plain(
    ground: Ground, folder: Path, options: Any, seed: int, images: int
) -> tuple[Path, float, float]:
    said = {
        "model": f"yolo11{options.size}.yaml", "data": ground.data, "epochs": options.epochs, "imgsz": options.image_size,
        "batch": options.batch, "seed": seed, "workers": 0, "device": "cpu", "patience": options.epochs, "pretrained": False,
        "plots": False, "project": folder, "name": f"plain{seed}",
        **({"nbs": options.batch} if options.step_each_batch else {}),
    }  # fmt: skip
    own = {**os.environ, "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(folder)}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", YOLO, "detect", "train", *(f"{name}={value}" for name, value in said.items())],
        cwd=folder, env=own, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    with open(folder / f"plain{seed}" / "results.csv") as file:
        ends = [
            float({name.strip(): value for name, value in row.items()}["time"])
            for row in csv.DictReader(file)
        ]
    weights = folder / f"plain{seed}" / "weights" / "best.pt"
    return weights, images * (len(ends) - 1) / (ends[-1] - ends[0]), seconds


def load_ours(folder: Path, runtime: str, score: float = SCORE) -> Any:
    os.environ["FRAMELOOP_RUNTIME"] = runtime
    return registry.predictor_class("yolo").load(folder, options={"box_score": score})


def load_plain(path: Path) -> Any:
    import vision.models.yolo.library  # noqa: F401 (which keeps Ultralytics off the network)

    from ultralytics import YOLO as Model  # isort: skip

    return Model(path)


def predict_plain(model: Any, images: Sequence[np.ndarray], options: Any, score: float) -> list[Any]:
    swapped = [np.ascontiguousarray(image[..., ::-1]) for image in images]
    return list(
        model.predict(
            swapped, imgsz=options.image_size, conf=score, device="cpu", verbose=False, batch=len(images)
        )
    )


def in_our_words(found: Any, categories: Sequence[str]) -> dict[str, Any]:
    rows = zip(
        found.boxes.xyxy.tolist(), found.boxes.cls.int().tolist(), found.boxes.conf.tolist(), strict=True
    )
    return {"boxes": [{"category": categories[n], "bbox": box, "score": score} for box, n, score in rows]}


def compare_training(ground: Ground, folder: Path, options: Any) -> tuple[Path, Any]:
    """Prints a row a seed; returns the last model of each."""
    images, truth = held_out(ground)
    training = Snapshot.objects.get(project=ground.project).images["train"]
    print("| seed | mAP 50–95, app | plain | mAP 50, app | plain | training images/s, app | plain | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    table: list[list[float]] = []
    ours: Any = None
    plain: Any = None
    for seed in range(options.seeds):
        for who in ("ours", "plain") if seed % 2 == 0 else ("plain", "ours"):
            if who == "ours":
                version, our_rate, our_seconds = train_ours(ground, options, seed, training)
                ours = checkpoint_folder(version)
            else:
                path, plain_rate, plain_seconds = train_plain(ground, folder, options, seed, training)
                plain = load_plain(path)
        served = load_ours(ours, "torch")
        results = [served.predict([image])[0].to_json() for image in images]
        theirs = [
            in_our_words(predict_plain(plain, [image], options, SCORE)[0], ground.categories)
            for image in images
        ]
        reports = [detection_report(truth, said, ground.categories) for said in (results, theirs)]
        scores = [report[name] for name in ("map", "map50") for report in reports]
        table.append([*scores, our_rate, plain_rate, our_rate / plain_rate, our_seconds, plain_seconds])
        print(f"| {seed} | {' | '.join(f'{value:.3f}' for value in table[-1][:4])} "
              f"| {our_rate:.2f} | {plain_rate:.2f} | {our_rate / plain_rate:.2f} |", flush=True)  # fmt: skip
    mean, spread = np.mean(table, 0), np.std(table, 0)
    cells = " | ".join(f"{a:.3g} ± {b:.2g}" for a, b in zip(mean[:7], spread[:7], strict=True))
    print(f"| mean ± sd | {cells} |")
    print(f"\nA whole run took {mean[7]:.0f} s in the app, `yolo train` {mean[8]:.0f} s.")
    return ours, plain


# --- serving -----------------------------------------------------------------------------------------------------
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
    for name, default in (("seeds", 3), ("epochs", 30), ("image-size", 320), ("batch", 16)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--step-each-batch", action="store_true", help="for `yolo train`, too")
    parser.add_argument("--limit", type=int, default=0, help="images used in all; 0: every one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server() as port:
        ground = brought(port, options, Path(folder))
        with worker("training"):
            ours, plain = compare_training(ground, Path(folder), options)
        images, _ = held_out(ground)
        compare_serving(ours, plain, (images * SERVED)[:SERVED], options)


if __name__ == "__main__":
    main()
