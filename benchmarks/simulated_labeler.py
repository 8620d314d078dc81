"""What a detector saves the people who draw boxes, as the set that it learns from grows: how many boxes of the next
images would be accepted as predicted, how many corrected, and how many drawn by hand.

    python -m benchmarks.simulated_labeler --data FOLDER [--plot docs/images/simulated-labeler.svg]

`--data` is a folder with `annotations.coco.json` and `images/`. A fifth of the images is set aside and labeled by the
simulated person at every stage. The others are learned from: the first 10, 25, 50 and 100 % of them in random order,
and as many chosen by the model of the stage before, the least sure ones that are unlike each other (the project's order
`diverse`); the first tenth is the same in both. At each stage a model is trained anew. A predicted box above the score
of 0.25 is accepted where one of its category is there and they overlap by an IoU of 0.75 (people leave what is nearly
right), corrected from 0.5 on or where the category is another one, else rejected; what is left of the true boxes is drawn.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.coco import load_samples
from vision import registry
from vision.base import Predictor, Sample
from vision.geometry import iou, matched
from vision.images import read_rgb
from vision.results import Boxes
from vision.sampling import diverse

SHARES = (0.10, 0.25, 0.50, 1.0)
SCORE, ACCEPTED, CORRECTED = 0.25, 0.75, 0.5
BATCH = 16
Learned = Callable[[list[Sample]], "tuple[Predictor, Work]"]


@dataclass
class Work:
    """Shares of the true boxes; `rejected` are predicted ones a true one."""

    accepted: float
    corrected: float
    drawn: float
    rejected: float


def predict(predictor: Predictor, samples: list[Sample]) -> list[Boxes]:
    results: list[Boxes] = []
    for start in range(0, len(samples), BATCH):
        images = [read_rgb(sample.path) for sample in samples[start : start + BATCH]]
        results += [result for result in predictor.predict(images) if isinstance(result, Boxes)]
    return results


def labeled(samples: list[Sample], results: list[Boxes]) -> Work:
    """What the simulated person has to do on these images."""
    accepted = corrected = shown = true = 0
    for sample, result in zip(samples, results, strict=True):
        said = [box for box in result.boxes if box.score >= SCORE]
        shown, true = shown + len(said), true + len(sample.boxes)
        if not said or not sample.boxes:
            continue
        overlap = iou([box.bbox for box in said], [bbox for _, bbox in sample.boxes])
        same = np.equal.outer([box.category for box in said], [name for name, _ in sample.boxes])
        for row, column in (right := matched(np.where(same, overlap, 0), ACCEPTED)):
            overlap[row], overlap[:, column] = 0, 0
        accepted += len(right)
        corrected += len(matched(overlap, CORRECTED))
    return Work(
        accepted / true,
        corrected / true,
        (true - accepted - corrected) / true,
        (shown - accepted - corrected) / true,
    )


def train(
    samples: list[Sample], categories: list[str], options: argparse.Namespace, seed: int, folder: Path
) -> Predictor:
    """A fifth of what is labeled validates: the same ones, in whatever order they came."""
    data = [
        Sample(one.path, "", "train" if n % 5 else "val", one.group, one.id, one.boxes)
        for n, one in enumerate(sorted(samples, key=lambda one: int(one.id)))
    ]
    params = {
        "epochs": options.epochs,
        "image_size": options.image_size,
        "seed": seed,
        "patience": options.epochs,
    }
    checkpoint = registry.trainer_class("yolo")().fit(
        data, folder, registry.parse_config("yolo", params), categories=categories, on_progress=lambda progress: None,
        should_stop=lambda: False,
    )  # fmt: skip
    return registry.predictor_class("yolo").load(checkpoint.path, options={"box_score": 0.05})


def chosen_by(predictor: Predictor, known: list[Sample], rest: list[Sample], count: int) -> list[Sample]:
    said, seen = predict(predictor, rest), predict(predictor, known)
    order = diverse(
        b"".join(one.embedding or b"" for one in said), np.array([one.uncertainty for one in said]),
        b"".join(one.embedding or b"" for one in seen), count,
    )  # fmt: skip
    return [rest[at] for at in order]


def grown(pool: list[Sample], order: str, learned: Learned) -> list[Work]:
    """`learned` gives what was learned from a set, and what is left to do with it."""
    work: list[Work] = []
    known: list[Sample] = []
    predictor: Predictor | None = None
    for share in SHARES:
        wanted = max(5, round(len(pool) * share)) - len(known)
        rest = [sample for sample in pool if sample not in known]
        if order == "random" or predictor is None:
            known = known + rest[:wanted]
        else:
            known = known + chosen_by(predictor, known, rest, wanted)
        predictor, left = learned(known)
        work.append(left)
        print(f"{order}, {len(known)} images: {left}", flush=True)
    return work


def learner(test: list[Sample], categories: list[str], options: argparse.Namespace, seed: int) -> Learned:
    """Both orders begin and end with the same sets, each of which is learned from once."""
    made: dict[frozenset[str], tuple[Predictor, Work]] = {}

    def learned(known: list[Sample]) -> tuple[Predictor, Work]:
        key = frozenset(sample.id for sample in known)
        if key not in made:
            with tempfile.TemporaryDirectory() as folder:
                predictor = train(known, categories, options, seed, Path(folder))
            made[key] = predictor, labeled(test, predict(predictor, test))
        return made[key]

    return learned


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    samples, categories = load_samples(options.data)
    found: dict[str, list[list[Work]]] = {"random": [], "diverse": []}
    for seed in range(options.seeds):
        shuffled = [samples[n] for n in np.random.default_rng(seed).permutation(len(samples))]
        cut = len(shuffled) // 5
        print(f"seed {seed}")
        learned = learner(shuffled[:cut], categories, options, seed)
        for order, runs in found.items():
            runs.append(grown(shuffled[cut:], order, learned))
    print(
        "\n| learned from | order | accepted | corrected | drawn | rejected a true box |\n|---|---|---|---|---|---|"
    )
    for n, share in enumerate(SHARES):
        for order, runs in found.items():
            row = [
                np.mean([getattr(run[n], name) for run in runs])
                for name in ("accepted", "corrected", "drawn", "rejected")
            ]
            print(f"| {share:.0%} | {order} | " + " | ".join(f"{value:.0%}" for value in row) + " |")
    if options.plot:
        plot(found, options.plot)


def plot(found: dict[str, list[list[Work]]], target: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.4), sharey=True)
    for axis, name in zip(axes, ("accepted", "corrected", "drawn"), strict=True):
        for order, runs in found.items():
            values = np.array([[getattr(work, name) for work in run] for run in runs]) * 100
            axis.errorbar(
                [share * 100 for share in SHARES],
                values.mean(0),
                values.std(0),
                marker="o",
                capsize=3,
                label=order,
            )
        axis.set_title(name)
        axis.set_xlabel("learned from, % of the images")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("% of the boxes of new images")
    axes[0].legend()
    figure.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)


if __name__ == "__main__":
    main()
