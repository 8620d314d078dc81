"""The network, and all of Ultralytics that is imported: quiet, offline, and with no file of its own outside our folders."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vision import weights

GENERATION = "yolo11"


def prepare() -> None:
    """Call before the first import of Ultralytics: it asks the network at that moment, and writes its settings."""
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["YOLO_VERBOSE"] = "false"
    os.environ.setdefault("YOLO_CONFIG_DIR", str(weights.folder() / "ultralytics"))
    Path(os.environ["YOLO_CONFIG_DIR"]).mkdir(parents=True, exist_ok=True)
    logging.getLogger("ultralytics").setLevel(logging.ERROR)


def build(size: str, categories: int) -> Any:
    """An untrained detection network, on the CPU."""
    prepare()
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    return DetectionModel(yaml_model_load(f"{GENERATION}{size}.yaml"), nc=categories, ch=3, verbose=False)


def pretrained() -> Any | None:
    """The network of the weights that the settings name; None where they name none. Raises MissingWeights."""
    path = weights.yolo()
    if path is None:
        return None
    prepare()
    try:
        # Ultralytics keeps whole networks as pickles, which run what is in them: only a file whose hash was told is opened.
        kept = torch.load(path, map_location="cpu", weights_only=False)
        return (kept.get("ema") or kept["model"]).float()
    except Exception as error:
        raise weights.MissingWeights(f"{path} holds no network of Ultralytics: {error}") from error


class Serving(nn.Module):
    """Images, float [B, 3, H, W] from 0 to 1 with sides that are multiples of 32 → boxes and scores [B, 4 + C, N] (middle
    and size in pixels, then a score a category), and features [B, F]: what the head looks at, averaged over the image."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network.fuse(verbose=False).eval()
        head = self.network.model[-1]
        head.export, head.format, head.dynamic = True, "onnx", True

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        seen: list[Any] = []
        x: Any = images
        for layer in self.network.model[:-1]:
            x = layer(_inputs(layer, x, seen))
            seen.append(x if layer.i in self.network.save else None)
        head = self.network.model[-1]
        levels = [seen[at] if at != -1 else x for at in head.f]
        features = torch.cat([level.mean((2, 3)) for level in levels], 1)
        return head(levels), features


def _inputs(layer: Any, x: Any, seen: Sequence[Any]) -> Any:
    if layer.f == -1:
        return x
    if isinstance(layer.f, int):
        return seen[layer.f]
    return [x if at == -1 else seen[at] for at in layer.f]
