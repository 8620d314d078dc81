"""Labeled images as Ultralytics trains on them: the files themselves, with labels in memory. Nothing is copied, linked
or written, and the pixels are those that people saw, whatever EXIF or colour space a file has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision.base import Sample
from vision.geometry import to_centre
from vision.images import UnreadableImage, read_rgb, upright_size
from vision.models.yolo.library import YOLODataset

KEPT_BYTES = 1 << 30  # of decoded images, in this process


class SampleDataset(YOLODataset):
    def __init__(self, samples: Sequence[Sample], categories: Sequence[str], **options: Any) -> None:
        self.samples = list(samples)
        self.index = {name: number for number, name in enumerate(categories)}
        self.kept: dict[int, np.ndarray] = {}
        self.room = KEPT_BYTES
        super().__init__(img_path="", **options)

    def get_img_files(self, img_path: Any) -> list[str]:
        return [str(sample.path) for sample in self.samples]

    def get_labels(self) -> list[dict[str, Any]]:
        # By file: where batches are rectangles the order is by shape.
        self.upright = {str(sample.path): upright_size(sample.path) for sample in self.samples}
        return [self._label(sample, self.upright[str(sample.path)]) for sample in self.samples]

    def _label(self, sample: Sample, size: tuple[int, int]) -> dict[str, Any]:
        width, height = size
        boxes = [to_centre(bbox, width, height) for _, bbox in sample.boxes]
        return {
            "im_file": str(sample.path), "shape": (height, width),
            "cls": np.array([self.index[name] for name, _ in sample.boxes], np.float32).reshape(-1, 1),
            "bboxes": np.array(boxes, np.float32).reshape(-1, 4), "segments": [], "keypoints": None, "normalized": True,
            "bbox_format": "xywh",
        }  # fmt: skip

    def build_transforms(self, hyp: Any = None) -> Any:
        # Four images in one are chosen from all of them, and not from those seen last: a run that goes on after an
        # interruption has seen none.
        self.cache = "ram"
        return super().build_transforms(hyp)

    def load_image(
        self, i: int, rect_mode: bool = True, resize_short: bool = False
    ) -> tuple[np.ndarray, tuple[int, int], tuple[int, int]]:
        """BGR uint8 [h, w, 3], its longer side as long as the network's input; its own (h, w), and the new one."""
        width, height = self.upright[self.im_files[i]]
        if (pixels := self.kept.get(i)) is None:
            pixels = self._read(i, height, width)
            if pixels.nbytes <= self.room:
                self.kept[i], self.room = pixels, self.room - pixels.nbytes
        return pixels, (height, width), (pixels.shape[0], pixels.shape[1])

    def _read(self, i: int, height: int, width: int) -> np.ndarray:
        pixels = np.ascontiguousarray(read_rgb(Path(self.im_files[i]))[..., ::-1])
        ratio = self.imgsz / max(height, width)
        if ratio == 1:
            return pixels
        size = (min(math.ceil(width * ratio), self.imgsz), min(math.ceil(height * ratio), self.imgsz))
        return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)


def readable(samples: Sequence[Sample]) -> list[Sample]:
    """Those whose file can be opened."""
    kept = []
    for sample in samples:
        try:
            upright_size(sample.path)
            kept.append(sample)
        except UnreadableImage:
            continue
    return kept
