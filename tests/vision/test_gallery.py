"""Tiles of gallery views, composed of photographs: grids with dark and light gaps, incomplete rows, letterboxes, faces."""

import cv2
import numpy as np
import pytest

from tests.photographs import photograph
from vision.faces import FaceFinder
from vision.gallery import WHOLE, Gallery, around_faces, find_grid

NAMES = ["astronaut.png", "zidane.jpg", "coffee.png", "chelsea.png", "bus.jpg", "camera.png"]
DARK, LIGHT = (26, 26, 30), (241, 243, 244)


def gallery(rows, *, size=(1280, 720), gap=8, colour=DARK, margin=(0, 0), first=0, compressed=True):
    """A frame with `rows` tiles in each row, the last row centred, and the boxes of its tiles."""
    width, height = size
    frame = np.full((height, width, 3), colour, np.uint8)
    wide = (width - 2 * margin[0] - (max(rows) + 1) * gap) // max(rows)
    high = (height - 2 * margin[1] - (len(rows) + 1) * gap) // len(rows)
    boxes, number = {}, first
    for row, count in enumerate(rows):
        left = (width - count * wide - (count - 1) * gap) // 2
        for column in range(count):
            x, y = left + column * (wide + gap), margin[1] + gap + row * (high + gap)
            frame[y : y + high, x : x + wide] = tile(NAMES[number % len(NAMES)], wide, high)
            boxes[f"r{row + 1}c{column + 1}"] = (x, y, x + wide, y + high)
            number += 1
    if compressed:
        data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
        frame = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return frame, boxes


