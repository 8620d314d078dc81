"""Label Studio's strokes: its own reader and ours see the same, and a stroke that lies is refused before it costs anything."""

import resource

import numpy as np
import pytest
from label_studio_sdk.converter import brush as theirs

from labeling.formats.brush import BLOCK, brush_decoded, brush_encoded


def alphas():
    random = np.random.default_rng(3)
    for shape in [(1, 1), (1, 9), (7, 1), (33, 21), (120, 160)]:
        yield np.zeros(shape, np.uint8)
        yield np.full(shape, 255, np.uint8)
        yield random.integers(0, 256, shape, np.uint8)
        yield np.repeat(random.integers(0, 256, (shape[0], -(-shape[1] // 5)), np.uint8), 5, axis=1)[
            :, : shape[1]
        ]


@pytest.mark.parametrize("alpha", alphas())
def test_their_reader_sees_our_stroke_and_ours_sees_theirs(alpha):
    height, width = alpha.shape
    data = brush_encoded(alpha)
    assert (theirs.decode_rle(list(data)).reshape(height, width, 4) == alpha[:, :, None]).all()
    assert (brush_decoded(data, width, height) == alpha).all()
    assert (brush_decoded(bytes(theirs.mask2rle(alpha)), width, height) == alpha).all()


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 64, 65, 16383, 16384, 16385, 32769, BLOCK + 3])
def test_runs_of_every_length_come_back(length):
    alpha = np.repeat(np.array([0, 9, 255], np.uint8), [1, length, 2]).reshape(1, -1)
    assert (brush_decoded(brush_encoded(alpha), alpha.shape[1], 1) == alpha).all()
    if length < 40_000:
        assert (theirs.decode_rle(list(brush_encoded(alpha)))[3::4] == alpha[0]).all()


def bits(*fields):
    """(value, bits) of a stream, filled with zeros."""
    text = "".join(f"{value:0{size}b}" for value, size in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def head(count, word=7, sizes=(2, 3, 7, 15)):
    return [(count, 32), (word, 5), *((size, 4) for size in sizes)]


def test_values_as_they_are_and_other_widths_are_read():
    pixels = [1, 2, 3, 200, 5, 6, 7, 100]
    literal = bits(*head(8), (0, 1), (0, 2), (7, 3), *((value, 8) for value in pixels))
    assert brush_decoded(literal, 2, 1).tolist() == [[200, 100]]
    wide = bits(
        *head(8, sizes=(0, 5, 11, 13)),
        (1, 1),
        (1, 2),
        (3, 6),
        (50, 8),
        (0, 1),
        (3, 2),
        (3, 14),
        *((9, 8), (9, 8), (9, 8), (70, 8)),
    )
    assert brush_decoded(wide, 2, 1).tolist() == [[50, 70]]
    assert theirs.decode_rle(list(wide))[3::4].tolist() == [50, 70]
    across = bits(
        *head(8), (1, 1), (0, 2), (5, 3), (40, 8), (1, 1), (0, 2), (1, 3), (60, 8)
    )  # a run that ends within a pixel
    assert brush_decoded(across, 2, 1).tolist() == [[40, 60]]


RUN = [(1, 1), (3, 2), (65535, 16), (255, 8)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cut off in its head"), (bytes(6), "cut off in its head"), (bits(*head(9)), "claims 9 values"), (bits(*head(0)), "claims 0 values"),
        (bits(*head(2**32 - 1), *RUN), "claims 4,294,967,295 values"), (bits(*head(8, word=15), *RUN), "16 bits"), (bits(*head(8)), "cut off"),
        (bits(*head(8), (1, 1), (0, 2), (3, 3), (7, 8)), "cut off"), (bits(*head(8), *RUN), "beyond the image"),
        (bits(*head(8), (0, 1), (0, 2), (7, 3), (1, 8)), "cut off"), (bits(*head(8), (0, 1), (3, 2), (65535, 16), (1, 8)), "cut off"),
        (bits(*head(8), (1, 1), (0, 2), (7, 3), (7, 8)) + b"\1", "follows"), (bits(*head(8), (1, 1), (0, 2), (7, 3), (7, 8)) + bytes(20), "follows"),
    ],
)  # fmt: skip
def test_a_stroke_that_lies_is_refused(data, said):
    with pytest.raises(ValueError, match=said):
        brush_decoded(data, 2, 1)


def test_a_small_bomb_takes_no_memory():
    """Five kilobytes that their reader makes a hundred megabytes of, on an image that is small."""
    bomb = bits(*head(105_000_000), *(RUN * 1603))
    assert len(bomb) < 6000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="claims"):
        brush_decoded(bomb, 640, 480)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_any_bytes_are_a_stroke_or_a_value_error():
    random = np.random.default_rng(11)
    good = brush_encoded(random.integers(0, 3, (8, 8), np.uint8))
    refused = 0
    for _ in range(2000):
        data = bytearray(good)
        for place in random.integers(0, len(data), random.integers(1, 4)):
            data[place] = random.integers(0, 256)
        try:
            found = brush_decoded(bytes(data[: random.integers(1, len(data) + 1)]), 8, 8)
        except ValueError:
            refused += 1
        else:
            assert found.shape == (8, 8) and found.dtype == np.uint8
    assert refused > 0
