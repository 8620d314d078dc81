"""The two-stage model beside simple baselines, on people that training never saw.

    python -m benchmarks.engagement --data ../shared/data/engagement-webcam --weights ../shared/weights

`--data` is a folder with `labels.csv` (file, label, subject), `--weights` one with the FSA-Net head pose models.
Cross-validation by person: a seed shuffles the people into folds, so that each is held out once, and is the seed of the
training too. The figure is macro-F1 over all held-out images of a seed, then mean and spread (standard deviation) over
the seeds. The two-stage model trains as pressing Train does, with its defaults but for the crop: the images are crops
already. A fifth of its training images, whole people, is for validation; the baselines learn from these people too,
and choose their regularisation by cross-validation by person among them.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skimage.color import rgb2gray
from skimage.feature import hog
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vision.backbone import efficientnet
from vision.base import Sample
from vision.faces import FaceFinder
from vision.images import read_rgb
from vision.metrics import macro_f1, majority_of
from vision.models.two_stage.config import TwoStageConfig
from vision.registry import parse_config, predictor_class, trainer_class
from vision.runtime import resize, session

TASKS = {
    "three classes": ("disengaged", "partially_engaged", "engaged"),
    "disengaged against engaged": ("disengaged", "engaged"),
}
POSE = ("fsanet_1x1_64.onnx", "fsanet_var_64.onnx")
TWO_STAGE = "two-stage"
VALIDATION = 0.2


@dataclass(frozen=True)
class Data:
    paths: list[Path]
    images: list[np.ndarray]  # uint8 [H, W, 3]
    labels: np.ndarray
    people: np.ndarray

    def only(self, labels: tuple[str, ...]) -> np.ndarray:
        return np.flatnonzero(np.isin(self.labels, labels))


def load(folder: Path) -> Data:
    with open(folder / "labels.csv") as file:
        rows = list(csv.DictReader(file))
    paths = [folder / row["file"] for row in rows]
    labels, people = (np.array([row[name] for row in rows]) for name in ("label", "subject"))
    return Data(paths, [read_rgb(path) for path in paths], labels, people)


# --- what the baselines see of an image ------------------------------------------------------------------------
def hog_features(images: list[np.ndarray]) -> np.ndarray:
    """Histograms of oriented gradients (Dalal & Triggs 2005) of the grey image at 96 × 96."""
    return np.stack(
        [hog(rgb2gray(resize(image, 96, 96)), pixels_per_cell=(12, 12), cells_per_block=(2, 2)) for image in images]
    )  # fmt: skip


def pose_features(images: list[np.ndarray], weights: Path) -> tuple[np.ndarray, int]:
    """Yaw, pitch and roll in degrees and their absolute values, [N, 6], the mean of two FSA-Nets (Yang et al. 2019) on
    the largest face, widened by 0.6 on each side, or on the whole crop where no face is found: how many those are."""
    models, finder, rows, without = [session(weights / name) for name in POSE], FaceFinder(), [], 0
    for image, faces in zip(images, finder.find(images), strict=True):
        height, width = image.shape[:2]
        x1, y1, x2, y2 = 0, 0, width, height
        if faces:
            left, top, right, bottom = faces[0][0]
            aside, above = 0.6 * (right - left), 0.6 * (bottom - top)
            x1, y1 = max(0, int(left - aside)), max(0, int(top - above))
            x2, y2 = min(width, int(right + aside)), min(height, int(bottom + above))
        else:
            without += 1
        face = resize(image[y1:y2, x1:x2], 64, 64)[..., ::-1].transpose(2, 0, 1)[None]
        batch = ((face - 127.5) / 128).astype(np.float32)
        rows.append(np.mean([model.run(None, {"input": batch})[0][0] for model in models], axis=0))
    angles = np.stack(rows)
    return np.concatenate([angles, np.abs(angles)], axis=1), without


@torch.inference_mode()
def frozen_features(images: list[np.ndarray]) -> np.ndarray:
    """What the packaged EfficientNet-Lite0 says before its classes, [N, 1280], at the two-stage model's size."""
    size, network, rows = TwoStageConfig().image_size, efficientnet(pretrained=True).eval(), []
    for start in range(0, len(images), 64):
        crops = np.stack([resize(image, size, size) for image in images[start : start + 64]])
        batch = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
        rows.append(network((batch - 127.5) / 127.5).numpy())
    return np.concatenate(rows)


def search(model: Any, **grid: list[float]) -> Any:
    """Standardised features, and the regularisation that does best on other people of the training side."""
    steps = make_pipeline(StandardScaler(), model)
    name = steps.steps[-1][0]
    return GridSearchCV(
        steps, {f"{name}__{key}": values for key, values in grid.items()}, cv=GroupKFold(3), scoring="f1_macro"
    )  # fmt: skip


def logistic() -> Any:
    return search(LogisticRegression(max_iter=200, class_weight="balanced"), C=[1e-4, 1e-3, 1e-2, 1e-1])


