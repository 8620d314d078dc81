"""Stage 1: a pretrained COCO detector that is never trained here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from onnxruntime import InferenceSession

from vision import weights
from vision.coco import entities_of, letterbox
from vision.results import Entity
from vision.runtime import session
from vision.yolo import Yolo

if TYPE_CHECKING:
    from vision.base import RGBImage


class Detector(Protocol):
    def detect(self, images: Sequence[RGBImage], *, threshold: float = 0.4) -> list[list[Entity]]:
        """For each image what was found, best first, in pixels of that image."""
        ...


def open_detector(*, device: str = "cpu") -> Detector:
    """The detector of this machine, told by its outputs. Raises MissingWeights."""
    path = weights.detector()
    try:
        opened = session(path, device=device)
        return NanoDet(opened) if len(opened.get_outputs()) == NanoDet.OUTPUTS else Yolo(opened)
    except Exception as error:  # ONNX Runtime has its own for every fault of a file
        raise weights.MissingWeights(
            f"{path} is no detector of COCO's 80 classes that is known here (NanoDet, YOLOX or Ultralytics, as ONNX): {error}"
        ) from error


class NanoDet:
    """NanoDet-g at 416 × 416 (Lyu 2020): one score a class and cell, boxes as distributions over distances to their
    four sides (generalized focal loss, Li et al. 2020). Images keep their proportions, in the middle of a black
    square, as they did when it was trained."""

    SIZE, STRIDES, BINS, OUTPUTS = 416, (8, 16, 32), 11, 6
    MEAN = np.array([103.53, 116.28, 123.675], np.float32)  # of BGR, as it was trained
    STD = np.array([57.375, 57.12, 58.395], np.float32)
    OVERLAP = 0.6

    def __init__(self, session: InferenceSession) -> None:
        self.session = session
        self.centers = [self._centers(stride) for stride in self.STRIDES]

    def _centers(self, stride: int) -> np.ndarray:
        cells = self.SIZE // stride
        y, x = np.mgrid[:cells, :cells]
        return (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) * stride

    def detect(self, images: Sequence[RGBImage], *, threshold: float = 0.4) -> list[list[Entity]]:
        if not images:
            return []
        pixels = np.stack([letterbox(image, self.SIZE)[..., ::-1] for image in images])
        batch = ((pixels - self.MEAN) / self.STD).transpose(0, 3, 1, 2).astype(np.float32)
        outputs = self.session.run(None, {"images": batch})
        return [
            self._decode([output[n] for output in outputs], image.shape[1], image.shape[0], threshold)
            for n, image in enumerate(images)
        ]

    def _decode(self, outputs: list[np.ndarray], width: int, height: int, threshold: float) -> list[Entity]:
        found_boxes, found_scores, found_classes = [], [], []
        for scores, sides, centers, stride in zip(
            outputs[:3], outputs[3:], self.centers, self.STRIDES, strict=True
        ):
            cells, classes = np.nonzero(scores >= threshold)
            if not len(cells):
                continue
            logits = sides[cells].reshape(-1, 4, self.BINS)
            weight = np.exp(logits - logits.max(axis=-1, keepdims=True))
            distance = (weight / weight.sum(axis=-1, keepdims=True)) @ np.arange(self.BINS) * stride
            middle = centers[cells]
            found_boxes.append(np.concatenate([middle - distance[:, :2], middle + distance[:, 2:]], axis=1))
            found_scores.append(scores[cells, classes])
            found_classes.append(classes)
        if not found_boxes:
            return []
        boxes, scores, classes = (
            np.concatenate(parts) for parts in (found_boxes, found_scores, found_classes)
        )
        return entities_of(
            boxes, scores, classes, width=width, height=height, size=self.SIZE, overlap=self.OVERLAP
        )
