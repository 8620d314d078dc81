"""Serving a YOLO detector: letterbox, network, and what is left of its boxes after non-maximum suppression."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import cv2
import numpy as np

from vision.base import WEIGHTS, BrokenCheckpoint, read_config
from vision.config import parse
from vision.embedding import embeddings
from vision.geometry import clipped
from vision.models.yolo.config import YoloConfig
from vision.results import Boxes, FoundBox
from vision.runtime import graph_runner, nms, runtime_for

if TYPE_CHECKING:
    from vision.base import RGBImage

GREY, STRIDE = 114, 32
OVERLAP, MOST = 0.7, 300  # as Ultralytics has them
SCORE = 0.1  # from which a box is kept, where the project says nothing
Run = Callable[[np.ndarray], Sequence[np.ndarray]]  # rows and features


class YoloPredictor:
    """Options: `box_score`, from which boxes are kept. What runs the network is this machine's to say, by
    `FRAMELOOP_RUNTIME`; `auto` is ONNX Runtime on a CPU and torch on a GPU."""

    def __init__(
        self,
        network: Any,
        categories: Sequence[str],
        config: YoloConfig,
        *,
        device: str,
        options: Mapping[str, Any],
    ) -> None:
        self.categories = list(categories)
        self.size = round(config.image_size / STRIDE) * STRIDE
        self.score = float(options.get("box_score", SCORE))
        self.run = runner(network, device)

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from vision.models.yolo.network import build

        description = read_config(checkpoint)
        try:
            config = parse(YoloConfig, description["config"])
            network = build(config.size, len(description["categories"]))
            network.load_state_dict(load_file(checkpoint / WEIGHTS))
        except (KeyError, ValueError, OSError, RuntimeError, SafetensorError) as error:
            raise BrokenCheckpoint(f"this is no checkpoint of yolo: {error}") from error
        return cls(network, description["categories"], config, device=device, options=options or {})

    def predict(self, images: Sequence[RGBImage]) -> list[Boxes]:
        """Images of one shape go through the network together."""
        shaped: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        squares = [letterbox(image, self.size) for image in images]
        for number, (pixels, _) in enumerate(squares):
            shaped[pixels.shape].append(number)
        results: dict[int, Boxes] = {}
        for numbers in shaped.values():
            batch = np.stack([squares[n][0] for n in numbers]).transpose(0, 3, 1, 2).astype(np.float32) / 255
            rows, features = self.run(np.ascontiguousarray(batch))
            for n, found, embedding in zip(numbers, rows, embeddings(features), strict=True):
                height, width = images[n].shape[:2]
                results[n] = Boxes(self._boxes(found.T, squares[n][1], width, height), embedding)
        return [results[n] for n in range(len(images))]

    def _boxes(
        self, rows: np.ndarray, placed: tuple[float, int, int], width: int, height: int
    ) -> list[FoundBox]:
        """Of [N, 4 + C]: middle, size and a score a category."""
        ratio, left, top = placed
        rows = rows[rows[:, 4:].max(1) >= self.score]
        middle, half, scores = rows[:, :2], rows[:, 2:4] / 2, rows[:, 4:]
        corners = (np.concatenate([middle - half, middle + half], 1) - [left, top, left, top]) / ratio
        best = scores.argmax(1)
        score = scores[np.arange(len(scores)), best] if len(scores) else np.zeros(0)
        second = np.partition(scores, -2, axis=1)[:, -2] if scores.shape[1] > 1 else np.zeros(len(scores))
        # Boxes of different categories do not suppress each other: each category has a place of its own.
        apart = corners + (best * (2 * max(width, height) + 1000.0))[:, None]
        found = []
        for n in nms(apart, score, OVERLAP)[:MOST]:
            x1, y1, x2, y2 = clipped([float(value) for value in corners[n]], width, height)
            if x2 - x1 >= 1 and y2 - y1 >= 1:
                found.append(
                    FoundBox(
                        self.categories[best[n]],
                        (x1, y1, x2, y2),
                        float(score[n]),
                        float(score[n] - second[n]),
                    )
                )
        return found


def letterbox(image: RGBImage, size: int) -> tuple[np.ndarray, tuple[float, int, int]]:
    """The image with its longer side of that many pixels, on grey whose sides are multiples of the stride; and the ratio
    and place (left, top) by which boxes find back."""
    height, width = image.shape[:2]
    ratio = size / max(height, width)
    inner = max(1, round(width * ratio)), max(1, round(height * ratio))
    resized = image if inner == (width, height) else cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
    outer = [-(-side // STRIDE) * STRIDE for side in inner]
    left, top = (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
    if [inner[0], inner[1]] == outer:
        return resized, (ratio, 0, 0)
    square = np.full((outer[1], outer[0], 3), GREY, np.uint8)
    square[top : top + inner[1], left : left + inner[0]] = resized
    return square, (ratio, left, top)


def runner(network: Any, device: str) -> Run:
    """Batches float32 [B, 3, H, W] → boxes and scores [B, 4 + C, N], features [B, F]."""
    runtime = runtime_for(device, cpu="onnx")
    if runtime == "torch":
        return _torch_runner(network, device)
    return graph_runner(_graph(network), runtime, device)


def _torch_runner(network: Any, device: str) -> Run:
    import torch

    from vision.models.yolo.network import Serving

    serving = Serving(network).to(device)

    @torch.inference_mode()
    def run(batch: np.ndarray) -> list[np.ndarray]:
        with torch.autocast(device, dtype=torch.float16, enabled=device == "cuda"):
            rows, features = serving(torch.from_numpy(batch).to(device, non_blocking=True))
        return [rows.float().cpu().numpy(), features.float().cpu().numpy()]

    return run


def _graph(network: Any) -> bytes:
    """As ONNX, made here and kept nowhere: a checkpoint stays safetensors and JSON."""
    import torch

    from vision.models.yolo.network import Serving

    graph: Any = io.BytesIO()
    with torch.inference_mode():
        torch.onnx.export(
            Serving(network), (torch.zeros(2, 3, 64, 96),), graph, input_names=["images"], output_names=["rows", "features"],
            dynamo=False, opset_version=17,
            dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}, "rows": {0: "batch", 2: "cells"}, "features": {0: "batch"}},
        )  # fmt: skip
    return graph.getvalue()  # type: ignore[no-any-return]
