"""Alpha mattes and trimaps as they come in: 8-bit grey PNGs, and nothing else in them."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from threading import BoundedSemaphore

import numpy as np
from django.conf import settings
from PIL import Image

from labeling.imagefiles import MOST_PARTS, PNG_SIGNATURE, RejectedImage, png_chunks

SIDE = 64
DECODING = BoundedSemaphore(2)  # at once in a process: two hundred megapixels take as many megabytes each
KEPT = {b"IHDR", b"IDAT", b"IEND"}
COLOURS = {2: "RGB", 3: "palette", 4: "grey with transparency", 6: "RGBA"}
WANTED = "A matte is a PNG of 8-bit grey: 0 is background, 255 foreground."


@dataclass(frozen=True)
class MatteFile:
    """`data` is the PNG without anything beside its pixels, named by its SHA-256."""

    data: bytes
    sha256: str
    width: int
    height: int
    preview: bytes


def matte_file(data: bytes) -> MatteFile:
    """Raises RejectedImage for what is no whole, still, 8-bit grey PNG within the limits."""
    if not data.startswith(PNG_SIGNATURE):
        raise RejectedImage(f"{WANTED} This is no PNG." if data else "The file is empty.")
    try:
        chunks = list(islice(png_chunks(data, check=True), MOST_PARTS + 1))
        # A decoder goes by the last of several headers: what was judged here would not be what is decoded.
        headers = [number for number, (kind, _, _) in enumerate(chunks) if kind == b"IHDR"]
        if len(chunks) > MOST_PARTS or headers != [0]:
            raise ValueError("no header at the beginning, several, or endless parts")
        header = data[chunks[0][1] + 8 : chunks[0][2] - 4]
        width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", header)
    except (ValueError, IndexError, struct.error) as error:
        raise RejectedImage("The file is truncated or damaged.") from error
    _refuse(width, height, depth, colour, {kind for kind, _, _ in chunks})
    kept = data
    if any(kind not in KEPT for kind, _, _ in chunks) or chunks[-1][2] != len(data):
        kept = PNG_SIGNATURE + b"".join(data[start:end] for kind, start, end in chunks if kind in KEPT)
    try:
        with DECODING, Image.open(BytesIO(kept), formats=("PNG",)) as image:
            if image.size != (width, height):
                raise ValueError("another size")
            preview = preview_of(image)
    except Exception as error:  # Pillow's decoders raise anything at all on hostile bytes
        raise RejectedImage("The file is truncated or damaged.") from error
    return MatteFile(kept, hashlib.sha256(kept).hexdigest(), width, height, preview)


def _refuse(width: int, height: int, depth: int, colour: int, kinds: set[bytes]) -> None:
    if b"acTL" in kinds:
        raise RejectedImage(f"{WANTED} This one is animated.")
    if colour != 0:
        raise RejectedImage(f"{WANTED} This one is {COLOURS.get(colour, 'of no known colours')}.")
    if depth != 8:
        raise RejectedImage(f"{WANTED} This one has {depth} bits.")
    if b"tRNS" in kinds:
        raise RejectedImage(f"{WANTED} This one has a transparent level.")
    if not width or not height or width * height > settings.MAX_IMAGE_PIXELS:
        most = settings.MAX_IMAGE_PIXELS // 10**6
        raise RejectedImage(
            f"{width} × {height} pixels are none, or more than the {most} megapixels allowed."
        )


def preview_of(alpha: Image.Image) -> bytes:
    """SIDE × SIDE means of a grey picture, row by row. Equal mattes have equal ones, whoever computed them."""
    return alpha.resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()


def likeness(first: bytes, second: bytes) -> float:
    """How much two mattes have in common, from 0 to 1, by their previews: the sum of the smaller values over that of the
    larger ones, as intersection over union of what is soft. Two empty ones are alike."""
    a, b = (np.frombuffer(preview, np.uint8).astype(np.int64) for preview in (first, second))
    total = int(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum() / total) if total else 1.0
