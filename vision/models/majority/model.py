"""The share of each category among the training labels, whatever the image shows: the baseline to beat."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vision.base import CONFIG, BrokenCheckpoint, Checkpoint, Progress, Sample, Stopped, read_config
from vision.config import to_json
from vision.models.majority.config import MajorityConfig
from vision.results import Classes

if TYPE_CHECKING:
    from vision.base import RGBImage


class MajorityPredictor:
    def __init__(self, shares: Mapping[str, float]) -> None:
        self.answer = Classes(category=max(shares, key=lambda name: shares[name]), scores=dict(shares))

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        shares = read_config(checkpoint).get("shares")
        if not isinstance(shares, dict) or not shares:
            raise BrokenCheckpoint("shares are missing")
        return cls(shares)

    def predict(self, images: Sequence[RGBImage]) -> list[Classes]:
        return [self.answer] * len(images)


class MajorityTrainer:
    def fit(
        self, data: Sequence[Sample], out: Path, config: MajorityConfig, *, categories: Sequence[str],
        on_progress: Callable[[Progress], None], should_stop: Callable[[], bool], device: str = "cpu",
    ) -> Checkpoint:  # fmt: skip
        if should_stop():
            raise Stopped
        counts = dict.fromkeys(categories, config.smoothing)
        for sample in data:
            if sample.split == "train":
                counts[sample.category] += 1
        total = sum(counts.values()) or 1
        final = out / "final"
        final.mkdir(parents=True, exist_ok=True)
        description = {
            "model": "majority", "categories": list(categories), "config": to_json(config),
            "shares": {name: count / total for name, count in counts.items()},
        }  # fmt: skip
        (final / CONFIG).write_text(json.dumps(description, indent=1))
        on_progress(Progress(epoch=1, epochs=1, metrics={"largest_share": max(counts.values()) / total}))
        return Checkpoint.at(final)
