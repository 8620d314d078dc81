"""The network: untrained, from weights that the settings name, and as it is served."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from vision import weights
from vision.models.yolo.library import DetectionModel, IterableSimpleNamespace, yaml_model_load

GENERATION = "yolo11"
OF_NETWORKS = (
    "torch.nn.modules.",
    "ultralytics.nn.",
)  # modules whose layers a file of weights may be made of


def build(size: str, categories: int) -> Any:
    """An untrained detection network, on the CPU."""
    return DetectionModel(yaml_model_load(f"{GENERATION}{size}.yaml"), nc=categories, ch=3, verbose=False)


def pretrained() -> Any | None:
    """The network of the weights that the settings name; None where they name none. Raises MissingWeights."""
    path = weights.yolo()
    if path is None:
        return None
    try:
        kept = _opened(path)
        return (kept.get("ema") or kept["model"]).float()
    except Exception as error:
        raise weights.MissingWeights(f"{path} holds no network of Ultralytics: {error}") from error


def _opened(path: Path) -> Any:
    """Ultralytics keeps whole networks as pickles, which can run whatever they name: layers and plain data may be named here."""
    with safe_globals([_layer(name) for name in get_unsafe_globals_in_checkpoint(str(path))]):
        return torch.load(path, map_location="cpu", weights_only=True)


def _layer(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    if name == f"{IterableSimpleNamespace.__module__}.{IterableSimpleNamespace.__qualname__}":
        return IterableSimpleNamespace
    found = getattr(import_module(module), attribute, None) if module.startswith(OF_NETWORKS) else None
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise ValueError(f"it asks for {name}, which is no layer")
    return found


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
