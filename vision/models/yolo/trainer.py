"""Training a YOLO detector (Jocher & Qiu 2024, "Ultralytics YOLO11") by Ultralytics' own loop, within our interface."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from vision.base import CONFIG, WEIGHTS, Checkpoint, Progress, Sample, Stopped
from vision.config import to_json
from vision.models.yolo.config import YoloConfig
from vision.state import load_state, optimizer_tensors, restore_optimizer, save_state

if TYPE_CHECKING:
    from vision.models.yolo.engine import Engine

# Ultralytics' names; what is not named is as it proposes.
AUGMENTATION: dict[str, dict[str, float]] = {
    "none": {"mosaic": 0, "fliplr": 0, "translate": 0, "scale": 0, "hsv_h": 0, "hsv_s": 0, "hsv_v": 0},
    "light": {"mosaic": 0, "scale": 0.2, "hsv_s": 0.3, "hsv_v": 0.2},
    "medium": {},
    "strong": {"mixup": 0.1, "scale": 0.7, "degrees": 5},
}
PLAIN_EPOCHS = 10  # at the end, each image by itself; fewer in a short run
STRIDE = 32
WORKERS = 4  # that decode and augment beside a GPU
# Between states: each is five times the weights, and goes on to the storage; an epoch of a small set lasts a second.
SAVE_SECONDS = 30.0


class YoloTrainer:
    def fit(
        self, data: Sequence[Sample], out: Path, config: YoloConfig, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Raises Stopped, MissingWeights, and ValueError where there is nothing to learn from."""
        if should_stop():
            raise Stopped
        from vision.models.yolo.dataset import readable
        from vision.models.yolo.engine import Engine, Job
        from vision.models.yolo.network import pretrained

        out.mkdir(parents=True, exist_ok=True)
        samples = {split: readable([s for s in data if s.split == split]) for split in ("train", "val")}
        if not any(sample.boxes for sample in samples["train"]):
            raise ValueError("The training images show no box: draw some.")
        run = _Run(
            config, list(categories), out, _fingerprint(data, config, categories), on_progress, samples
        )
        if run.finished:
            return run.write()
        job = Job(
            samples,
            run.categories,
            config.size,
            None if run.known else pretrained(),
            should_stop,
            run.epoch_ended,
            run.begin,
        )
        Engine(job, out, _overrides(config, device, len(samples["train"]), bool(samples["val"]))).train()
        return run.write()


