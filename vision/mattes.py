"""Alpha mattes and trimaps in files: 8-bit grey PNGs. In memory alpha is float32 [h, w] in [0, 1]."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.base import RGBImage

    Alpha = NDArray[np.float32]  # [h, w] in [0, 1]
    Levels = NDArray[np.uint8]  # [h, w], 0 to 255

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255  # of a trimap
FRINGE = 2  # pixels around a cut-out that keep its colours: who scales it mixes them in
COMPRESSION = 4  # of zlib: further levels take thrice the time for some hundredths of the size


class UnreadableMatte(ValueError):
    """The message is for people, and carries nothing of the file."""


def to_levels(alpha: Alpha) -> Levels:
    """Raises ValueError for what is no number from 0 to 1."""
    if alpha.size and not (float(alpha.min()) >= 0 and float(alpha.max()) <= 1):  # NaN fails too
        raise ValueError("alpha: numbers from 0 to 1 are expected")
    return np.rint(alpha * np.float32(255)).astype(np.uint8)


def to_alpha(levels: Levels) -> Alpha:
    return levels.astype(np.float32) / np.float32(255)


def alpha_png(levels: Levels) -> bytes:
    """The same bytes for the same pixels, always."""
    out = io.BytesIO()
    Image.fromarray(levels).save(out, "PNG", compress_level=COMPRESSION)
    return out.getvalue()


def read_levels(source: Path | bytes, size: tuple[int, int] | None = None) -> Levels:
    """uint8 [h, w], writable. Raises UnreadableMatte for what is no 8-bit grey PNG, or not of that width and height."""
    try:
        with Image.open(
            io.BytesIO(source) if isinstance(source, bytes) else source, formats=("PNG",)
        ) as image:
            if image.mode != "L":
                raise UnreadableMatte("a matte is an 8-bit grey PNG")
            if size and image.size != size:
                raise UnreadableMatte(
                    f"the matte is {image.width} × {image.height} pixels, and the image {size[0]} × {size[1]}"
                )
            return np.array(image)
    except UnreadableMatte:
        raise
    except (OSError, SyntaxError, ValueError, TypeError, EOFError) as error:
        raise UnreadableMatte("the matte's file is damaged") from error


def to_trimap(levels: Levels) -> Levels:
    """BACKGROUND where it is 0, FOREGROUND where it is 255, else UNKNOWN."""
    return np.where(levels == 0, BACKGROUND, np.where(levels == 255, FOREGROUND, UNKNOWN)).astype(np.uint8)


def cutout_png(pixels: RGBImage, alpha: Alpha) -> bytes:
    """An RGBA PNG, not premultiplied, of the colours that the foreground has by itself: where alpha is between 0 and 1, those
    of the pixels are mixed with the background. Of the background nothing is left. uint8 [h, w, 3], float32 [h, w]."""
    levels = to_levels(alpha)
    colours = np.zeros((*levels.shape, 4), np.uint8)
    if levels.any():
        import cv2

        from vision.matting import estimate_foreground

        near = cv2.dilate(levels, np.ones((2 * FRINGE + 1, 2 * FRINGE + 1), np.uint8)) > 0
        rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
        window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        kept = near[window][..., None]
        colours[window][..., :3] = np.where(
            kept, estimate_foreground(pixels[window], to_alpha(levels[window])), 0
        )
        colours[..., 3] = levels
    out = io.BytesIO()
    Image.fromarray(colours).save(out, "PNG", compress_level=COMPRESSION)
    return out.getvalue()
