"""Pretrained networks that cut out what stands in front: mattes to begin with, before anything is learned.

ISNet is of Qin et al. 2022 ("Highly accurate dichotomous image segmentation").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vision import weights
from vision.base import BrokenCheckpoint, read_config
from vision.config import parse
from vision.guided import enlarge
from vision.models.segmenter.config import SegmenterConfig
from vision.results import AlphaMatte
from vision.runtime import graph_runner, resize, runtime_for, session

if TYPE_CHECKING:
    from vision.base import RGBImage

Colours = tuple[
    tuple[float, float, float], tuple[float, float, float]
]  # what is taken off, and what it is divided by
COLOURS: dict[str, Colours] = {
    "unit": ((0, 0, 0), (255, 255, 255)),
    "centred": ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "bytes": ((0, 0, 0), (1, 1, 1)),
}
ISNET: Colours = ((128, 128, 128), (256, 256, 256))
SIDE = 512  # pixels of a square that is put into a network that takes any


class SegmenterPredictor:
    """What runs the network is this machine's to say, by `FRAMELOOP_RUNTIME`; torch runs none of these graphs, and ONNX Runtime
    does in its place."""

    def __init__(self, config: SegmenterConfig, *, device: str) -> None:
        """Raises MissingWeights."""
        self.config = config
        path = weights.isnet() if config.weights == "isnet" else weights.matting()
        mean, spread = ISNET if config.weights == "isnet" else COLOURS[config.colours]
        self.mean, self.spread = np.array(mean, np.float32), np.array(spread, np.float32)
        runtime = runtime_for(device, cpu="onnx")
        try:
            self.layout = Layout.of(path)
            self.run = graph_runner(path, "onnx" if runtime == "torch" else runtime, device)
        except Exception as error:  # runtimes have their own for every fault of a file
            raise weights.MissingWeights(
                f"{path} is no network that makes an alpha of an image (ONNX, one picture in and one out): {error}"
            ) from error

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        """Raises BrokenCheckpoint, MissingWeights."""
        try:
            config = parse(SegmenterConfig, read_config(checkpoint)["config"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BrokenCheckpoint(f"this is no checkpoint of segmenter: {error}") from error
        return cls(config, device=device)

    def predict(self, images: Sequence[RGBImage]) -> list[AlphaMatte]:
        """Alpha float32 [h, w], as large as each image; one after the other, for such networks are large."""
        return [AlphaMatte(enlarge(image, self.rough(image), self.config.refinement)) for image in images]

    def rough(self, image: RGBImage) -> np.ndarray:
        """Alpha float32 [h, w], as large as the network's own output."""
        square = resize(image, self.layout.width, self.layout.height)
        batch = ((square - self.mean) / self.spread).astype(np.float32)[None]
        said = self.run(np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if self.layout.planes else batch))
        return np.clip(np.nan_to_num(self.layout.alpha(said[0])), 0, 1)


class Layout:
    """How a graph takes images and gives alphas, told by its shapes: colours come first or last, and so does the alpha, which
    is the last of one or two channels."""

    def __init__(self, given: Sequence[Any], said: Sequence[Any]) -> None:
        """The shapes of its input and its first output, each with four places. Raises ValueError."""
        if len(given) != 4 or len(said) not in (3, 4) or 3 not in (given[1], given[3]):
            raise ValueError(f"it takes {list(given)} and gives {list(said)}")
        self.planes = given[1] == 3
        height, width = given[2:] if self.planes else given[1:3]
        self.height, self.width = (
            side if isinstance(side, int) and side > 0 else SIDE for side in (height, width)
        )

    @classmethod
    def of(cls, path: Path) -> Self:
        opened = session(path)
        if len(opened.get_inputs()) != 1:
            raise ValueError(f"it takes {len(opened.get_inputs())} inputs")
        return cls(opened.get_inputs()[0].shape, opened.get_outputs()[0].shape)

    def alpha(self, said: np.ndarray) -> np.ndarray:
        """float32 [h, w] of an output of one image. Raises ValueError."""
        planes = said[0]
        if planes.ndim == 3:
            planes = planes if planes.shape[0] in (1, 2) else np.moveaxis(planes, 2, 0)
            if planes.shape[0] not in (1, 2):
                raise ValueError(f"an alpha of one or two channels is expected, not {said.shape}")
            planes = planes[-1]
        return np.ascontiguousarray(planes, np.float32)
