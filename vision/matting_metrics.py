"""How far a predicted matte is from the true one: the four errors of Rhemann et al. 2009, "A perceptually motivated online
benchmark for image matting", with the parameters that the field has kept to since, so that figures can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.mattes import Levels

SIGMA, REACH = (
    1.4,
    4,
)  # pixels: of the Gaussian derivative; beyond the reach less than a hundredth of it is left
STEP, THETA = 0.1, 0.15  # of connectivity: between the levels looked at, and below which a difference is none
WIDENED = 10  # pixels around what is soft in the truth that count as unknown, where no trimap says it


def matting_scores(predicted: Levels | None, truth: Levels, trimap: Levels | None = None) -> dict[str, float]:
    """`sad`, `grad` and `conn` in thousands, `mse` in thousandths, and each as `…_unknown` inside the unknown region: of the
    trimap, or where it has none, all that is neither 0 nor 255 in the truth, widened by WIDENED pixels. Without such a
    region there is no `…_unknown`. uint8 [h, w] each; a missing prediction counts as an empty one. Raises ValueError for
    sizes that differ."""
    if predicted is None:
        predicted = np.zeros_like(truth)
    if any(levels.shape != truth.shape for levels in (predicted, trimap) if levels is not None):
        raise ValueError("mattes of one size are expected")
    errors = _errors(predicted, truth)
    scores = {name: _sum_up(name, error) for name, error in errors.items()}
    if (unknown := _unknown(truth, trimap)) is not None:
        scores |= {f"{name}_unknown": _sum_up(name, error[unknown]) for name, error in errors.items()}
    return scores


def _sum_up(name: str, error: NDArray[np.float32]) -> float:
    if name == "mse":
        return float(error.mean(dtype=np.float64)) * 1000
    return float(error.sum(dtype=np.float64)) / 1000


def _errors(predicted: Levels, truth: Levels) -> dict[str, NDArray[np.float32]]:
    """Of each pixel, float32 [h, w]."""
    one, other = (levels.astype(np.float32) / np.float32(255) for levels in (predicted, truth))
    apart = np.abs(one - other)
    return {
        "sad": apart,
        "mse": apart * apart,
        "grad": (_steepness(one) - _steepness(other)) ** 2,
        "conn": np.abs(np.subtract(*_connected(predicted, truth, one, other))),
    }


def _unknown(truth: Levels, trimap: Levels | None) -> NDArray[np.bool_] | None:
    if trimap is not None:
        unknown = (trimap != 0) & (trimap != 255)
        if unknown.any():
            return unknown
    soft = ((truth != 0) & (truth != 255)).astype(np.uint8)
    if not soft.any():
        return None
    side = 2 * WIDENED + 1
    return cv2.dilate(soft, np.ones((side, side), np.uint8)).astype(bool)


def _steepness(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """The length of alpha's gradient, by Gaussian derivatives. Each of the two filters has a sum of squares of 1."""
    at = np.arange(-REACH, REACH + 1, dtype=np.float64)
    bell = np.exp(-(at**2) / (2 * SIGMA**2))
    smooth, slope = (kernel / np.sqrt((kernel**2).sum()) for kernel in (bell, at * bell))
    x, y = (
        cv2.sepFilter2D(alpha, cv2.CV_32F, *kernels, borderType=cv2.BORDER_REPLICATE)
        for kernels in ((slope, smooth), (smooth, slope))
    )
    return np.asarray(cv2.magnitude(x, y))


def _connected(
    predicted: Levels, truth: Levels, one: NDArray[np.float32], other: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How much each pixel of either belongs to what both hold: alpha is less by what lies above the highest level at which
    the pixel still hangs together with the largest part that both have at that level."""
    held = np.minimum(predicted, truth).astype(np.int32) * round(1 / STEP)
    level = np.ones_like(one)
    inside = np.ones(one.shape, bool)
    for step in range(1, round(1 / STEP) + 1):
        still = inside & _largest(held >= 255 * step)
        level[inside & ~still] = np.float32((step - 1) * STEP)
        inside = still
    above = (alpha - level for alpha in (one, other))
    return tuple(1 - np.where(over >= THETA, over, 0) for over in above)  # type: ignore[return-value]


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Its largest part whose pixels touch by their sides."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 2:
        return np.zeros_like(mask)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))