def _fingerprint(samples: Sequence[Sample], config: YoloConfig, categories: Sequence[str]) -> str:
    """Of everything that a run's result depends on."""
    lines = [
        repr(config), repr(list(categories)),
        *(f"{s.id}|{s.path.name}|{s.boxes}|{s.split}" for s in samples if s.split in ("train", "val")),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _overrides(config: YoloConfig, device: str, images: int, validates: bool) -> dict[str, Any]:
    batch = config.batch(images)
    return {
        "model": f"{config.size}.yaml", "data": "none.yaml", "task": "detect", "epochs": config.epochs, "patience": config.patience,
        "imgsz": round(config.image_size / STRIDE) * STRIDE, "batch": batch, "seed": config.seed, "val": validates,
        "device": "0" if device == "cuda" else device, "amp": _precision(device), "workers": WORKERS if device == "cuda" else 0,
        "optimizer": "AdamW" if config.learning_rate else "auto", "lr0": config.learning_rate or 0.01,
        "warmup_bias_lr": 0.0,  # as it has it where it chooses: a tenth is meant for SGD
        # A step after each batch: a run that goes on would else not know how far it was between two.
        "nbs": batch,
        "close_mosaic": min(PLAIN_EPOCHS, config.epochs // 3), "deterministic": True, "plots": False, "verbose": False,
        "pretrained": False, **AUGMENTATION[config.augmentation],
    }  # fmt: skip


def _precision(device: str) -> bool | str:
    if device != "cuda":
        return False
    return "bf16" if torch.cuda.is_bf16_supported() else True


class _Run:
    """From the engine's epochs to our progress, states and checkpoint."""

    def __init__(
        self, config: YoloConfig, categories: list[str], out: Path, key: str, on_progress: Callable[[Progress], None],
        samples: dict[str, list[Sample]],
    ) -> None:  # fmt: skip
        self.config, self.categories, self.out, self.key = config, categories, out, key
        self.on_progress, self.samples = on_progress, samples
        self.known = load_state(out, key)
        self.facts: dict[str, Any] = self.known[1] if self.known else {}
        self.best: dict[str, Any] = self.known[0]["best"] if self.known else {}
        self.begun = time.monotonic()
        self.first, self.saved = 0, -SAVE_SECONDS

    @property
    def finished(self) -> bool:
        return bool(self.facts.get("finished"))

    def begin(self, engine: Engine) -> None:
        """Put what was kept of an attempt before in place."""
        self.begun = time.monotonic()
        if not self.known:
            return
        tensors, facts = self.known
        engine.model.load_state_dict(tensors["model"])
        engine.ema.ema.load_state_dict(tensors["average"])
        engine.ema.updates = facts["updates"]
        restore_optimizer(engine.optimizer, tensors["optimizer"])
        for group, values in zip(engine.optimizer.param_groups, facts["groups"], strict=True):
            group.update(values)
        if facts["scaler"]:
            engine.scaler.load_state_dict(facts["scaler"])
        engine.best_found.score, engine.best_found.epoch = facts["best_score"], facts["best_epoch"]
        engine.best_found.tensors = tensors["best"]
        engine.best_fitness = facts["best_score"]
        engine.stopper.best_fitness, engine.stopper.best_epoch = facts["stopper"]
        engine.start_epoch = self.first = facts["epoch"]

    def epoch_ended(self, engine: Engine) -> None:
        """After validation, before the next epoch: the engine has decided by now whether it is the last."""
        best, epoch = engine.best_found, engine.epoch + 1
        self.best = best.tensors
        self.facts = {
            "fingerprint": self.key, "epoch": epoch, "finished": bool(engine.stop), "updates": engine.ema.updates,
            "best_score": best.score, "best_epoch": best.epoch, "scaler": engine.scaler.state_dict(),
            "stopper": [float(engine.stopper.best_fitness), int(engine.stopper.best_epoch)],
            "groups": [
                {name: value for name, value in group.items() if isinstance(value, float) and not isinstance(value, bool)}
                for group in engine.optimizer.param_groups
            ],
        }  # fmt: skip
        if engine.stop or time.monotonic() - self.saved >= SAVE_SECONDS:
            self._save(engine)
        self.on_progress(self._progress(engine, epoch))

    def _save(self, engine: Engine) -> None:
        save_state(
            self.out,
            {"model": engine.model.state_dict(), "average": engine.ema.ema.state_dict(), "best": self.best,
             "optimizer": optimizer_tensors(engine.optimizer)},
            self.facts,
        )  # fmt: skip
        self.saved = time.monotonic()

    def _progress(self, engine: Engine, epoch: int) -> Progress:
        said = {name: float(value) for name, value in (engine.tloss or {}).items()}
        metrics = {"loss": sum(said.values()), **said}
        if self.samples["val"]:
            metrics |= {
                "val_map": float(engine.metrics["metrics/mAP50-95(B)"]), "val_map50": float(engine.metrics["metrics/mAP50(B)"]),
            }  # fmt: skip
        each = (time.monotonic() - self.begun) / max(1, epoch - self.first)
        left = None if engine.stop else each * (self.config.epochs - epoch)
        begun = "named" if engine.job.pretrained is not None else "random"
        message = f"begun with {begun} weights" if epoch == 1 else ""
        # Where patience ended it before, there are no more epochs to come.
        return Progress(epoch, epoch if engine.stop else self.config.epochs, metrics, left, message)

    def write(self) -> Checkpoint:
        final = self.out / "final"
        final.mkdir(exist_ok=True)
        part = final / f"{WEIGHTS}.part"
        save_file({name: value.contiguous() for name, value in self.best.items()}, part)
        os.replace(part, final / WEIGHTS)
        description: dict[str, Any] = {
            "model": "yolo", "categories": self.categories, "config": to_json(self.config), "best_epoch": self.facts["best_epoch"] + 1,
            "images": {split: len(samples) for split, samples in self.samples.items()},
        }  # fmt: skip
        (final / CONFIG).write_text(json.dumps(description, indent=1))
        return Checkpoint.at(final)
