"""Training stage 2: a linear probe on frozen features first, then fine-tuning from it.

Probe and fine-tune is the order of Kumar et al. 2022 ("Fine-tuning can distort pretrained features"): with few
labels, a head that fits the features before they move costs them less. A fine-tuned model is the middle between the
weights it began with and those it came to (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"), which
holds better for people it has never seen. What counts is the best epoch on the validation images, the probe being
epoch 0.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from vision.base import CONFIG, WEIGHTS, Checkpoint, Progress, Sample, Stopped
from vision.config import to_json
from vision.metrics import f1_scores
from vision.models.two_stage.augment import augment
from vision.models.two_stage.config import TwoStageConfig
from vision.models.two_stage.data import Crops, fingerprint, load_crops
from vision.models.two_stage.network import Classifier, load_pretrained
from vision.models.two_stage.probe import DECAYS, fit_head
from vision.state import load_state, optimizer_tensors, restore_optimizer, save_state

EMA = 0.98
ANCHORED = 0.5  # how much of a fine-tuned model is the probe


class TwoStageTrainer:
    def fit(
        self, data: Sequence[Sample], out: Path, config: TwoStageConfig, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Raises Stopped, MissingWeights, and ValueError where no face can be learned from."""
        out.mkdir(parents=True, exist_ok=True)
        parts = {
            split: load_crops(
                [s for s in data if s.split == split], config, categories, out / f"{split}.npz", should_stop=should_stop,
                device=device,
            )
            for split in ("train", "val")
        }  # fmt: skip
        if len(np.unique(parts["train"].labels)) < 2:
            raise ValueError(
                f"Fewer than two categories are left to learn: {parts['train'].left_out} of the training images show no face. "
                "Choose a wider crop."
            )
        key = fingerprint(data, config, categories)
        run = _Run(config, list(categories), parts["train"], parts["val"], device)
        run.begin(out, key, on_progress)
        while not run.finished():
            if should_stop():
                raise Stopped
            run.epoch_step(should_stop, on_progress)
            run.save(out, key)
        return run.write(out)


