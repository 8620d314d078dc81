"""Boxes from one way of writing to another and back, and how much they have in common."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import geometry

numbers = st.floats(0, 4000, allow_nan=False)
boxes = st.tuples(numbers, numbers, st.floats(0.1, 4000), st.floats(0.1, 4000)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(boxes, st.integers(1, 12000), st.integers(1, 12000))
def test_every_way_of_writing_comes_back(box, width, height):
    assert geometry.from_xywh(geometry.to_xywh(box)) == pytest.approx(box, abs=1e-6)
    assert geometry.from_voc(geometry.to_voc(box)) == pytest.approx(box, abs=1e-6)
    assert geometry.from_centre(geometry.to_centre(box, width, height), width, height) == pytest.approx(
        box, abs=1e-6
    )
    assert geometry.from_percent(geometry.to_percent(box, width, height), width, height) == pytest.approx(
        box, abs=1e-6
    )


def test_each_format_writes_what_its_readers_expect():
    box = (10.0, 20.0, 110.0, 220.0)
    assert geometry.to_xywh(box) == (10, 20, 100, 200)
    assert geometry.to_centre(box, 200, 400) == (0.3, 0.3, 0.5, 0.5)
    assert geometry.to_percent(box, 200, 400) == (5, 5, 50, 50)
    assert geometry.to_voc((0.0, 0.0, 1.0, 1.0)) == (1, 1, 1, 1)


def test_a_box_is_cut_to_the_image():
    assert geometry.clipped((-5, 10, 700, 490), 640, 480) == (0, 10, 640, 480)
    x1, _, x2, _ = geometry.clipped((700, 0, 800, 10), 640, 480)
    assert x1 == x2


def test_overlap_of_every_pair():
    a, b = [(0, 0, 10, 10), (0, 0, 0, 0)], [(0, 0, 10, 10), (5, 0, 15, 10), (20, 20, 30, 30)]
    np.testing.assert_allclose(geometry.iou(a, b), [[1, 1 / 3, 0], [0, 0, 0]])
    assert geometry.iou([], b).shape == (0, 3)


def test_pairs_take_the_largest_overlap_first_and_each_box_once():
    overlap = np.array([[0.9, 0.8, 0.0], [0.95, 0.6, 0.0], [0.0, 0.0, 0.3]])
    assert sorted(geometry.matched(overlap, 0.5)) == [(0, 1), (1, 0)]
    assert geometry.matched(overlap, 0.99) == []
