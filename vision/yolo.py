"""COCO detectors of the YOLO family as ONNX, for whoever names one in the settings: YOLOX, and Ultralytics' exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from vision.coco import COCO_NAMES, entities_of, letterbox
from vision.results import Entity

if TYPE_CHECKING:
    from vision.base import RGBImage

CLASSES = len(COCO_NAMES)


class Yolo:
    """One image at a time, in its own proportions in the middle of grey, as both families were trained.

    Outputs: YOLOX (Ge et al. 2021) [1, N, 85], cells not yet decoded, for BGR from 0 to 255; Ultralytics [1, 84, N],
    decoded, for RGB from 0 to 1. Raises ValueError for a model with other outputs.
    """

    STRIDES, OVERLAP, GREY = (8, 16, 32), 0.6, 114

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session
        (taken, *others), (given, *more) = session.get_inputs(), session.get_outputs()
        height, width = taken.shape[2:]
        if others or more or height != width or not isinstance(width, int) or len(given.shape) != 3:
            raise ValueError("one square image and one list of boxes are expected")
        self.input, self.size = taken.name, width
        self.is_yolox = given.shape[2] == CLASSES + 5
        if not self.is_yolox and given.shape[1] != CLASSES + 4:
            raise ValueError(f"{CLASSES} classes are expected")
        self.cells, self.strides = self._grid()

    def _grid(self) -> tuple[np.ndarray, np.ndarray]:
        """The cells (x, y) [N, 2] of all strides, and each one's stride [N, 1]."""
        cells, strides = [], []
        for stride in self.STRIDES:
            count = self.size // stride
            y, x = np.mgrid[:count, :count]
            cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
            strides.append(np.full((count * count, 1), stride))
        return np.concatenate(cells), np.concatenate(strides)

    def detect(self, images: Sequence[RGBImage], *, threshold: float = 0.4) -> list[list[Entity]]:
        return [self._detect(image, threshold) for image in images]

    def _detect(self, image: RGBImage, threshold: float) -> list[Entity]:
        height, width = image.shape[:2]
        square = letterbox(image, self.size, self.GREY)
        pixels = square[..., ::-1] if self.is_yolox else square / 255
        batch = pixels.transpose(2, 0, 1)[None].astype(np.float32)
        raw = self.session.run(None, {self.input: batch})[0][0]
        middle, side, scores = self._yolox(raw) if self.is_yolox else self._ultralytics(raw.T)
        rows, classes = np.nonzero(scores >= threshold)
        boxes = np.concatenate([middle[rows] - side[rows] / 2, middle[rows] + side[rows] / 2], axis=1)
        return entities_of(
            boxes,
            scores[rows, classes],
            classes,
            width=width,
            height=height,
            size=self.size,
            overlap=self.OVERLAP,
        )

    def _yolox(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        middle = (rows[:, :2] + self.cells) * self.strides
        return middle, np.exp(rows[:, 2:4]) * self.strides, rows[:, 4:5] * rows[:, 5:]

    def _ultralytics(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return rows[:, :2], rows[:, 2:4], rows[:, 4:]
