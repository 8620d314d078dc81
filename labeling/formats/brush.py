"""Label Studio's strokes: an RGBA picture as run lengths in a stream of bits, the format of the library rle-pack.

Bits come the highest first: 32 of how many values there are (width × height × 4, row by row), 5 of a value's bits less
one, four times 4 of a run length's bits less one; then records: a bit that is 1 for a run and 0 for values as they are,
two bits that choose the length's width, the length less one, and one value or as many as there are. Zeros fill the last
byte. Of the four channels the alpha is the matte, all 256 levels of it.

Label Studio's own reader believes what the head claims, and makes four gigabytes of a page; here the head has to fit the
image.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vision.mattes import Levels

WIDTHS = (3, 4, 8, 16)  # bits of a run's length, less one
WORD = 8  # bits of a value
HEAD = 32 + 5 + 4 * 4
FORM = (WORD - 1) << 16 | 2 << 12 | 3 << 8 | 7 << 4 | 15  # of the head, what is behind the count
LONGEST = 1 << WIDTHS[3]
BLOCK = 1 << 18  # pixels that are encoded at once: a record takes some hundred bytes meanwhile
FILLING = 8  # bytes of zeros that may follow: the SDK writes one too many


def brush_encoded(alpha: Levels) -> bytes:
    """uint8 [h, w] as a stroke whose four channels are all the matte, as the SDK's `mask2rle` makes it."""
    flat = alpha.ravel()
    head = np.array([(4 * flat.size) << 21 | FORM], ">u8").view(np.uint8)
    parts, rest = [], np.unpackbits(head)[64 - HEAD :]
    for start in range(0, flat.size, BLOCK):
        bits = np.concatenate([rest, _records(flat[start : start + BLOCK])])
        whole = bits.size - bits.size % 8
        parts.append(np.packbits(bits[:whole]).tobytes())
        rest = bits[whole:]
    return b"".join([*parts, np.packbits(rest).tobytes()])


def _records(pixels: Levels) -> Levels:
    """The bits of runs alone: each pixel is four values that are the same."""
    starts = np.append([0], np.flatnonzero(pixels[1:] != pixels[:-1]) + 1)
    lengths = 4 * np.diff(starts, append=pixels.size)
    pieces = -(-lengths // LONGEST)
    values = np.repeat(pixels[starts], pieces).astype(np.int64)
    each = np.full(values.size, LONGEST)
    each[np.cumsum(pieces) - 1] = lengths - LONGEST * (pieces - 1)
    chosen = np.searchsorted([1 << width for width in WIDTHS[:3]], each)
    widths = np.array(WIDTHS)[chosen]
    records = ((4 | chosen) << widths | (each - 1)) << WORD | values
    bits = np.unpackbits(records.astype(">u4").view(np.uint8)).reshape(-1, 32)
    return bits[np.arange(32) >= 32 - 3 - WORD - widths[:, None]]


def brush_decoded(data: bytes, width: int, height: int) -> Levels:
    """The alpha of a stroke on an image of that size: uint8 [h, w]. Raises ValueError before it takes more memory than
    that, for a head that claims something else, for what is cut off, and for runs that go beyond the image."""
    bits, count = 8 * len(data), 4 * width * height
    head = int.from_bytes(data[:7], "big") >> 3
    if bits < HEAD:
        raise ValueError("The RLE is cut off in its head.")
    if head >> 21 != count:
        raise ValueError(
            f"The RLE claims {head >> 21:,} values, and {width} × {height} pixels of RGBA have {count:,}."
        )
    if (head >> 16 & 31) + 1 != WORD:
        raise ValueError(f"The RLE has values of {(head >> 16 & 31) + 1} bits: 8 are read.")
    ends, values = _runs(data, [(head >> shift & 15) + 1 for shift in (12, 8, 4, 0)], count)
    # The last of a pixel's four values is its alpha: a run has as many of them as pixels end in it.
    pixels = np.diff(np.frombuffer(ends, np.uint32).astype(np.int64) // 4, prepend=0)
    return np.repeat(np.frombuffer(values, np.uint8), pixels).reshape(height, width)


def _runs(data: bytes, widths: list[int], count: int) -> tuple[array[int], bytearray]:
    """Where each run ends among all values, and its value; a value as it is is a run of one."""
    bits, padded = 8 * len(data), data + bytes(5)
    ends, values = array("I"), bytearray()
    at, done = HEAD, 0
    while done < count:
        # 27 bits from here: the longest record of a run
        word = int.from_bytes(padded[at >> 3 : (at >> 3) + 5], "big") >> (13 - (at & 7)) & 0x7FFFFFF
        size = widths[word >> 24 & 3]
        length = (word >> (24 - size) & ((1 << size) - 1)) + 1
        at += 3 + size
        done += length
        if word >> 26:
            at += WORD
            ends.append(min(done, count))
            values.append(word >> (16 - size) & 255)
        else:
            here = int.from_bytes(padded[at >> 3 : (at >> 3) + length + 1], "big") >> (8 - (at & 7))
            at += WORD * length
            if at <= bits:
                ends.extend(range(done - length + 1, done + 1))
                values += (here & ((1 << WORD * length) - 1)).to_bytes(length, "big")
        if at > bits:
            raise ValueError("The RLE is cut off.")
        if done > count:
            raise ValueError("A run of the RLE goes beyond the image.")
    if bits - at > 8 * FILLING + 7 or any(data[(at + 7) >> 3 :]):
        raise ValueError("Something follows the end of the RLE.")
    return ends, values
