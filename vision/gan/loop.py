"""The loop that the generators share: steps, states that can be resumed, sheets of samples, and the one that is kept.

Which epoch is kept is a rule fixed beforehand: the one whose pictures are nearest to validation photographs (KID), or the last.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from vision.base import CONFIG, WEIGHTS, Checkpoint, Progress, Stopped
from vision.config import to_json
from vision.gan import kid
from vision.gan.domains import sheet
from vision.state import load_state, optimizer_tensors, restore_optimizer, save_state

if TYPE_CHECKING:
    from vision.base import RGBImage

SHEET = 256  # pixels of a sample's longer side
Losses = dict[str, float]


class Adversary(Protocol):
    """A generator with its rival: what the loop asks of it."""

    networks: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]

    def begin_epoch(self, epoch: int, random: torch.Generator) -> None: ...

    def step(self, random: torch.Generator) -> Losses:
        """One update of all networks."""
        ...

    def samples(self) -> list[tuple[str, list[RGBImage]]]:
        """Of the same inputs each time: (id, pictures to be shown side by side)."""
        ...

    def made(self) -> list[RGBImage]:
        """What is measured against validation photographs; the same inputs each time."""
        ...

    def served(self) -> dict[str, Tensor]:
        """The weights that a predictor needs, at this moment."""
        ...

    def extras(self) -> dict[str, dict[str, Tensor]]:
        """What else a resumed run needs: pools, averages."""
        ...

    def restore(self, extras: dict[str, dict[str, Tensor]]) -> None: ...


class Run:
    """One training. `before`: how far the pictures are from photographs that nothing was done to (KID), where that is known."""

    def __init__(
        self, name: str, adversary: Adversary, config: Any, out: Path, *, key: str, real: Sequence[RGBImage], before: Sequence[RGBImage],
        device: str, categories: list[str], facts: dict[str, Any],
    ) -> None:  # fmt: skip
        self.name, self.adversary, self.config, self.out, self.key = name, adversary, config, out, key
        self.device, self.categories, self.facts = device, categories, facts
        self.real = kid.features(real, device=device) if len(real) > 1 else None
        self.before = None
        if self.real is not None and len(before) > 1:
            self.before = kid.kid(kid.features(before, device=device), self.real)
        self.epoch, self.best_epoch, self.best_score = 0, 0, math.inf
        self.best: dict[str, Tensor] = {}
        self.seconds: list[float] = []
        self.last: float | None = None

    def train(self, on_progress: Callable[[Progress], None], should_stop: Callable[[], bool]) -> Checkpoint:
        """Raises Stopped."""
        self._begin()
        while self.epoch < self.config.epochs:
            if should_stop():
                raise Stopped
            progress = self._epoch(should_stop)
            self._save()
            on_progress(progress)
        return self._write()

    # --- from a start, or from where it was -------------------------------------------------------------------
    def _begin(self) -> None:
        known = load_state(self.out, self.key)
        if not known:
            return
        tensors, facts = known
        for name, network in self.adversary.networks.items():
            network.load_state_dict(tensors[f"network.{name}"])
        for name, optimizer in self.adversary.optimizers.items():
            restore_optimizer(optimizer, tensors.get(f"optimizer.{name}", {}))
        self.adversary.restore({
            name.partition(".")[2]: values for name, values in tensors.items() if name.startswith("extra.")
        })  # fmt: skip
        self.best = tensors.get("best", {})
        self.epoch, self.best_epoch, self.best_score = (
            facts["epoch"],
            facts["best_epoch"],
            facts["best_score"],
        )
        self.last = facts["last"]
        if self.best_score is None:
            self.best_score = math.inf

    def _save(self) -> None:
        tensors = {
            f"network.{name}": network.state_dict() for name, network in self.adversary.networks.items()
        }
        tensors |= {
            f"optimizer.{name}": optimizer_tensors(optimizer)
            for name, optimizer in self.adversary.optimizers.items()
        }
        tensors |= {f"extra.{name}": values for name, values in self.adversary.extras().items()}
        score = self.best_score if math.isfinite(self.best_score) else None
        save_state(
            self.out, {**tensors, "best": self.best},
            {"fingerprint": self.key, "epoch": self.epoch, "best_epoch": self.best_epoch, "best_score": score, "last": self.last},
        )  # fmt: skip

    # --- an epoch ------------------------------------------------------------------------------------------
    def _epoch(self, should_stop: Callable[[], bool]) -> Progress:
        begun = time.monotonic()
        random = torch.Generator().manual_seed(self.config.seed * 100_003 + self.epoch)
        torch.manual_seed(
            self.config.seed * 100_003 + self.epoch
        )  # dropout and noise draw from the global one
        self.adversary.begin_epoch(self.epoch, random)
        losses: dict[str, list[float]] = defaultdict(list)
        for network in self.adversary.networks.values():
            network.train()
        for _ in range(self.config.steps):
            if should_stop():
                raise Stopped
            for name, value in self.adversary.step(random).items():
                losses[name].append(value)
        self.epoch += 1
        means = {name: sum(values) / len(values) for name, values in losses.items()}
        if not all(math.isfinite(value) for value in means.values()):
            raise ValueError("A loss is no number any more: use a lower learning rate.")
        metrics = {**means, **self._judge()}
        pictures = self._sheets()
        self.seconds.append(time.monotonic() - begun)
        left = (self.config.epochs - self.epoch) * sum(self.seconds) / len(self.seconds)
        return Progress(self.epoch, self.config.epochs, metrics, left, pictures=pictures)

    def _judge(self) -> dict[str, float]:
        """Measured, and kept where the rule says so."""
        measured: dict[str, float] = {}
        made = self.adversary.made() if self.real is not None else []
        if self.real is not None and len(made) > 1:
            self.last = kid.kid(kid.features(made, device=self.device), self.real)
            measured["kid"] = self.last
        score = self.last if self.config.keep == "best" and self.last is not None else -self.epoch
        if score < self.best_score or not self.best:
            self.best_score, self.best_epoch = score, self.epoch
            self.best = {
                name: value.detach().cpu().clone() for name, value in self.adversary.served().items()
            }
        return measured

    def _sheets(self) -> dict[str, Path]:
        folder = self.out / "pictures"
        folder.mkdir(exist_ok=True)
        found = {}
        for number, (id, row) in enumerate(self.adversary.samples()):
            found[id] = sheet([row], SHEET, folder / f"{self.epoch}-{number}.png")
        return found

    # --- the end -------------------------------------------------------------------------------------------
    def _write(self) -> Checkpoint:
        final = self.out / "final"
        final.mkdir(exist_ok=True)
        part = final / f"{WEIGHTS}.part"
        save_file({name: value.contiguous() for name, value in self.best.items()}, part)
        os.replace(part, final / WEIGHTS)
        kept = self.best_score if self.config.keep == "best" and self.real is not None else self.last
        description: dict[str, Any] = {
            "model": self.name, "categories": self.categories, "config": to_json(self.config), "best_epoch": self.best_epoch,
            **self.facts, "kid": kept, "kid_before": self.before, "features": kid.FEATURES,
        }  # fmt: skip
        (final / CONFIG).write_text(json.dumps(description, indent=1, allow_nan=False))
        return Checkpoint.at(final)


def precision(device: str) -> AbstractContextManager[Any]:
    """Half precision where a GPU has bfloat16."""
    enabled = device == "cuda" and torch.cuda.is_bf16_supported()
    return torch.autocast(device, dtype=torch.bfloat16, enabled=enabled)


def decayed(epoch: int, epochs: int) -> float:
    """The learning rate's factor: 1 for the first half, then down to 0 in a line (Zhu et al. 2017)."""
    half = epochs // 2
    return 1.0 if epoch < half else max(0.0, 1 - (epoch - half) / max(1, epochs - half))
