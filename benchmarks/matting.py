"""Mattes of the U-Net, trained through the app, beside others on images that none of them was trained on here; what the gate
says of it; and how fast it is served.

    python -m config.local env -- python -m benchmarks.matting --data FOLDER [--seeds 3] [--epochs 60] [--image-size 256] [--params '{"width": 16}'] [--serve 512]

`--data` is a folder with `image/` and `alpha/` (8-bit grey PNGs) or `mask/` (black and white), files of equal names, and
perhaps `trimap1/` and `trimap2/`. A project imports it, by a fixed seed with 60 % of the images for training, 20 % for
validation and 20 % held out. All errors are those of `vision.matting_metrics` on the held-out images, at their own size: the
mean over images, and over seeds with its standard deviation. The unknown region is that of trimap2 where there is one, else
what is soft in the truth, widened; where the truth is black and white, WIDENED pixels on both sides of its edge.

- U-Net: its own losses, backgrounds and guided filter, alpha alone.
- U-Net upon ISNet: the same, which begins with what the packaged one says (`prior`).
- as the original project: RGBA by tanh with the mean squared difference at 128 × 128, scaled up; the same network, epochs,
  batch and augmentation without new backgrounds.
- packaged: what `python -m vision.weights fetch segmenter` brings, and what FRAMELOOP_MATTING names.
- GrabCut: `vision.segmenter` with a box around the truth that is loose by a tenth on each side, so it is told where to look.
- closed-form: `vision.matting` from the given trimaps, so it is told most of the truth.

The packaged one is put into production, and the last U-Nets are sent to the gate after it. With `--serve`, the last U-Net is
served at that size by each runtime, on the held-out images.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.stack import Api, ended, person, sent, server, worker
from inference.models import ModelVersion
from inference.services.serving import checkpoint_folder
from labeling.models import Image, User
from labeling.services.projects import project_create
from training.models import TrainingRun
from training.services.gate import promotion_start
from vision import registry
from vision.base import CONFIG
from vision.images import read_rgb
from vision.mattes import read_levels, to_levels
from vision.matting import solve_alpha
from vision.matting_metrics import WIDENED, matting_scores
from vision.segmenter import segment
from vision.weights import MissingWeights

SPLITS = ("train", "train", "train", "val", "test")
ORIGINAL = {
    "image_size": 128, "foreground": True, "mse": 1.0, "l1": 0.0, "laplacian": 0.0, "composition": 0.0, "backgrounds": 0.0,
    "refinement": "none",
}  # fmt: skip
RUNTIMES = ("torch", "onnx", "openvino", "openvino-bf16")
ROUNDS = 15  # turns of the serving measurement
NAMES = ("sad", "mse", "grad", "conn")
Scores = list[dict[str, float]]


@dataclass(frozen=True)
class HeldOut:
    pixels: np.ndarray
    truth: np.ndarray
    trimap: np.ndarray | None  # where the unknown region is looked for
    given: dict[str, np.ndarray]  # trimaps, by name


@dataclass
class Ground:
    """A project with the data set in it."""

    api: Api
    project: int


def brought(port: int, data: Path, folder: Path) -> Ground:
    user, token = person("manager")
    api = Api(port, token)
    project = project_create(by=user, name=data.name, kind="matting", categories=[])
    packed(data, folder / "data.zip")
    with worker("default"):
        job = ended(api, sent(port, token, project.pk, folder / "data.zip"))
        assert not job["errors"], job["errors"]
        while Image.objects.filter(project=project, ready=False).exists():
            time.sleep(0.1)
    return Ground(api, project.pk)


def packed(data: Path, target: Path) -> None:
    paths = sorted((data / "image").iterdir())
    rows = ["file,split"]
    with zipfile.ZipFile(target, "w") as archive:
        for place, number in enumerate(np.random.default_rng(0).permutation(len(paths))):
            path = paths[number]
            rows.append(f"images/{path.name},{SPLITS[place % len(SPLITS)]}")
            archive.write(path, f"images/{path.name}")
            archive.write(alpha_of(data, path.stem), f"alphas/{path.stem}.png")
        archive.writestr("attributes.csv", "\n".join(rows))


def alpha_of(data: Path, stem: str) -> Path:
    alpha = data / "alpha" / f"{stem}.png"
    return alpha if alpha.exists() else data / "mask" / f"{stem}.png"


def held_out(ground: Ground, data: Path) -> list[HeldOut]:
    found = []
    for image in Image.objects.filter(project=ground.project, split="test").order_by("name"):
        stem = Path(image.name).stem
        truth = cv2.imread(str(alpha_of(data, stem)), cv2.IMREAD_GRAYSCALE)
        names = [name for name in ("trimap1", "trimap2") if (data / name).is_dir()]
        given = {name: read_levels(data / name / f"{stem}.png") for name in names}
        trimap = given.get("trimap2")
        if trimap is None and not ((truth > 0) & (truth < 255)).any():
            around = np.ones((2 * WIDENED + 1,) * 2, np.uint8)
            edge = cv2.dilate(truth, around) != cv2.erode(truth, around)
            trimap = np.where(edge, 128, truth).astype(np.uint8)
        found.append(HeldOut(read_rgb(data / "image" / image.name), truth, trimap, given))
    return found


def scored(images: Sequence[HeldOut], predict: Callable[[HeldOut], np.ndarray | None]) -> Scores:
    return [matting_scores(predict(image), image.truth, image.trimap) for image in images]


def of_model(predictor: Any) -> Callable[[HeldOut], np.ndarray]:
    return lambda image: to_levels(predictor.predict([image.pixels])[0].alpha)


def grabcut(image: HeldOut) -> np.ndarray | None:
    rows, columns = np.flatnonzero(image.truth.any(1)), np.flatnonzero(image.truth.any(0))
    if not len(rows):
        return None
    x1, y1, x2, y2 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    by = 0.1 * (x2 - x1), 0.1 * (y2 - y1)
    found = segment(image.pixels, box=(x1 - by[0], y1 - by[1], x2 + by[0], y2 + by[1]))
    levels = np.zeros_like(image.truth)
    if found:
        (left, top, right, bottom), part = found
        levels[top:bottom, left:right] = part
    return levels


def means(scores: Scores) -> list[float]:
    every = [name + tail for tail in ("", "_unknown") for name in NAMES]
    return [float(np.mean([row[name] for row in scores if name in row] or [np.nan])) for name in every]


def print_row(title: str, seeds: Sequence[Scores], seconds: Sequence[float] = ()) -> None:
    values = np.array([means(scores) for scores in seeds])
    cells = [
        f"{mean:.2f}" + (f" ± {spread:.2f}" if len(seeds) > 1 else "")
        for mean, spread in zip(values.mean(0), values.std(0), strict=True)
    ]
    took = f"{np.mean(seconds):.0f}" if len(seconds) else "–"
    print(f"| {title} | {' | '.join(cells)} | {took} |".replace("nan", "–"), flush=True)


def train(ground: Ground, params: dict[str, Any]) -> tuple[ModelVersion, float]:
    begun = time.perf_counter()
    body = {"model": "unet_matting", "params": params}
    run = ground.api.call("POST", f"/api/projects/{ground.project}/training-runs/", body)
    ended(ground.api, run["id"])
    version = TrainingRun.objects.get(pk=run["id"]).model_version
    assert version
    return version, time.perf_counter() - begun


def compare(ground: Ground, images: Sequence[HeldOut], options: Any, folder: Path) -> dict[str, ModelVersion]:
    """The last version of each way to train."""
    print(
        "| | SAD | MSE | Grad | Conn | SAD, unknown | MSE, unknown | Grad, unknown | Conn, unknown | training, s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    common = {"epochs": options.epochs, "patience": options.epochs, **options.params}
    own = {"image_size": options.image_size, **common}
    last: dict[str, ModelVersion] = {}
    for title, params in {
        f"U-Net, {options.image_size} px": own,
        f"U-Net upon ISNet, {options.image_size} px": {**own, "prior": "isnet"},
        "as the original project, 128 px": {**common, **ORIGINAL},
    }.items():
        seeds, seconds = [], []
        for seed in range(options.seeds):
            last[title], took = train(ground, {**params, "seed": seed})
            served = registry.predictor_class("unet_matting").load(checkpoint_folder(last[title]))
            seeds.append(scored(images, of_model(served)))
            seconds.append(took)
        print_row(title, seeds, seconds)
    for title, config in {
        "packaged, ISNet": {"weights": "isnet"}, "packaged, ISNet, guided": {"weights": "isnet", "refinement": "guided"},
        "FRAMELOOP_MATTING": {"weights": "named"}, "FRAMELOOP_MATTING, guided": {"weights": "named", "refinement": "guided"},
    }.items():  # fmt: skip
        (folder / CONFIG).write_text(json.dumps({"config": config}))
        try:
            print_row(title, [scored(images, of_model(registry.predictor_class("segmenter").load(folder)))])
        except MissingWeights as error:
            print(f"| {title} | {error} | | | | | | | | |")
    print_row("GrabCut in a box around the truth", [scored(images, grabcut)])
    for name in images[0].given:
        solved = scored(
            images, lambda i, n=name: to_levels(solve_alpha(i.pixels, i.given[n], on_progress=lambda share: None))  # type: ignore[misc]
        )  # fmt: skip
        print_row(f"closed-form from {name}", [solved])
    print_row("an empty matte", [scored(images, lambda image: None)])
    return last


def ask_the_gate(ground: Ground, last: dict[str, ModelVersion]) -> None:
    body = {"model": "segmenter", "config": {"weights": "isnet"}}
    made = ground.api.call("POST", f"/api/projects/{ground.project}/models/", body)["id"]
    print("\nThe gate, of each after what was promoted before it:\n")
    for title, version in {"packaged, ISNet": ModelVersion.objects.get(pk=made), **last}.items():
        asked = promotion_start(
            version=version, by=User.objects.get(username="manager"), force=False, reason=""
        )
        said = ended(ground.api, asked.pk)["result"]
        print(
            f"- {title}: {'promoted' if said['promoted'] else 'refused'}. {said['gate']['reason']}",
            flush=True,
        )


# --- serving -----------------------------------------------------------------------------------------------------
def serve(checkpoint: Path, images: Sequence[HeldOut], side: int, folder: Path) -> None:
    """The same weights, by each runtime: milliseconds of the network alone and of a whole prediction, medians of turns."""
    resized = folder / "served"
    shutil.copytree(checkpoint, resized)
    description = json.loads((checkpoint / CONFIG).read_text())
    description["config"]["image_size"] = side
    (resized / CONFIG).write_text(json.dumps(description))
    served = {}
    for runtime in RUNTIMES:
        os.environ["FRAMELOOP_RUNTIME"] = runtime
        served[runtime] = registry.predictor_class("unet_matting").load(resized)
    batch = np.random.default_rng(0).uniform(0, 255, (1, 3, side, side)).astype(np.float32)
    network: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    whole: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    random = np.random.default_rng(1)
    for turn in range(ROUNDS + 1):
        # In an order drawn anew: what one leaves to its threads is the next one's burden.
        for runtime, predictor in random.permutation(np.array([*served.items()], object)):
            for times, work in ((network, lambda p=predictor: p.run(batch)),  # type: ignore[misc]
                                (whole, lambda p=predictor: p.predict([images[0].pixels]))):  # type: ignore[misc] # fmt: skip
                begun = time.perf_counter()
                work()
                if turn:  # the first one warms up
                    times[runtime].append((time.perf_counter() - begun) * 1000)
    print(
        f"\n| at {side} px | network, ms | prediction, ms | times as fast as torch | largest difference from torch, levels | SAD | change |"
    )
    print("|---|---|---|---|---|---|---|")
    alphas = {name: [p.predict([image.pixels])[0].alpha for image in images] for name, p in served.items()}
    sads = {
        name: statistics.mean(
            matting_scores(to_levels(alpha), image.truth, image.trimap)["sad"] for alpha, image in zip(found, images, strict=True)
        )
        for name, found in alphas.items()
    }  # fmt: skip
    for name in RUNTIMES:
        ms = statistics.median(network[name])
        off = (
            max(float(np.abs(a - b).max()) for a, b in zip(alphas[name], alphas["torch"], strict=True)) * 255
        )
        print(
            f"| {name} | {ms:.0f} | {statistics.median(whole[name]):.0f} | {statistics.median(network['torch']) / ms:.2f} | {off:.2f} "
            f"| {sads[name]:.3f} | {sads[name] / sads['torch'] - 1:+.2%} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    for name, default in (("seeds", 3), ("epochs", 60), ("image-size", 256), ("serve", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument(
        "--params", type=json.loads, default={}, help="of the U-Net, as JSON, for both of its rows"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server() as port:
        ground = brought(port, options.data, Path(folder))
        images = held_out(ground, options.data)
        splits = Image.objects.filter(project=ground.project).values_list("split", flat=True)
        counts = ", ".join(f"{list(splits).count(name)} {name}" for name in ("train", "val", "test"))
        print(f"{options.data.name}: {counts}; {options.epochs} epochs, {options.seeds} seeds\n")
        with worker("training"):
            last = compare(ground, images, options, Path(folder))
        with worker("default"), worker("inference"):
            ask_the_gate(ground, last)
        if options.serve:
            serve(checkpoint_folder(next(iter(last.values()))), images, options.serve, Path(folder))


if __name__ == "__main__":
    main()
