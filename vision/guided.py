"""A rough alpha made to follow an image's edges: the guided filter (He, Sun and Tang 2013) in its fast form (He and Sun 2015)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.base import RGBImage
    from vision.mattes import Alpha

SIDE = 768  # pixels of the longer side of what is worked on: more change little, and take long
HAZE = 0.08  # what windows over an edge leave on both of its sides; alpha is stretched by as much
TILE = 256  # pixels of a side of what is brought to the image's own size at once


def refine(
    image: RGBImage, rough: Alpha, *, radius: float = 1.0, softness: float = 1e-4, where: NDArray[np.bool_] | None = None
) -> Alpha:  # fmt: skip
    """float32 [h, w] in [0, 1], as large as the image (uint8 [h, w, 3]), of a rough alpha of any size, float32. Far from
    `where` (bool [h, w]) it may be 0.

    Within windows of `radius` pixels (of the rough alpha, at most of what is worked on) alpha becomes a linear function of
    the three colours; `softness` is the variance of colours, from 0 to 1, below which they are not followed.
    """
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    guide = image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    source = scaled(rough, *size)
    reach = max(1, round(radius * max(1.0, size[0] / rough.shape[1], size[1] / rough.shape[0])))
    lines = _lines(guide * np.float32(1 / 255), source, reach, softness)
    if scale == 1:
        return _applied(lines, image)
    wide = cv2.resize(lines, (width, size[1]), interpolation=cv2.INTER_LINEAR).reshape(size[1], width, 4)
    alpha = np.zeros((height, width), np.float32)
    for top in range(0, height, TILE):  # the whole at once would be 28 bytes a pixel
        rows = np.arange(top, min(top + TILE, height))
        at = np.clip((rows + 0.5) * size[1] / height - 0.5, 0, size[1] - 1)
        above = at.astype(int)
        below, share = np.minimum(above + 1, size[1] - 1), (at - above).astype(np.float32)[:, None, None]
        for left in range(0, width, TILE):
            tile = np.s_[rows[0] : rows[-1] + 1, left : left + TILE]
            if where is None or where[tile].any():
                part = wide[:, left : left + TILE]
                alpha[tile] = _applied(part[above] * (1 - share) + part[below] * share, image[tile])
    return alpha


def _applied(lines: NDArray[np.float32], image: RGBImage) -> Alpha:
    """[h, w, 4], and uint8 [h, w, 3] → float32 [h, w] in [0, 1]."""
    alpha = lines[..., 3] - np.float32(HAZE)
    for n in range(3):
        alpha += lines[..., n] * (image[..., n] * np.float32(1 / 255))
    return np.clip(alpha / np.float32(1 - 2 * HAZE), 0, 1, out=alpha)


def enlarge(image: RGBImage, alpha: Alpha, refinement: str) -> Alpha:
    """A network's alpha [S, S] in the image's size, float32 [h, w] in [0, 1]: `guided`, or by scaling it alone (`none`)."""
    if refinement == "guided":
        return refine(image, alpha)
    return np.clip(scaled(alpha, image.shape[1], image.shape[0]), 0, 1)


def scaled(alpha: Alpha, width: int, height: int) -> Alpha:
    """By area when it shrinks, bilinear when it grows."""
    if alpha.shape == (height, width):
        return alpha
    shrinks = width < alpha.shape[1] or height < alpha.shape[0]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=kind), np.float32)


def _lines(
    guide: NDArray[np.float32], source: NDArray[np.float32], reach: int, softness: float
) -> NDArray[np.float32]:
    """[h, w, 4]: for each pixel the three factors and the constant that make alpha of its colours, averaged over the windows
    that hold it."""

    def mean(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        side = 2 * reach + 1
        return np.asarray(cv2.boxFilter(plane, -1, (side, side), borderType=cv2.BORDER_REPLICATE))

    colours = [np.ascontiguousarray(guide[..., n]) for n in range(3)]
    means, middle = [mean(plane) for plane in colours], mean(source)
    together = [mean(plane * source) - own * middle for plane, own in zip(colours, means, strict=True)]
    pairs = {
        (i, j): mean(colours[i] * colours[j]) - means[i] * means[j] for i in range(3) for j in range(i, 3)
    }
    a, b, c = pairs[0, 0] + softness, pairs[0, 1], pairs[0, 2]
    d, e, f = pairs[1, 1] + softness, pairs[1, 2], pairs[2, 2] + softness
    # The inverse of the symmetric matrix (a b c; b d e; c e f), by its cofactors.
    rows = ((d * f - e * e, c * e - b * f, b * e - c * d), (a * f - c * c, b * c - a * e), (a * d - b * b,))
    (aa, ab, ac), (dd, de), (ff,) = rows
    whole = np.maximum(a * aa + b * ab + c * ac, np.float32(1e-12))
    inverse = ((aa, ab, ac), (ab, dd, de), (ac, de, ff))
    factors = [sum(part * cov for part, cov in zip(row, together, strict=True)) / whole for row in inverse]
    constant = middle - sum(factor * own for factor, own in zip(factors, means, strict=True))
    return np.dstack([mean(plane) for plane in (*factors, constant)])