def tile(name, width, height):
    picture = photograph(name)
    shape = min(picture.shape[1], picture.shape[0] * width // height)
    high = shape * height // width
    return cv2.resize(picture[:high, :shape], (width, height), interpolation=cv2.INTER_AREA)


def assert_same(found, boxes, slack=3):
    assert set(found) == set(boxes)
    for label, box in boxes.items():
        assert np.abs(np.subtract(found[label], box)).max() <= slack, (label, found[label], box)


@pytest.mark.parametrize("colour", [DARK, LIGHT, (0, 0, 0)])
@pytest.mark.parametrize(
    ("rows", "margin"),
    [((2, 2), (0, 0)), ((3, 3, 1), (0, 0)), ((3, 3, 2), (0, 60)), ((2,), (0, 120)), ((2, 1), (160, 0)), ((5, 5, 5, 5), (40, 40))],
)  # fmt: skip
def test_a_grid_is_found_from_its_gaps(rows, margin, colour):
    frame, boxes = gallery(rows, margin=margin, colour=colour)
    tiles, gaps = find_grid([frame])
    assert_same(tiles, boxes)
    assert np.abs(np.subtract(gaps, colour)).max() < 6


def test_narrow_gaps_and_small_frames_do():
    for size, gap in (((640, 360), 4), ((1920, 1080), 5)):
        frame, boxes = gallery((2, 2), size=size, gap=gap)
        assert_same(find_grid([frame])[0], boxes)


def test_tiles_that_reach_the_edges_of_the_frame_are_found():
    frame, boxes = gallery((2, 2), gap=10)
    inner = frame[10:-10, 10:-10]
    assert_same(find_grid([inner])[0], {k: np.subtract(box, 10) for k, box in boxes.items()})


@pytest.mark.parametrize("name", NAMES)
def test_one_speakers_view_is_no_grid(name):
    assert find_grid([tile(name, 1280, 720)]) is None


def test_a_shared_document_is_no_grid():
    page = np.full((720, 1280, 3), 255, np.uint8)
    for line in range(20, 700, 24):
        cv2.putText(page, "a line of words that somebody wrote " * 2, (40, line), 0, 0.6, (0, 0, 0), 1)
    assert find_grid([page]) is None


def test_what_is_plain_in_one_frame_by_chance_falls_away_with_several():
    frame, boxes = gallery((2, 2))
    x1, y1, x2, y2 = boxes["r1c2"]
    blank = frame.copy()
    blank[y1:y2, (x1 + x2) // 2 : (x1 + x2) // 2 + 12] = DARK
    assert_same(find_grid([blank, frame])[0], boxes)


def test_a_tile_whose_edge_has_the_gaps_colour_keeps_its_place():
    frame, boxes = gallery((3, 3))
    x1, y1, x2, y2 = boxes["r1c2"]
    frame[y1:y2, x1 : x1 + (x2 - x1) // 3] = DARK
    assert_same(find_grid([frame])[0], boxes)


def test_the_layout_holds_until_somebody_joins_or_leaves():
    def no_faces(frame):
        raise AssertionError("there is a grid")

    follow = Gallery(no_faces)
    before = follow.tiles(gallery((2, 2))[0], 0)
    others = gallery((2, 2), first=1)[0]
    cv2.rectangle(others, (6, 6), (637, 357), (255, 210, 0), 4)  # who speaks gets a border
    assert follow.tiles(others, 1) is before
    joined, boxes = gallery((3, 2))
    assert_same(follow.tiles(joined, 2), boxes)
    again = Gallery.from_json(no_faces, follow.to_json())
    assert again.tiles(joined, 3) == follow.tiles(joined, 3)
    left, boxes = gallery((2, 2))
    assert_same(follow.tiles(left, 4), boxes)


def test_a_participant_who_leaves_the_last_row_is_gone():
    follow = Gallery(lambda frame: [])
    frame, boxes = gallery((3, 3))
    follow.tiles(frame, 0)
    x1, y1, x2, y2 = boxes.pop("r2c3")
    frame[y1:y2, x1:x2] = DARK
    assert_same(follow.tiles(frame, 1), boxes)


def test_a_participant_who_takes_the_free_place_is_seen():
    follow = Gallery(lambda frame: [])
    frame, boxes = gallery((3, 3))
    x1, y1, x2, y2 = boxes["r2c3"]
    fewer = frame.copy()
    fewer[y1:y2, x1 - 420 : x2] = DARK
    assert len(follow.tiles(fewer, 0)) == 4
    assert_same(follow.tiles(frame, 1), boxes)


def test_letterboxed_tiles_that_grow_are_seen():
    follow = Gallery(lambda frame: [])
    follow.tiles(gallery((2,), margin=(0, 120))[0], 0)
    frame, boxes = gallery((2, 2))
    assert_same(follow.tiles(frame, 1), boxes)


def find_faces(frame):
    return [face for face, _ in FaceFinder().find([frame])[0]]


def test_without_gaps_each_face_gets_what_belongs_to_it():
    """Two photographs side by side with nothing between them."""
    frame = np.concatenate([tile("astronaut.png", 640, 720), tile("zidane.jpg", 900, 720)], axis=1)
    tiles = Gallery(find_faces).tiles(frame, 0)
    faces = sorted(find_faces(frame))
    assert len(tiles) == len(faces) >= 2 and next(iter(tiles)) == "face1"
    for face, box in zip(faces, tiles.values(), strict=True):
        assert box[0] <= face[0] and box[1] <= face[1] and face[2] <= box[2] + 1 and face[3] <= box[3] + 1
        assert box[3] - box[1] > 1.5 * (face[3] - face[1])
        assert box[0] >= 0 and box[2] <= 1540 and box[3] <= 720
    for left, right in zip(list(tiles.values())[:-1], list(tiles.values())[1:], strict=True):
        assert left[2] <= right[0] + 1 or left[3] <= right[1] + 1 or right[3] <= left[1] + 1


def test_one_large_face_and_no_face_leave_the_frame_whole():
    assert Gallery(find_faces).tiles(tile("coffee.png", 640, 360), 0) == {WHOLE: (0, 0, 640, 360)}
    near = photograph("astronaut.png")[20:260, 90:400]
    assert list(Gallery(find_faces).tiles(near, 0)) == [WHOLE]


def test_a_widened_face_takes_in_shoulders_hands_and_desk():
    (box,) = around_faces([(600, 200, 700, 320)], 1280, 720)
    assert box == (475, 116, 825, 704)


def test_a_layout_by_faces_is_looked_for_again_after_a_cut():
    calls = []

    def one_face(frame):
        calls.append(frame.shape)
        return [(100, 60, 140, 110)]

    follow = Gallery(one_face)
    first, second = tile("coffee.png", 640, 360), tile("bus.jpg", 640, 360)
    follow.tiles(first, 0)
    follow.tiles(first, 1)
    assert len(calls) == 1
    follow.tiles(second, 2)
    assert len(calls) == 2
    follow.tiles(second, 9)
    assert len(calls) == 3
