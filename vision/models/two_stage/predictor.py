"""Two stages: a frozen detector looks for external entities; the largest face is cropped and classified."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vision.base import WEIGHTS, BrokenCheckpoint, read_config
from vision.config import parse
from vision.detector import Detector, open_detector
from vision.embedding import embeddings
from vision.faces import FaceFinder
from vision.models.two_stage.config import TwoStageConfig
from vision.models.two_stage.crops import crop_window, cut
from vision.results import Box, Classes, Entity, Face, distraction, is_distracted
from vision.runtime import session
from vision.weights import MissingWeights

if TYPE_CHECKING:
    from vision.base import RGBImage
    from vision.models.two_stage.network import Classifier

logger = logging.getLogger(__name__)
DEFAULTS: dict[str, Any] = {
    "entities": ["cell phone", "dog", "cat"],
    "entity_score": 0.4,
    "non_engaged": "non-engaged",
}
CROPS_AT_ONCE = 64
Seen = tuple[dict[str, float], bytes]  # a crop's scores and embedding


class TwoStagePredictor:
    """Options: `entities` (COCO names that count), `entity_score`, `non_engaged` (the category's name)."""

    def __init__(
        self,
        classifier: Classifier,
        categories: Sequence[str],
        config: TwoStageConfig,
        *,
        device: str,
        options: Mapping[str, Any],
    ) -> None:
        self.categories, self.config, self.options = list(categories), config, {**DEFAULTS, **options}
        self.faces = None if config.crop == "image" else FaceFinder(device=device)
        self.detector = self._detector(device)
        self.classify = (
            _torch_runner(classifier, device)
            if device == "cuda"
            else _onnx_runner(classifier, config.image_size)
        )

    def _detector(self, device: str) -> Detector | None:
        if not self.options["entities"]:
            return None
        try:
            return open_detector(device=device)
        except MissingWeights as error:
            logger.warning("%s", error)
            return None

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from vision.models.two_stage.network import Classifier

        description = read_config(checkpoint)
        try:
            config = parse(TwoStageConfig, description["config"])
            classifier = Classifier(config, len(description["categories"]))
            classifier.load_state_dict(load_file(checkpoint / WEIGHTS))
        except (KeyError, ValueError, OSError, RuntimeError, SafetensorError) as error:
            raise BrokenCheckpoint(f"this is no checkpoint of two_stage: {error}") from error
        return cls(classifier.eval(), description["categories"], config, device=device, options=options or {})

    def predict(self, images: Sequence[RGBImage]) -> list[Classes]:
        if not images:
            return []
        entities = self._entities(images)
        faces = self.faces.find(images) if self.faces else [[] for _ in images]
        windows = [self._windows(image, found) for image, found in zip(images, faces, strict=True)]
        crops = [
            cut(image, w, self.config.image_size)
            for image, ws in zip(images, windows, strict=True)
            for w in ws
        ]
        seen = iter(self._seen(crops))
        return [
            self._result([box for box, _ in found], [next(seen) for _ in ws], things)
            for found, ws, things in zip(faces, windows, entities, strict=True)
        ]

    def _entities(self, images: Sequence[RGBImage]) -> list[list[Entity]]:
        if self.detector is None:
            return [[] for _ in images]
        wanted = set(self.options["entities"])
        found = self.detector.detect(images, threshold=self.options["entity_score"])
        return [[entity for entity in entities if entity.name in wanted] for entities in found]

    def _windows(self, image: RGBImage, faces: list[tuple[Box, float]]) -> list[tuple[int, int, int, int]]:
        height, width = image.shape[:2]
        if self.config.crop == "image":
            return [(0, 0, width, height)]
        return [crop_window(box, self.config.crop, self.config.margin, width, height) for box, _ in faces]

    def _seen(self, crops: list[RGBImage]) -> list[Seen]:
        rows: list[Seen] = []
        for start in range(0, len(crops), CROPS_AT_ONCE):
            batch = np.stack(crops[start : start + CROPS_AT_ONCE]).transpose(0, 3, 1, 2).astype(np.float32)
            probabilities, features = self.classify(batch)
            for scores, embedding in zip(probabilities, embeddings(features), strict=True):
                rows.append((dict(zip(self.categories, map(float, scores), strict=True)), embedding))
        return rows

    def _result(self, boxes: list[Box], seen: list[Seen], entities: list[Entity]) -> Classes:
        scores = [row for row, _ in seen]
        if not scores:
            return Classes(category=None, scores={}, entities=tuple(entities), reason="no face")
        best = [max(row, key=lambda name: row[name]) for row in scores]
        distracted = [is_distracted(name, self.options["non_engaged"], entities) for name in best]
        faces = [Face(*values) for values in zip(boxes, best, scores, distracted, strict=False)]
        reason = distraction(best[0], entities) if distracted[0] else ""
        return Classes(best[0], scores[0], tuple(faces), tuple(entities), distracted[0], reason, seen[0][1])


def _torch_runner(classifier: Classifier, device: str) -> Any:
    import torch

    from vision.models.two_stage.network import Serving

    serving = Serving(classifier).to(device)

    @torch.inference_mode()
    def run(crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.autocast(device, dtype=torch.float16):
            scores, features = serving(torch.from_numpy(crops).to(device, non_blocking=True))
        return scores.cpu().numpy(), features.cpu().numpy()

    return run


def _onnx_runner(classifier: Classifier, size: int) -> Any:
    """On a CPU ONNX Runtime answers several times faster than torch. The graph is made here and kept nowhere:
    a checkpoint stays safetensors and JSON."""
    import torch

    from vision.models.two_stage.network import Serving

    graph: Any = io.BytesIO()
    with torch.inference_mode():
        torch.onnx.export(
            Serving(classifier), (torch.zeros(2, 3, size, size),), graph, input_names=["crops"],
            output_names=["scores", "features"], dynamo=False, dynamic_axes={"crops": {0: "batch"}}, opset_version=17,
        )  # fmt: skip
    served = session(graph.getvalue())
    return lambda crops: served.run(None, {"crops": crops})
