"""Stage 1: a pretrained COCO detector that is never trained here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vision import weights
from vision.results import Entity
from vision.runtime import nms, resize, session

if TYPE_CHECKING:
    from vision.base import RGBImage

COCO_NAMES: tuple[str, ...] = tuple(
    (
        "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop "
        "sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, "
        "umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball "
        "glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, "
        "apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, "
        "dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, "
        "refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush "
    )
    .strip()
    .split(", ")
)


class Detector(Protocol):
    def detect(self, images: Sequence[RGBImage], *, threshold: float = 0.4) -> list[list[Entity]]:
        """For each image what was found, best first, in pixels of that image."""
        ...


def letterbox_place(width: int, height: int, size: int) -> tuple[float, int, int]:
    """How an image stands in a square of `size` pixels: its scale, and its left and top edge in whole pixels."""
    scale = size / max(width, height)
    return scale, (size - round(width * scale)) // 2, (size - round(height * scale)) // 2


def letterbox(image: RGBImage, size: int) -> RGBImage:
    """uint8 [size, size, 3]: the image in its own proportions, in the middle of black."""
    height, width = image.shape[:2]
    scale, left, top = letterbox_place(width, height, size)
    inner_width, inner_height = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.zeros((size, size, 3), np.uint8)
    square[top : top + inner_height, left : left + inner_width] = resize(image, inner_width, inner_height)
    return square


class NanoDet:
    """NanoDet-g at 416 × 416 (Lyu 2020): one score a class and cell, boxes as distributions over distances to their
    four sides (generalized focal loss, Li et al. 2020). Images keep their proportions, in the middle of a black
    square, as they did when it was trained."""

    SIZE, STRIDES, BINS = 416, (8, 16, 32), 11
    MEAN = np.array([103.53, 116.28, 123.675], np.float32)  # of BGR, as it was trained
    STD = np.array([57.375, 57.12, 58.395], np.float32)
    OVERLAP = 0.6

    def __init__(self, *, device: str = "cpu") -> None:
        self.session = session(weights.detector(), device=device)
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
        scale, left, top = letterbox_place(width, height, self.SIZE)
        boxes = ((boxes - [left, top, left, top]) / scale).clip(0, [width, height, width, height])
        # Classes do not compete: shift each class's boxes to a place of its own.
        kept = nms(boxes + classes[:, None] * 2.0 * max(width, height), scores, self.OVERLAP)
        boxed = [Entity(COCO_NAMES[classes[k]], tuple(boxes[k].tolist()), float(scores[k])) for k in kept]
        return [
            entity for entity in boxed if entity.bbox[2] > entity.bbox[0] and entity.bbox[3] > entity.bbox[1]
        ]
