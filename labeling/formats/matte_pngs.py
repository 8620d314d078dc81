"""Mattes as PNGs on their way in: alphas and trimaps in grey, and cut-outs, whose alpha is the matte.

What a file means has to be beyond doubt. Fewer than 8 bits are scaled, as PNG itself says, and levels of 0 and 1 alone are
a mask that a program wrote as numbers. Other low levels alone may be classes, or next to nothing, and are refused. 16 bits are refused: some write 8-bit levels into them, others stretch these to
65,535, and which it was does not show. Colours are refused, for they may be classes.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from labeling.imagefiles import RejectedImage, inspect, png_chunks
from labeling.mattefiles import COLOURS, WANTED
from vision.mattes import alpha_png

if TYPE_CHECKING:
    from vision.mattes import Levels

GREY, RGBA = 0, 6
WANTED_CUTOUT = "A cut-out is a PNG of 8-bit RGBA, whose alpha is the matte."
DAMAGED = "The file is truncated or damaged."
SCALED = "Masks of fewer than 256 levels came as levels from 0 to 255"
CLASSES = 20  # up to which levels are taken for numbers: there are sets with so many classes


def grey_png(
    data: bytes, size: tuple[int, int], *, trimap: bool = False, exact: bool = False
) -> tuple[bytes, bool]:
    """A PNG of 8-bit grey of that width and height, and whether its levels were scaled; with `exact` they never are.
    Raises RejectedImage. Whether an 8-bit one is whole is seen when it is stored."""
    depth, colour = _head(data, size, WANTED)
    if colour != GREY:
        raise RejectedImage(f"{WANTED} This one is {COLOURS.get(colour, 'of no known colours')}.")
    if depth > 8:
        raise RejectedImage(f"{WANTED} This one has {depth} bits: save it with 8.")
    if any(kind == b"tRNS" for kind, _, _ in png_chunks(data)):
        raise RejectedImage(f"{WANTED} This one has a transparent level.")
    if exact and depth == 8:
        return data, False
    levels = np.asarray(_decoded(data).convert("L"))
    most = int(levels.max())
    if most == 1 and not trimap:
        return alpha_png(levels * np.uint8(255)), True
    if 0 < most <= CLASSES:
        wanted = "A trimap is 0, 128 and 255" if trimap else "A matte's foreground is 255"
        raise RejectedImage(f"{wanted}, and this one has no level over {most}: are these classes?")
    return (alpha_png(levels), True) if depth < 8 else (data, False)


def cutout_alpha(data: bytes, size: tuple[int, int]) -> Levels:
    """uint8 [h, w], of that width and height. Raises RejectedImage."""
    return np.asarray(_cutout(data, size).getchannel("A"))


def cutout_picture(data: bytes) -> bytes:
    """The colours of a cut-out as a PNG without its alpha, the same bytes for the same pixels. Raises RejectedImage."""
    out = BytesIO()
    _cutout(data, None).convert("RGB").save(out, "PNG", compress_level=4)
    return out.getvalue()


def is_cutout(data: bytes) -> bool | None:
    """Whether anything of a picture with an alpha is not opaque; None where it has none."""
    try:
        return not (np.asarray(_cutout(data, None).getchannel("A")) == 255).all()
    except RejectedImage:
        return None


def _cutout(data: bytes, size: tuple[int, int] | None) -> Image.Image:
    depth, colour = _head(data, size, WANTED_CUTOUT)
    if colour != RGBA:
        raise RejectedImage(
            f"{WANTED_CUTOUT} This one is {({0: 'grey'} | COLOURS).get(colour, 'of no known colours')}."
        )
    if depth != 8:
        raise RejectedImage(f"{WANTED_CUTOUT} This one has {depth} bits: save it with 8.")
    return _decoded(data)


def _head(data: bytes, size: tuple[int, int] | None, wanted: str) -> tuple[int, int]:
    """Bits and colours of a whole, still, upright PNG of that size."""
    facts = inspect(data)
    if facts.format != "PNG" or data[12:16] != b"IHDR":
        raise RejectedImage(f"{wanted} This is no PNG.")
    if facts.orientation != 1:
        raise RejectedImage("It is turned by its EXIF: save it upright.")
    if size and (facts.width, facts.height) != size:
        raise RejectedImage(
            f"The matte is {facts.width} × {facts.height} pixels, and the image {size[0]} × {size[1]}."
        )
    return data[24], data[25]


def _decoded(data: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(data), formats=("PNG",))
        image.load()
    except Exception as error:  # Pillow's decoders raise anything at all on hostile bytes
        raise RejectedImage(DAMAGED) from error
    return image
