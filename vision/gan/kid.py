"""How far made pictures are from real ones: the kernel distance (Bińkowski et al. 2018) on a frozen network's features.

The paper takes Inception's features. Their weights come from no package; the packaged EfficientNet-Lite0 (ImageNet) stands in,
and reports name it: figures compare with each other, and with no published one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from vision.backbone import efficientnet
from vision.gan.domains import to_tensor
from vision.runtime import resize

if TYPE_CHECKING:
    from vision.base import RGBImage

FEATURES = "EfficientNet-Lite0"
SIDE, BATCH = 224, 16
Features = NDArray[np.float64]


@lru_cache(maxsize=1)
def _network(device: str) -> Any:
    return efficientnet(pretrained=True).eval().to(device)


@torch.no_grad()
def features(
    images: Sequence[RGBImage], *, device: str = "cpu", network: Callable[[Any], Any] | None = None
) -> Features:
    """[N, D] of uint8 images of any size. Raises MissingWeights."""
    said = []
    network = network or _network(device)
    for start in range(0, len(images), BATCH):
        some = np.stack([resize(image, SIDE, SIDE) for image in images[start : start + BATCH]])
        said.append(network(to_tensor(some).to(device)).float().cpu().numpy())
    return np.concatenate(said).astype(np.float64) if said else np.zeros((0, 1))


def kid(made: Features, real: Features) -> float:
    """The unbiased estimate of the squared distance by the kernel (x·y / D + 1)³; 0 for the same distribution, and by chance
    below it. At least two of each."""
    if len(made) < 2 or len(real) < 2:
        raise ValueError("At least two pictures of each are needed to measure how far apart they are.")
    size = made.shape[1]
    own, other, across = ((a @ b.T / size + 1) ** 3 for a, b in ((made, made), (real, real), (made, real)))
    n, m = len(made), len(real)
    within = (own.sum() - np.trace(own)) / (n * (n - 1)) + (other.sum() - np.trace(other)) / (m * (m - 1))
    return float(within - 2 * across.mean())
