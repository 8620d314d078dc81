"""Training the U-Net. What counts is the best epoch on the validation images, in the network's own size."""

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
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from vision.base import CONFIG, WEIGHTS, Checkpoint, Progress, Sample, Stopped
from vision.config import to_json
from vision.models.unet_matting.augment import augment, composed
from vision.models.unet_matting.config import UnetMattingConfig
from vision.models.unet_matting.data import Squares, fingerprint, load_squares, small_picture
from vision.models.unet_matting.losses import loss
from vision.models.unet_matting.network import Unet, load_pretrained
from vision.state import load_state, optimizer_tensors, restore_optimizer, save_state

SHOWN, LONGEST = (
    4,
    256,
)  # validation images whose mattes are shown after each epoch, and pixels of their longer side
PRETRAINED = 0.2  # how fast pretrained layers learn, beside the others
WARM = 1.0  # epochs in which the learning rate rises


class UnetMattingTrainer:
    def fit(
        self, data: Sequence[Sample], out: Path, config: UnetMattingConfig, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        """Raises Stopped, MissingWeights, and ValueError where no matte can be learned from."""
        out.mkdir(parents=True, exist_ok=True)
        colours = bool(config.backgrounds or config.composition)
        parts = {
            split: load_squares(
                [s for s in data if s.split == split], config, out / f"{split}.npy", colours=colours and split == "train",
                should_stop=should_stop, device=device,
            )
            for split in ("train", "val")
        }  # fmt: skip
        if not parts["train"].ids:
            raise ValueError("None of the training images has a matte that can be read: label some.")
        key = fingerprint([s for s in data if s.split in parts], config)
        run = _Run(config, list(categories), parts["train"], parts["val"], device, out)
        run.begin(key)
        while not run.finished():
            if should_stop():
                raise Stopped
            progress = run.epoch_step(should_stop)
            run.save(key)
            on_progress(progress)
        return run.write()


class _Run:
    def __init__(
        self, config: UnetMattingConfig, categories: list[str], train: Squares, val: Squares, device: str, out: Path
    ) -> None:  # fmt: skip
        self.config, self.categories, self.train, self.val = config, categories, train, val
        self.device, self.out = device, out
        torch.manual_seed(config.seed)
        self.model = Unet(config)
        load_pretrained(self.model)
        self.model.to(device).to(memory_format=torch.channels_last)
        known = [p for name, p in self.model.named_parameters() if ".pretrained." in name]
        rest = [p for name, p in self.model.named_parameters() if ".pretrained." not in name]
        self.optimizer = torch.optim.AdamW(
            [{"params": rest, "scale": 1.0}, {"params": known, "scale": PRETRAINED}][: 2 if known else 1],
            lr=config.learning_rate, weight_decay=config.weight_decay, fused=True,
        )  # fmt: skip
        self.half = device == "cuda" and not torch.cuda.is_bf16_supported()
        self.scaler = torch.amp.GradScaler(device, enabled=self.half)
        self.epoch, self.best_epoch, self.best_score = 0, 0, -math.inf
        self.best: dict[str, Tensor] = {}
        self.seconds: list[float] = []

    # --- from a start, or from where it was ------------------------------------------------------------------
    def begin(self, key: str) -> None:
        known = load_state(self.out, key)
        if not known:
            return
        tensors, facts = known
        self.model.load_state_dict(tensors["model"])
        self.best = tensors["best"]
        restore_optimizer(self.optimizer, tensors["optimizer"])
        self.epoch, self.best_epoch, self.best_score = (
            facts["epoch"], facts["best_epoch"], facts["best_score"],
        )  # fmt: skip
        if facts["scaler"]:
            self.scaler.load_state_dict(facts["scaler"])

    def save(self, key: str) -> None:
        save_state(
            self.out,
            {"model": self.model.state_dict(), "best": self.best, "optimizer": optimizer_tensors(self.optimizer)},
            {"fingerprint": key, "epoch": self.epoch, "best_epoch": self.best_epoch, "best_score": self.best_score,
             "scaler": self.scaler.state_dict()},
        )  # fmt: skip

    def finished(self) -> bool:
        stale = len(self.val.ids) > 0 and self.epoch - self.best_epoch >= self.config.patience
        return self.epoch >= self.config.epochs or stale

    # --- an epoch ------------------------------------------------------------------------------------------
    def epoch_step(self, should_stop: Callable[[], bool]) -> Progress:
        begun = time.monotonic()
        random = torch.Generator().manual_seed(self.config.seed * 100_003 + self.epoch)
        order, others = (torch.randperm(len(self.train.ids), generator=random).numpy() for _ in range(2))
        size = self.config.batch_size
        starts = range(0, len(order), size)
        losses = []
        self.model.train()
        for step, start in enumerate(starts):
            if should_stop():
                raise Stopped
            some, behind = (
                torch.from_numpy(self.train.pixels[rows[start : start + size]]) for rows in (order, others)
            )  # fmt: skip
            batch = augment(
                composed(some, behind, self.config.backgrounds, random), self.config.augmentation, random
            )
            losses.append(self._update(batch, self.epoch + step / len(starts)))
        self.epoch += 1
        metrics = self._judge({"loss": float(np.mean(losses))}, should_stop)
        pictures = self._pictures()
        self.seconds.append(time.monotonic() - begun)
        epochs = self.epoch if self.finished() else self.config.epochs
        left = (epochs - self.epoch) * float(np.mean(self.seconds))
        return Progress(self.epoch, epochs, metrics, left, pictures=pictures)

    def _update(self, batch: Tensor, epoch: float) -> float:
        for group in self.optimizer.param_groups:
            warm = min(1.0, (epoch + 0.1) / WARM)
            group["lr"] = (
                self.config.learning_rate
                * group["scale"]
                * warm
                * (1 + math.cos(math.pi * epoch / self.config.epochs))
                / 2
            )
        batch = batch.to(self.device, memory_format=torch.channels_last)
        with self._precision():
            said, _ = self.model(torch.cat([batch[:, :3], batch[:, 5:] * 255], 1))
        total = loss(self.model, said.float(), batch, self.config)
        if not total.isfinite():
            raise ValueError("The loss is no number any more: use a lower learning rate.")
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(total).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return float(total.detach())

    def _precision(self) -> Any:
        kind = torch.float16 if self.half else torch.bfloat16
        return torch.autocast(self.device, dtype=kind, enabled=self.device == "cuda")

    # --- judging -------------------------------------------------------------------------------------------
    def _judge(self, metrics: dict[str, float], should_stop: Callable[[], bool]) -> dict[str, float]:
        """`val_mse` in thousandths and `val_sad` in thousands of pixels, as networks see images; what is best so far is kept
        (without validation images: the last)."""
        score: float = self.epoch
        if self.val.ids:
            squared, apart = [], []
            for alpha, truth in self._alphas(self.val.pixels):
                if should_stop():
                    raise Stopped
                difference = alpha - truth
                squared += (difference**2).mean((1, 2)).tolist()
                apart += np.abs(difference).sum((1, 2)).tolist()
            metrics |= {"val_sad": float(np.mean(apart)) / 1000, "val_mse": float(np.mean(squared)) * 1000}
            score = -metrics["val_mse"]
        if score > self.best_score:
            self.best_score, self.best_epoch = score, self.epoch
            self.best = {
                name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()
            }
        return metrics

    @torch.no_grad()
    def _alphas(self, pixels: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Predicted and true alphas, float32 [B, S, S]."""
        self.model.eval()
        for start in range(0, len(pixels), self.config.batch_size):
            batch = (
                torch.from_numpy(np.array(pixels[start : start + self.config.batch_size]))
                .to(self.device)
                .float()
            )
            with self._precision():
                seen = torch.cat([batch[:, :3], batch[:, 4:]], 1)
                said, _ = self.model(seen.contiguous(memory_format=torch.channels_last))
            yield self.model.alpha(said.float())[:, 0].cpu().numpy(), batch[:, 3].cpu().numpy() / 255

    def _pictures(self) -> dict[str, Path]:
        """What the first validation images' mattes are by now; each epoch's stay, for they are read later."""
        folder = self.out / "pictures"
        folder.mkdir(exist_ok=True)
        found = [alpha for some, _ in self._alphas(self.val.pixels[:SHOWN]) for alpha in some]
        pictures = {}
        for number, alpha in enumerate(found):
            path = folder / f"{self.epoch}-{number}.png"
            Image.fromarray(small_picture(alpha, self.val.shapes[number], LONGEST)).save(path)
            pictures[self.val.ids[number]] = path
        return pictures

    # --- the end -------------------------------------------------------------------------------------------
    def write(self) -> Checkpoint:
        final = self.out / "final"
        final.mkdir(exist_ok=True)
        part = final / f"{WEIGHTS}.part"
        save_file({name: value.contiguous() for name, value in self.best.items()}, part)
        os.replace(part, final / WEIGHTS)
        description: dict[str, Any] = {
            "model": "unet_matting", "categories": self.categories, "config": to_json(self.config), "best_epoch": self.best_epoch,
            "images": {"train": len(self.train.ids), "val": len(self.val.ids),
                       "left_out": self.train.left_out + self.val.left_out},
        }  # fmt: skip
        (final / CONFIG).write_text(json.dumps(description, indent=1))
        return Checkpoint.at(final)
