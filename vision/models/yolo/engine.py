"""Ultralytics' training loop, with our data, our states and our way to stop. Its pickles are neither written nor read."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vision.base import Sample, Stopped
from vision.models.yolo.dataset import SampleDataset
from vision.models.yolo.library import DetectionTrainer, build_dataloader, unwrap_model
from vision.models.yolo.network import build


@dataclass
class Job:
    """What a run is made of, and what it says as it goes."""

    samples: Mapping[str, list[Sample]]  # by split: train, val
    categories: list[str]
    size: str
    pretrained: Any | None
    should_stop: Callable[[], bool]
    epoch_ended: Callable[[Engine], None]
    begin: Callable[[Engine], None]  # puts a kept state in place


@dataclass
class Best:
    score: float = -1.0
    epoch: int = -1
    tensors: dict[str, Tensor] = field(default_factory=dict)


class Engine(DetectionTrainer):
    """`best` holds the averaged weights of the epoch that validated best; without validation images, of the last."""

    def __init__(self, job: Job, out: Path, overrides: dict[str, Any]) -> None:
        self.job, self.best_found = job, Best()
        threads = torch.get_num_threads()
        super().__init__(
            overrides={**overrides, "project": str(out), "name": "ultralytics", "exist_ok": True}
        )
        # It leaves a core unused, for whatever this process does from here on: of two cores that is half the speed.
        torch.set_num_threads(threads)
        for event in ("on_train_batch_end", "on_val_batch_end"):
            self.add_callback(event, lambda _: self._look())
        self.add_callback("on_train_epoch_start", lambda _: self._seed())

    def _look(self) -> None:
        if self.job.should_stop():
            raise Stopped

    def _seed(self) -> None:
        """An epoch's chances follow from the seed and its number alone, so that one may be repeated."""
        seed = self.args.seed * 100_003 + self.epoch
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        if not self.train_loader.num_workers:  # workers would have to be started anew
            self.train_loader.generator.manual_seed(seed)
            self.train_loader.reset()

    # --- what Ultralytics asks for ------------------------------------------------------------------------------
    def get_dataset(self) -> dict[str, Any]:
        names = dict(enumerate(self.job.categories))
        return {"train": "train", "val": "val", "names": names, "nc": len(names), "channels": 3}

    def setup_model(self) -> None:
        self.model = self.set_model_names_for_load(build(self.job.size, len(self.job.categories)))
        if self.job.pretrained is not None:
            self.model.load(self.job.pretrained, verbose=False)

    def get_dataloader(
        self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train"
    ) -> Any:
        samples = self.job.samples[mode] or self.job.samples["train"]
        stride = max(int(unwrap_model(self.model).stride.max()), 32)
        dataset = SampleDataset(
            samples, self.job.categories, imgsz=self.args.imgsz, batch_size=batch_size, augment=mode == "train", hyp=copy(self.args),
            rect=mode == "val", stride=stride, pad=0.0 if mode == "train" else 0.5, data=self.data, task="detect",
        )  # fmt: skip
        return build_dataloader(
            dataset, batch_size, self.args.workers, shuffle=mode == "train", rank=rank, device=self.device
        )

    def build_optimizer(self, *args: Any, **kwargs: Any) -> torch.optim.Optimizer:
        optimizer = super().build_optimizer(*args, **kwargs)
        # Ultralytics has it so on a GPU, from the constructor on, for the scaler's sake; a CPU has none. There a YOLO11n's
        # tensors took 9 ms of a step one by one, and 2 ms at once.
        if isinstance(optimizer, torch.optim.AdamW):
            for group in optimizer.param_groups:
                group["fused"] = True
        return optimizer

    def resume_training(self, ckpt: Any) -> None:
        self.job.begin(self)

    def save_model(self) -> bool:
        score = float(self.fitness) if self.args.val else float(self.epoch)
        if score > self.best_found.score:
            tensors = {
                name: value.detach().cpu().clone() for name, value in self.ema.ema.state_dict().items()
            }
            self.best_found = Best(score, self.epoch, tensors)
        self.job.epoch_ended(self)
        return True

    def _handle_nan_recovery(self, epoch: int) -> bool:
        if self.loss is not None and not self.loss.isfinite():
            raise ValueError("The loss is no number any more: use a lower learning rate.")
        return False

    def final_eval(self) -> None:
        """The best epoch was validated when it ended."""

    def save_metrics(self, metrics: dict[str, float]) -> None:
        """The run's rows have them."""
