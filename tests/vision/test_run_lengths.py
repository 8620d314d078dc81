"""Masks as COCO's run lengths: what its own reader makes of them, and what is none of them."""

import numpy as np
import pytest
from pycocotools import mask as coco

from vision.geometry import as_counts, from_polygons, from_text, joined, mask_box, to_counts, to_text, to_xywh

SHAPES = [(1, 1), (1, 7), (9, 1), (13, 8), (64, 48), (301, 211)]


def masks():
    random = np.random.default_rng(3)
    for shape in SHAPES:
        yield np.zeros(shape, bool)
        yield np.ones(shape, bool)
        for density in (0.02, 0.5, 0.97):
            yield random.random(shape) < density
        lines = np.zeros(shape, bool)
        lines[:, ::3] = True
        yield lines


@pytest.mark.parametrize("mask", masks())
def test_a_mask_is_what_cocos_reader_makes_of_it(mask):
    height, width = mask.shape
    counts = to_counts(mask)
    theirs = coco.encode(np.asfortranarray(mask, np.uint8))
    assert to_text(counts) == theirs["counts"].decode()
    packed = coco.frPyObjects({"size": [height, width], "counts": counts.tolist()}, height, width)
    assert (coco.decode(packed) == mask).all()
    assert (from_text(theirs["counts"].decode()) == counts).all()
    assert coco.toBbox(theirs).tolist() == list(to_xywh(mask_box(mask)))
    for said in (counts.tolist(), to_text(counts)):
        assert (joined([as_counts(said, width, height)], width, height) == mask).all()


def test_masks_are_joined_as_they_would_be_pixel_by_pixel():
    random = np.random.default_rng(5)
    for _ in range(40):
        height, width, count = random.integers(1, 30, 3)
        some = [random.random((height, width)) < random.random() for _ in range(count % 5)]
        whole = joined([to_counts(mask) for mask in some], width, height)
        assert (whole == np.any([np.zeros((height, width), bool), *some], axis=0)).all()


def test_long_runs_have_texts_too():
    counts = np.array([5, 2**31, 7, 1, 2**30, 3])
    assert (from_text(to_text(counts)) == counts).all()


def test_runs_of_no_length_between_others_are_read():
    assert joined([as_counts([0, 2, 0, 3, 0, 1], 2, 3)], 2, 3).all()


@pytest.mark.parametrize(
    "said",
    [[], [5], [7], [-1, 7], [3, 2.0, 1], [True, 5], ["6"], [[6]], [None, 6], [2**70], [10**9, 6 - 10**9], "", "6é", "\x00", "~", "o" * 20, "P"],
)  # fmt: skip
def test_what_are_no_run_lengths_of_the_picture_is_refused(said):
    with pytest.raises(ValueError, match=r"^The counts "):
        as_counts(said, 2, 3)


def test_polygons_are_filled_as_cocos_reader_fills_them():
    random = np.random.default_rng(7)
    for _ in range(60):
        width, height = (int(side) for side in random.integers(1, 90, 2))
        polygons = [
            (random.random((random.integers(3, 9), 2)) * (width, height)).ravel().round(2).tolist()
            for _ in range(3)
        ]
        theirs = coco.decode(coco.merge(coco.frPyObjects(polygons, height, width)))
        assert (joined(from_polygons(polygons, width, height), width, height) == theirs).all()


@pytest.mark.parametrize(
    ("polygon", "said"),
    [([1, 1, 5, 5], "three corners"), ([1, 1, 5, 5, 1], "three corners"), ([1, 1, 5, 5, 1, 99], "leaves"),
     ([1, 1, 5, 5, -3, 2], "leaves"), ([1, 1, 5, 5, float("nan"), 2], "leaves"), ([1, 1, 1e9, 5, 1, 2], "leaves")],
)  # fmt: skip
def test_a_polygon_that_is_none_of_the_picture_is_refused(polygon, said):
    with pytest.raises(ValueError, match=said):
        from_polygons([polygon], 20, 10)


def test_an_outline_that_would_fill_the_memory_is_refused():
    zigzag = [value for n in range(3000) for value in (0 if n % 2 else 9999, n)]
    with pytest.raises(ValueError, match="outline"):
        from_polygons([zigzag], 9999, 9999)