class _Run:
    def __init__(
        self, config: TwoStageConfig, categories: list[str], train: Crops, val: Crops, device: str
    ) -> None:
        self.config, self.categories, self.train, self.val, self.device = (
            config,
            categories,
            train,
            val,
            device,
        )
        torch.manual_seed(config.seed)
        self.model = Classifier(config, len(categories)).to(device)
        load_pretrained(self.model)
        self.model.freeze(config.frozen_blocks)
        counts = np.bincount(train.labels, minlength=len(categories))
        weights = (
            len(train.labels) / np.maximum(counts, 1) / np.count_nonzero(counts)
            if config.balance
            else np.ones(len(counts))
        )
        self.weights = torch.tensor(weights, dtype=torch.float32, device=device)
        head = list(self.model.head.parameters())
        rest = [p for p in self.model.backbone.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [{"params": rest, "scale": 1.0}, {"params": head, "scale": 10.0 if config.backbone != "scratch" else 1.0}],
            lr=config.learning_rate, weight_decay=config.weight_decay,
        )  # fmt: skip
        self.scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
        self.epoch, self.best_epoch, self.best_score = 0, 0, -math.inf
        self.best: dict[str, Tensor] = {}
        self.average: dict[str, Tensor] = {}
        self.anchor: dict[str, Tensor] = {}  # the probe, where there is one
        self.seconds: list[float] = []

    # --- from a start, or from where it was ------------------------------------------------------------------
    def begin(self, out: Path, key: str, on_progress: Callable[[Progress], None]) -> None:
        known = load_state(out, key)
        if known:
            tensors, facts = known
            self.model.load_state_dict(tensors["model"])
            self.best = tensors["best"]
            self.average, self.anchor = (
                {name: value.to(self.device) for name, value in tensors.get(part, {}).items()}
                for part in ("average", "anchor")
            )
            restore_optimizer(self.optimizer, tensors["optimizer"])
            self.epoch, self.best_epoch, self.best_score = (
                facts["epoch"],
                facts["best_epoch"],
                facts["best_score"],
            )
            if facts.get("scaler"):
                self.scaler.load_state_dict(facts["scaler"])
            return
        if self.config.backbone != "scratch":
            self._probe()
            self.anchor = {name: value.detach().clone() for name, value in self._moving()}
            on_progress(
                Progress(0, self.config.epochs, self._judge({}), message="a linear probe on frozen features")
            )
        self.average = {name: value.detach().clone() for name, value in self._moving()}

    def save(self, out: Path, key: str) -> None:
        save_state(
            out,
            {"model": self.model.state_dict(), "average": self.average, "anchor": self.anchor, "best": self.best,
             "optimizer": optimizer_tensors(self.optimizer)},
            {"fingerprint": key, "epoch": self.epoch, "best_epoch": self.best_epoch, "best_score": self.best_score,
             "scaler": self.scaler.state_dict() if self.device == "cuda" else None},
        )  # fmt: skip

    def finished(self) -> bool:
        stale = len(self.val.labels) > 0 and self.epoch - self.best_epoch >= self.config.patience
        return self.epoch >= self.config.epochs or stale

    # --- epoch 0: the probe --------------------------------------------------------------------------------
    def _probe(self) -> None:
        """Multinomial logistic regression on standardised features of the crops and their mirror images."""
        features, val = self._features(self.train.pixels, mirror=True), self._features(self.val.pixels)
        norm: Any = self.model.norm
        norm.running_mean.copy_(features.mean(0))
        norm.running_var.copy_(features.var(0).clamp_min(1e-6))
        x, y = norm(features), torch.from_numpy(np.tile(self.train.labels, 2)).to(self.device)
        v = norm(val) if len(val) else None
        best = (-math.inf, math.inf)
        for decay in DECAYS:
            head = fit_head(x, y, self.weights, decay)
            # Without validation images, the strongest regularisation that still separates is the safe choice.
            score = self._score(functional.linear(v, *head), self.val.labels) if v is not None else decay
            if (score, decay) > best:
                best = (score, decay)
                self.model.head.weight.data.copy_(head[0])
                self.model.head.bias.data.copy_(head[1])

    @torch.no_grad()
    def _features(self, pixels: np.ndarray, *, mirror: bool = False) -> Tensor:
        self.model.eval()
        rows = [self.model.features(batch) for batch in self._batches(pixels)]
        if mirror:
            rows += [self.model.features(batch.flip(3)) for batch in self._batches(pixels)]
        return torch.cat(rows) if rows else torch.zeros(0, self.model.head.in_features, device=self.device)

    def _batches(self, pixels: np.ndarray, size: int = 64) -> Iterator[Tensor]:
        for start in range(0, len(pixels), size):
            yield self._tensor(pixels[start : start + size])

    def _tensor(self, pixels: np.ndarray) -> Tensor:
        return torch.from_numpy(pixels).to(self.device).permute(0, 3, 1, 2).float()

    # --- an epoch ------------------------------------------------------------------------------------------
    def epoch_step(self, should_stop: Callable[[], bool], on_progress: Callable[[Progress], None]) -> None:
        begun = time.monotonic()
        random = torch.Generator().manual_seed(self.config.seed * 100_003 + self.epoch)
        torch.manual_seed(self.config.seed * 100_019 + self.epoch)  # for dropout
        order = torch.randperm(len(self.train.labels), generator=random).numpy()
        size = self.config.batch_size
        starts = [start for start in range(0, len(order), size) if len(order) - start > 1 or start == 0]
        losses = []
        self.model.train()
        self.model.norm.train(self.config.backbone == "scratch")
        for step, start in enumerate(starts):
            if should_stop():
                raise Stopped
            rows = order[start : start + size]
            crops = augment(self._tensor(self.train.pixels[rows]), self.config.augmentation, random)
            labels = torch.from_numpy(self.train.labels[rows]).to(self.device)
            losses.append(
                self._update(crops, labels, self.epoch + step / len(starts), self.epoch * len(starts) + step)
            )
        self.epoch += 1
        self.seconds.append(time.monotonic() - begun)
        metrics = self._judge({"loss": float(np.mean(losses))})
        left = (self.config.epochs - self.epoch) * float(np.mean(self.seconds))
        on_progress(Progress(self.epoch, self.config.epochs, metrics, seconds_left=left))

    def _update(self, crops: Tensor, labels: Tensor, epoch: float, step: int) -> float:
        progress = epoch / self.config.epochs
        for group in self.optimizer.param_groups:
            warm = min(1.0, epoch + 0.1)
            group["lr"] = (
                self.config.learning_rate * group["scale"] * warm * (1 + math.cos(math.pi * progress)) / 2
            )
        with torch.autocast(self.device, dtype=torch.float16, enabled=self.device == "cuda"):
            logits = self.model(crops)
            loss = functional.cross_entropy(
                logits.float(), labels, weight=self.weights, label_smoothing=self.config.label_smoothing
            )
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 5.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        # A short memory at first: with few steps, the average would else stay where it began.
        decay = min(EMA, (1 + step) / (10 + step))
        for name, value in self._moving():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value.detach(), 1 - decay)
            else:
                self.average[name].copy_(value)
        return float(loss.detach())

    def _moving(self) -> Iterator[tuple[str, Tensor]]:
        """What training changes: trained parameters, and every buffer."""
        yield from ((name, p) for name, p in self.model.named_parameters() if p.requires_grad)
        yield from self.model.named_buffers()

    # --- judging -------------------------------------------------------------------------------------------
    def _judge(self, metrics: dict[str, float]) -> dict[str, float]:
        """Validate the averaged weights, and keep them if they are the best so far (without validation: the last)."""
        kept = {name: value.detach().clone() for name, value in self._moving()}
        if self.average:
            self._assign(self._anchored())
        score: float = self.epoch
        if len(self.val.labels):
            logits = self._logits(self.val.pixels)
            labels = torch.from_numpy(self.val.labels).to(self.device)
            metrics |= {
                "val_loss": float(functional.cross_entropy(logits, labels)),
                "val_accuracy": float((logits.argmax(1) == labels).float().mean()),
                "val_macro_f1": self._score(logits, self.val.labels),
            }
            score = metrics["val_macro_f1"] - 1e-3 * metrics["val_loss"]  # the loss decides between equals
        if score > self.best_score:
            self.best_score, self.best_epoch = score, self.epoch
            self.best = {
                name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()
            }
        self._assign(kept)
        return metrics

    def _anchored(self) -> dict[str, Tensor]:
        return {
            name: torch.lerp(value, self.anchor[name], ANCHORED)
            if name in self.anchor and value.dtype.is_floating_point
            else value
            for name, value in self.average.items()
        }

    def _assign(self, values: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in self._moving():
                value.copy_(values[name])

    @torch.no_grad()
    def _logits(self, pixels: np.ndarray) -> Tensor:
        self.model.eval()
        return torch.cat([self.model(batch) for batch in self._batches(pixels)])

    def _score(self, logits: Tensor, labels: np.ndarray) -> float:
        said = logits.argmax(1).cpu().numpy()
        return float(f1_scores(labels, said, len(self.categories))[np.unique(labels)].mean())

    # --- the end -------------------------------------------------------------------------------------------
    def write(self, out: Path) -> Checkpoint:
        final = out / "final"
        final.mkdir(exist_ok=True)
        part = final / f"{WEIGHTS}.part"
        save_file({name: value.contiguous() for name, value in self.best.items()}, part)
        os.replace(part, final / WEIGHTS)
        description: dict[str, Any] = {
            "model": "two_stage", "categories": self.categories, "config": to_json(self.config), "best_epoch": self.best_epoch,
            "images": {"train": len(self.train.labels), "val": len(self.val.labels),
                       "without_face": self.train.left_out + self.val.left_out},
        }  # fmt: skip
        (final / CONFIG).write_text(json.dumps(description, indent=1))
        return Checkpoint.at(final)
