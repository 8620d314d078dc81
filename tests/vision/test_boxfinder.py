"""Click to box: what stands out is found within a rough frame and around a click, and nothing where nothing does."""

import numpy as np
import pytest

from vision.boxfinder import find_box

CARTON = (200.0, 120.0, 320.0, 360.0)


@pytest.fixture
def shelf():
    """A red carton and a blue jar on a grey shelf, 640 × 480."""
    random = np.random.default_rng(1)
    pixels = random.integers(105, 125, (480, 640, 3), np.uint8)
    pixels[120:360, 200:320] = random.integers(0, 20, (240, 120, 3), np.uint8) + np.array(
        [200, 30, 30], np.uint8
    )
    pixels[250:360, 420:500] = random.integers(0, 20, (110, 80, 3), np.uint8) + np.array(
        [20, 40, 190], np.uint8
    )
    return pixels


@pytest.mark.parametrize(
    "frame", [(180, 100, 345, 385), (150, 100, 340, 400), (195, 115, 330, 365), (170.5, 90.2, 352.7, 389.9)]
)
def test_a_rough_frame_becomes_the_box(shelf, frame):
    assert find_box(shelf, box=frame) == pytest.approx(CARTON, abs=6)


@pytest.mark.parametrize("point", [(260, 240), (240, 160), (300, 330)])
def test_a_click_becomes_the_box(shelf, point):
    assert find_box(shelf, point=point) == pytest.approx(CARTON, abs=6)


def test_a_click_on_another_thing_finds_that(shelf):
    assert find_box(shelf, point=(455, 300)) == pytest.approx((420, 250, 500, 360), abs=6)


@pytest.mark.parametrize("point", [(370, 300), (560, 320), (150, 200), (345, 250)])
def test_a_click_beside_things_takes_none_of_them(shelf, point):
    assert find_box(shelf, point=point) is None


def test_where_nothing_stands_out_nothing_is_found(shelf):
    assert find_box(shelf, box=(420, 50, 560, 200)) is None
    assert find_box(np.full((100, 100, 3), 90, np.uint8), point=(50, 50)) is None


@pytest.mark.parametrize("box", [(0, 0, 640, 480), (-50, -50, 2, 2), (5, 5, 6, 6), (639, 479, 900, 900)])
def test_frames_that_hold_nothing_or_everything_find_nothing(shelf, box):
    assert find_box(shelf, box=box) is None


def test_a_box_never_leaves_the_image_nor_the_frame(shelf):
    shelf[0:100, 0:90] = [240, 220, 20]
    x1, y1, x2, y2 = find_box(shelf, box=(-30, -20, 120, 130))
    assert (x1, y1) == (0, 0) and x2 == pytest.approx(90, abs=5) and y2 == pytest.approx(100, abs=5)


def test_the_same_click_finds_the_same_box_and_changes_no_pixel(shelf):
    before = shelf.copy()
    assert find_box(shelf, point=(260, 240)) == find_box(shelf, point=(260, 240))
    np.testing.assert_array_equal(shelf, before)
