"""What rendered and translated scenes are worth to a detector, on real photographs that nothing learned from.

    python -m benchmarks.synthesis --data FOLDER --out FOLDER [--photographs FOLDER] [--minutes 60] [--plot docs/images/synthesis.svg]

`--data` is a folder with `annotations.coco.json` and `images/`; `--photographs` has unlabeled ones that may serve the generators.
Everything that is made is kept in `--out`: started again it goes on, and `--minutes` ends it in time, so that a small machine can do
it in parts. On a GPU: --size 640 --crop 256 --gan-epochs 200 --gan-steps 1000.

The photographs are split once: every fourth is held out for good, and the detector learns from the first 3, the first 6 and all of the
others that show something. Each detector takes the same number of steps of the same size, whatever it learns from, and is kept as its
last step leaves it: nothing is chosen by what so few photographs would say. With renders beside photographs, each epoch has as many
of one as of the other. The generators learn from renders, from the photographs that detectors learn from, and from unlabeled ones;
every eighth judges them. Intervals are of the mean over seeds and held-out photographs, both drawn anew (bootstrap).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.coco import load_samples
from vision import registry
from vision.base import Progress, Sample, Stopped
from vision.detection_metrics import detection_report
from vision.gan.domains import SOURCE, TARGET
from vision.images import png, read_rgb
from vision.results import Boxes, GeneratedImage
from vision.scenes.boxes import labeled
from vision.scenes.catalog import VERSION, mapping_for
from vision.scenes.config import SceneConfig
from vision.scenes.drift import drifts
from vision.scenes.plan import plan_scene
from vision.scenes.render import Renderer

HELD_OUT, JUDGES = 4, 8
PHOTOGRAPHS = (3, 6, 0)  # that a detector learns from; 0 is all
TRANSLATORS = ("pix2pix", "cyclegan")
EPOCH = 64  # photographs, where there is nothing beside them: a state may be kept at the end of each
SCORE = 0.01
DRAWS = 2000


class OutOfTime(Exception):
    """What was made is kept."""


@dataclass(frozen=True)
class Cell:
    """One way to learn: so many photographs, and which made pictures beside them."""

    photographs: int | None  # None: none at all
    made: str  # "", renders, or a translator

    @property
    def name(self) -> str:
        real = "" if self.photographs is None else f"{self.photographs or 'all'} photographs"
        return " + ".join(filter(None, (real, self.made))) or "nothing"


CELLS = [
    *(Cell(count, made) for made in ("", "renders", *TRANSLATORS) for count in PHOTOGRAPHS),
    *(Cell(None, made) for made in ("renders", *TRANSLATORS)),
]


class Study:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.out, self.end = options, options.out, time.monotonic() + 60 * options.minutes
        self.out.mkdir(parents=True, exist_ok=True)
        samples, self.categories = load_samples(options.data)
        self.test, self.pool = split(samples)
        self.fits = [
            Sample(path, TARGET, "train", "", path.name) for path in pictures_in(options.photographs)
        ]

    def stop(self) -> bool:
        return time.monotonic() > self.end

    def in_time(self) -> None:
        if self.stop():
            raise OutOfTime

    # --- pictures -----------------------------------------------------------------------------------------------
    def renders(self) -> list[Sample]:
        folder, found = self.out / f"renders-v{VERSION}-{self.options.size}", []
        folder.mkdir(exist_ok=True)
        width, height = shape_of(self.pool[0].path, self.options.size)
        config = SceneConfig(width=width, height=height, samples=self.options.samples)
        mapping = mapping_for(self.categories)
        # What is looked for stands there more often than what is not.
        weights = dict.fromkeys(mapping, 4.0)
        with Renderer() as renderer:
            for seed in range(self.options.scenes):
                path, said = folder / f"{seed}.png", folder / f"{seed}.json"
                if not said.exists():
                    self.in_time()
                    plan = plan_scene(seed, config, weights=weights)
                    made = renderer.render(plan)
                    kinds = {thing.number: thing.kind for thing in plan.things}
                    rows = labeled(made.seen, kinds, mapping, config.least_visible)
                    path.write_bytes(made.picture)
                    boxes = [[category, list(one.bbox)] for category, one in rows]
                    said.write_text(json.dumps({"boxes": boxes, "seconds": made.seconds}))
                found.append(made_sample(path, json.loads(said.read_text())["boxes"]))
        return found

    def translated(self, name: str, renders: list[Sample]) -> list[Sample]:
        folder, found = self.out / f"{name}-{self._key(name)}-pictures", []
        folder.mkdir(exist_ok=True)
        predictor: Any = None
        for render in renders:
            path, said = folder / render.path.name, folder / f"{render.path.stem}.json"
            if not said.exists():
                self.in_time()
                predictor = predictor or registry.predictor_class(name).load(self.generator(name, renders))
                before = read_rgb(render.path)
                (result,) = predictor.predict([before])
                assert isinstance(result, GeneratedImage)
                path.write_bytes(png(result.image))
                flags = [
                    drift.flag for drift in drifts(before, result.image, [box for _, box in render.boxes])
                ]
                said.write_text(json.dumps({"flags": flags}))
            flags = json.loads(said.read_text())["flags"]
            # What moved or vanished is no label any more; the picture serves all the same.
            kept = [
                [name, list(box)] for (name, box), flag in zip(render.boxes, flags, strict=True) if not flag
            ]
            found.append(made_sample(path, kept))
        return found

    def generator(self, name: str, renders: list[Sample]) -> Path:
        """The trained one's folder."""
        out = self.out / f"{name}-{self._key(name)}"
        if (out / "final" / "config.json").exists():
            return out / "final"
        domains = ((SOURCE, renders), (TARGET, [*self.pool, *self.fits]))
        both = [
            replace(one, category=domain, split="train" if n % JUDGES else "val", id=f"{domain}{n}", boxes=())
            for domain, some in domains
            for n, one in enumerate(some)
        ]
        try:
            checkpoint = registry.trainer_class(name)().fit(
                both, out, registry.parse_config(name, self._generator_params()), categories=self.categories,
                on_progress=told(name), should_stop=self.stop,
            )  # fmt: skip
        except Stopped:
            raise OutOfTime from None
        return checkpoint.path

    def _generator_params(self) -> dict[str, Any]:
        options = self.options
        return {
            "image_size": options.crop, "load_size": options.size, "epochs": options.gan_epochs, "steps": options.gan_steps,
            "filters": options.gan_filters, "rival_filters": options.gan_filters,
        }  # fmt: skip

    def _key(self, name: str) -> str:
        facts = [self._generator_params(), VERSION, self.options.scenes, self.options.samples, len(self.fits)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]

    # --- detectors ----------------------------------------------------------------------------------------------
    def detector(self, cell: Cell, seed: int, made: list[Sample]) -> dict[str, Any]:
        """What it says of the held-out photographs."""
        known = self.out / "detectors" / f"{cell.name.replace(' ', '-')}-{seed}-{self._detector_key()}.json"
        if known.exists():
            found: dict[str, Any] = json.loads(known.read_text())
            return found
        self.in_time()
        real = [] if cell.photographs is None else self.pool[: cell.photographs or None]
        train = beside(real, made)
        params = {
            "epochs": max(1, round(self.options.steps * self.options.batch / len(train))), "image_size": self.options.size, "seed": seed,
            "batch_size": self.options.batch, "patience": 1000,
        }  # fmt: skip
        out = self.out / "detectors" / known.stem
        begun = time.monotonic()
        try:
            checkpoint = registry.trainer_class("yolo")().fit(
                train,
                out,
                registry.parse_config("yolo", params),
                categories=self.categories,
                on_progress=lambda _: None,
                should_stop=self.stop,
            )
        except Stopped:
            raise OutOfTime from None
        predictor = registry.predictor_class("yolo").load(checkpoint.path, options={"box_score": SCORE})
        results = [
            one.to_json()
            for one in predictor.predict([read_rgb(sample.path) for sample in self.test])
            if isinstance(one, Boxes)
        ]
        row = {
            "map": detection_report(truth_of(self.test), results, self.categories)["map"], "results": results, "images": len(train),
            "seconds": round(time.monotonic() - begun),
        }  # fmt: skip
        known.write_text(json.dumps(row))
        print(f"{cell.name}, seed {seed}: mAP 50–95 {row['map']:.3f} ({row['seconds']} s)", flush=True)
        return row

    def _detector_key(self) -> str:
        options = self.options
        facts = [options.size, options.steps, options.batch, self._key(""), [one.id for one in self.test]]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]

    def interval(self, rows: list[dict[str, Any]]) -> tuple[float, float]:
        """Of the mean over seeds, 95 %: seeds and held-out photographs are drawn anew."""
        random = np.random.default_rng(0)
        truth, means = truth_of(self.test), []
        for _ in range(DRAWS // max(1, len(rows)) // 4):
            images = random.integers(0, len(truth), len(truth))
            drawn = [rows[n] for n in random.integers(0, len(rows), len(rows))]
            means.append(np.mean([
                detection_report([truth[n] for n in images], [row["results"][n] for n in images], self.categories)["map"] for row in drawn
            ]))  # fmt: skip
        low, high = np.percentile(means, [2.5, 97.5])
        return float(low), float(high)


def split(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Held out, and to learn from: by the order of the files, and the same for ever."""
    ordered = sorted(samples, key=lambda one: one.path.name)
    something, nothing = ([one for one in ordered if bool(one.boxes) is shows] for shows in (True, False))
    rest = [replace(one, split="train") for n, one in enumerate(something) if n % HELD_OUT]
    return [*something[::HELD_OUT], *nothing[::HELD_OUT]], rest


def beside(real: list[Sample], made: list[Sample]) -> list[Sample]:
    """What an epoch has: as many of one as of the other, photographs again and again."""
    if not real:
        return made
    again = [
        replace(real[n % len(real)], id=f"{real[n % len(real)].id}-{n // len(real)}")
        for n in range(max(len(real), len(made) or EPOCH))
    ]
    return [*again, *made]


def pictures_in(folder: Path | None) -> list[Path]:
    return sorted(path for path in folder.rglob("*.jpg")) if folder else []


def made_sample(path: Path, boxes: list[Any]) -> Sample:
    return Sample(
        path,
        "",
        "train",
        "",
        f"{path.parent.name}-{path.stem}",
        tuple((name, tuple(box)) for name, box in boxes),
    )


def truth_of(samples: list[Sample]) -> list[list[tuple[str, Any]]]:
    return [list(sample.boxes) for sample in samples]


def shape_of(path: Path, longer: int) -> tuple[int, int]:
    height, width = read_rgb(path).shape[:2]
    across, down = (max(64, round(side * longer / max(height, width) / 2) * 2) for side in (width, height))
    return across, down


def told(name: str) -> Callable[[Progress], None]:
    return lambda progress: print(
        f"{name} {progress.epoch}/{progress.epochs}: {dict(progress.metrics)}", flush=True
    )


def cells(study: Study) -> Iterator[tuple[Cell, list[dict[str, Any]]]]:
    renders = study.renders()
    made = {"": [], "renders": renders, **{name: study.translated(name, renders) for name in TRANSLATORS}}
    for cell in CELLS:
        yield cell, [study.detector(cell, seed, made[cell.made]) for seed in range(study.options.seeds)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--size", type=int, default=320, help="pixels of a picture's longer side")
    parser.add_argument("--scenes", type=int, default=120)
    parser.add_argument("--samples", type=int, default=8, help="rays a pixel")
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--gan-epochs", type=int, default=20)
    parser.add_argument("--gan-steps", type=int, default=100)
    parser.add_argument("--gan-filters", type=int, default=32)
    parser.add_argument("--steps", type=int, default=400, help="of each detector")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plot", type=Path)
    study = Study(parser.parse_args())
    print(
        f"{len(study.pool)} photographs to learn from, {len(study.test)} are held out",
        flush=True,
    )
    found = []
    try:
        for cell, rows in cells(study):
            found.append((cell, rows))
    except OutOfTime:
        print("Out of time: started again with the same --out it goes on.")
    print("\n| learned from | mAP 50–95 on held-out photographs | 95 % interval | seeds |\n|---|---|---|---|")
    table = []
    for cell, rows in found:
        values = [row["map"] for row in rows]
        low, high = study.interval(rows)
        table.append((cell, values, low, high))
        print(
            f"| {cell.name} | {np.mean(values):.3f} | {low:.3f} to {high:.3f} | {', '.join(f'{value:.3f}' for value in values)} |"
        )
    if study.options.plot and table:
        plot(table, study.options.plot)


def plot(table: list[tuple[Cell, list[float], float, float]], target: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(8, 0.34 * len(table) + 1))
    means = [float(np.mean(values)) for _, values, _, _ in table]
    errors = [
        [mean - low for mean, (_, _, low, _) in zip(means, table, strict=True)],
        [high - mean for mean, (_, _, _, high) in zip(means, table, strict=True)],
    ]
    axis.barh(range(len(table)), means, xerr=np.abs(errors), color="#8aa0f0", error_kw={"capsize": 3})
    axis.set_yticks(range(len(table)), [cell.name for cell, *_ in table])
    axis.invert_yaxis()
    axis.set_xlabel("mAP 50–95 on held-out photographs, with its 95 % interval")
    axis.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)


if __name__ == "__main__":
    main()
