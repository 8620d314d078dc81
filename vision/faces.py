"""The face finder: CenterFace (Xu et al. 2019) through ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from vision import weights
from vision.results import Box
from vision.runtime import nms, resize, session

if TYPE_CHECKING:
    from vision.base import RGBImage


class FaceFinder:
    """Boxes of faces, largest first. Images are looked at with their longer side at `size` pixels at most."""

    STRIDE = 4

    def __init__(self, *, device: str = "cpu", size: int = 480, threshold: float = 0.5) -> None:
        self.session = session(_any_size(weights.face_finder()), device=device)
        self.input = self.session.get_inputs()[0].name
        self.size, self.threshold = size, threshold

    def find(self, images: Sequence[RGBImage]) -> list[list[tuple[Box, float]]]:
        """For each image its faces as (box, score), in pixels of that image."""
        return [self._find(image) for image in images]

    def _find(self, image: RGBImage) -> list[tuple[Box, float]]:
        height, width = image.shape[:2]
        scale = min(1.0, self.size / max(height, width))
        # The network halves five times: sides must be multiples of 32.
        w, h = (max(32, int(np.ceil(side * scale / 32)) * 32) for side in (width, height))
        pixels = resize(image, w, h).transpose(2, 0, 1)[None].astype(np.float32)
        heat, sizes, offsets, _ = self.session.run(None, {self.input: pixels})
        rows, columns = np.nonzero(heat[0, 0] > self.threshold)
        if not len(rows):
            return []
        scores = heat[0, 0, rows, columns]
        size_h, size_w = np.exp(sizes[0, :, rows, columns]).T * self.STRIDE
        shift_y, shift_x = offsets[0, :, rows, columns].T
        middle_x, middle_y = (columns + shift_x + 0.5) * self.STRIDE, (rows + shift_y + 0.5) * self.STRIDE
        boxes = np.stack(
            [middle_x - size_w / 2, middle_y - size_h / 2, middle_x + size_w / 2, middle_y + size_h / 2],
            axis=1,
        ) * np.array([width / w, height / h] * 2)
        boxes = boxes.clip(0, [width, height, width, height])
        faces = [(tuple(boxes[k].tolist()), float(scores[k])) for k in nms(boxes, scores, 0.3)]
        faces = [(box, score) for box, score in faces if box[2] - box[0] >= 1 and box[3] - box[1] >= 1]
        return sorted(faces, key=lambda face: -(face[0][2] - face[0][0]) * (face[0][3] - face[0][1]))


def _any_size(path: Path) -> bytes:
    """The file declares one batch size and one image size; the network, fully convolutional, takes any."""
    model = onnx.load(str(path))
    for value in [*model.graph.input, *model.graph.output]:
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            if axis != 1:
                dimension.dim_param = f"{value.name}_{axis}"
    del model.graph.value_info[:]
    return model.SerializeToString()
