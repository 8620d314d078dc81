"""Stage 1 on a photograph: what is in it is found, and found where it is."""

import numpy as np
import pytest

from tests.photographs import photograph
from vision.detector import NanoDet, letterbox, letterbox_place
from vision.weights import MissingWeights, detector

BUS = {"bus": [(20, 230, 805, 750)], "person": [(50, 400, 245, 905), (222, 405, 345, 860)]}  # bus.jpg


@pytest.fixture(scope="module")
def nanodet():
    try:
        detector()
    except MissingWeights as error:
        pytest.skip(str(error))
    return NanoDet()


def iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def assert_bus_is_found(entities, shift=(0, 0)):
    move = np.array([*shift, *shift])
    for name, places in BUS.items():
        for place in places:
            best = max((iou(place + move, e.bbox) for e in entities if e.name == name), default=0)
            assert best > 0.6, f"{name} near {place}: {entities}"


def test_the_bus_and_the_people_before_it_are_found_where_they_are(nanodet):
    image = photograph("bus.jpg")
    entities = nanodet.detect([image])[0]
    assert_bus_is_found(entities)
    assert {entity.name for entity in entities} == set(BUS)
    for entity in entities:
        x1, y1, x2, y2 = entity.bbox
        assert 0 <= x1 < x2 <= image.shape[1] and 0 <= y1 < y2 <= image.shape[0]


def test_things_keep_their_proportions_in_a_wide_frame(nanodet):
    image = photograph("bus.jpg")
    wide = np.full((1080, 1920, 3), 127, np.uint8)
    wide[:, 500 : 500 + image.shape[1]] = image
    assert_bus_is_found(nanodet.detect([wide])[0], shift=(500, 0))


def test_a_batch_of_several_sizes_gives_what_single_images_give(nanodet):
    images = [photograph("bus.jpg"), photograph("zidane.jpg"), photograph("chelsea.png")]
    for together, image in zip(nanodet.detect(images), images, strict=True):
        alone = nanodet.detect([image])[0]
        assert [entity.name for entity in together] == [entity.name for entity in alone]
        for a, b in zip(together, alone, strict=True):
            assert a.bbox == pytest.approx(b.bbox, abs=0.5) and a.score == pytest.approx(b.score, abs=1e-3)
    assert nanodet.detect([]) == []


def test_a_higher_threshold_leaves_the_surer_ones_and_nothing_is_seen_in_nothing(nanodet):
    image = photograph("bus.jpg")
    few, many = (nanodet.detect([image], threshold=threshold)[0] for threshold in (0.6, 0.3))
    assert 0 < len(few) < len(many) and all(entity.score >= 0.6 for entity in few)
    assert [entity.score for entity in many] == sorted((e.score for e in many), reverse=True)
    assert nanodet.detect([np.zeros((50, 80, 3), np.uint8)])[0] == []


@pytest.mark.parametrize(
    ("width", "height"), [(200, 100), (100, 200), (417, 33), (1, 5000), (5000, 1), (64, 64)]
)
def test_an_image_stands_whole_in_the_middle_of_black(width, height):
    square = letterbox(np.full((height, width, 3), 255, np.uint8), 128)
    assert square.shape == (128, 128, 3)
    scale, left, top = letterbox_place(width, height, 128)
    rows, columns = (np.nonzero(square[..., 0].any(axis=axis))[0] for axis in (1, 0))
    assert (columns[0], rows[0]) == (left, top)
    assert (len(columns), len(rows)) == pytest.approx(
        (max(1, width * scale), max(1, height * scale)), abs=0.5
    )
    assert max(len(columns), len(rows)) == 128
