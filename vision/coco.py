"""What detectors of COCO's 80 classes share: the names, the way of an image into a square, and of boxes out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.results import Entity
from vision.runtime import nms, resize

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


def letterbox_place(width: int, height: int, size: int) -> tuple[float, int, int]:
    """How an image stands in a square of `size` pixels: its scale, and its left and top edge in whole pixels."""
    scale = size / max(width, height)
    return scale, (size - round(width * scale)) // 2, (size - round(height * scale)) // 2


def letterbox(image: RGBImage, size: int, grey: int = 0) -> RGBImage:
    """uint8 [size, size, 3]: the image in its own proportions, in the middle of black or grey."""
    height, width = image.shape[:2]
    scale, left, top = letterbox_place(width, height, size)
    inner_width, inner_height = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.full((size, size, 3), grey, np.uint8)
    square[top : top + inner_height, left : left + inner_width] = resize(image, inner_width, inner_height)
    return square


def entities_of(
    boxes: np.ndarray,
    scores: np.ndarray,
    classes: np.ndarray,
    *,
    width: int,
    height: int,
    size: int,
    overlap: float,
) -> list[Entity]:
    """What was found, best first, in pixels of the image; `boxes` (xyxy [N, 4]) are in pixels of its letterbox."""
    scale, left, top = letterbox_place(width, height, size)
    boxes = ((boxes - [left, top, left, top]) / scale).clip(0, [width, height, width, height])
    # Classes do not compete: shift each class's boxes to a place of its own.
    kept = nms(boxes + classes[:, None] * 2.0 * max(width, height), scores, overlap)
    boxed = [Entity(COCO_NAMES[classes[k]], tuple(boxes[k].tolist()), float(scores[k])) for k in kept]
    return [entity for entity in boxed if entity.bbox[2] > entity.bbox[0] and entity.bbox[3] > entity.bbox[1]]