def baselines(data: Data, weights: Path) -> dict[str, tuple[np.ndarray, Any]]:
    pose, without = pose_features(data.images, weights)
    print(
        f"No face is found in {without} of {len(data.images)} images: their head pose is that of the whole crop.\n"
    )
    return {
        "HOG + ridge": (
            hog_features(data.images),
            lambda: search(RidgeClassifier(class_weight="balanced"), alpha=[1e2, 1e3, 1e4, 1e5]),
        ),
        "head pose + logistic regression": (pose, logistic),
        "frozen ImageNet features + logistic regression": (frozen_features(data.images), logistic),
    }


# --- the model -------------------------------------------------------------------------------------------------
def validation_people(data: Data, train: np.ndarray, seed: int) -> set[str]:
    """Whole people, in the seed's order, until they have a fifth of the images."""
    order, chosen, count = np.unique(data.people[train]), set(), 0
    np.random.default_rng(seed).shuffle(order)
    for person in order:
        if count >= VALIDATION * len(train):
            break
        chosen.add(str(person))
        count += int((data.people[train] == person).sum())
    return chosen


def two_stage(data: Data, train: np.ndarray, test: np.ndarray, categories: tuple[str, ...], seed: int) -> list[str]:  # fmt: skip
    held = validation_people(data, train, seed)
    samples = [
        Sample(data.paths[n], str(data.labels[n]), "val" if data.people[n] in held else "train", str(data.people[n]), str(n))
        for n in train
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = trainer_class("two_stage")().fit(
            samples, Path(folder), parse_config("two_stage", {"crop": "image", "seed": seed}), categories=categories,
            on_progress=lambda progress: None, should_stop=lambda: False,
        )  # fmt: skip
        predictor = predictor_class("two_stage").load(checkpoint.path, options={"entities": []})
        return [str(result.category) for result in predictor.predict([data.images[n] for n in test])]


# --- cross-validation ------------------------------------------------------------------------------------------
def people_folds(people: np.ndarray, folds: int, seed: int) -> list[np.ndarray]:
    order = np.unique(people)
    np.random.default_rng(seed).shuffle(order)
    return np.array_split(order, folds)


def measure(data: Data, rows: np.ndarray, categories: tuple[str, ...], simple: dict[str, tuple[np.ndarray, Any]],
            folds: int, seed: int) -> dict[str, float]:  # fmt: skip
    """Macro-F1 of each model over all images, each predicted by a model that never saw its person."""
    said = {name: np.empty(len(data.labels), object) for name in ("majority", *simple, TWO_STAGE)}
    for number, held in enumerate(people_folds(data.people[rows], folds, seed)):
        begun = time.perf_counter()
        out = np.isin(data.people[rows], held)
        train, test = rows[~out], rows[out]
        said["majority"][test] = majority_of(data.labels[train].tolist())
        for name, (features, model) in simple.items():
            fitted = model().fit(features[train], data.labels[train], groups=data.people[train])
            said[name][test] = fitted.predict(features[test])
        middle = time.perf_counter()
        said[TWO_STAGE][test] = two_stage(data, train, test, categories, seed)
        scores = {
            name: macro_f1(data.labels[test].tolist(), answers[test].tolist(), categories)
            for name, answers in said.items()
        }
        print(
            f"seed {seed}, fold {number + 1} of {folds}: {len(train)} images to learn from, baselines "
            f"{middle - begun:.0f} s, two-stage {time.perf_counter() - middle:.0f} s; "
            + ", ".join(f"{name} {score:.3f}" for name, score in scores.items()),
            file=sys.stderr,
        )
    truth = data.labels[rows].tolist()
    return {name: macro_f1(truth, answers[rows].tolist(), categories) for name, answers in said.items()}


def table(task: str, scores: list[dict[str, float]]) -> None:
    print(f"\n{task}: macro-F1 over {len(scores)} seeds\n")
    print("| model | mean | spread | two-stage minus this, a seed | mean difference |")
    print("|---|---|---|---|---|")
    for name in scores[0]:
        column = np.array([row[name] for row in scores])
        ahead = np.array([row[TWO_STAGE] for row in scores]) - column
        each = ", ".join(f"{value:+.3f}" for value in ahead) if name != TWO_STAGE else ""
        mean = f"{ahead.mean():+.3f}" if name != TWO_STAGE else ""
        print(f"| {name} | {column.mean():.3f} | {column.std():.3f} | {each} | {mean} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/engagement-webcam"))
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folds", type=int, default=3)
    options = parser.parse_args()
    for path in (options.data / "labels.csv", *(options.weights / name for name in POSE)):
        if not path.exists():
            print(f"{path} is missing: name its folder with --data or --weights.", file=sys.stderr)
            return 1
    warnings.simplefilter("ignore", ConvergenceWarning)
    begun = time.perf_counter()
    data = load(options.data)
    print(
        f"{len(data.paths)} images of {len(np.unique(data.people))} people, {options.folds} folds by person"
    )
    simple = baselines(data, options.weights)
    for task, categories in TASKS.items():
        rows = data.only(categories)
        table(task, [measure(data, rows, categories, simple, options.folds, seed) for seed in options.seeds])
    print(f"\n{(time.perf_counter() - begun) / 60:.0f} minutes in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
