"""The face finder, whose weights a pinned package carries, on photographs that pinned packages ship."""

import numpy as np

from tests.photographs import photograph
from vision.faces import FaceFinder
from vision.runtime import resize


def middle(box):
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def assert_at(box, place, slack=25):
    assert np.hypot(*np.subtract(middle(box), place)) < slack, box


def test_the_astronauts_face_is_found_once():
    (face,) = FaceFinder().find([photograph("astronaut.png")])[0]
    assert_at(face[0], (224, 115))
    assert 70 < face[0][2] - face[0][0] < 130 and face[1] > 0.5


def test_both_faces_of_a_photograph_are_found_the_larger_first():
    larger, smaller = FaceFinder().find([photograph("zidane.jpg")])[0]
    assert_at(larger[0], (985, 185), 40)
    assert_at(smaller[0], (612, 335), 40)


def test_a_cat_and_a_cup_have_no_face():
    assert FaceFinder().find([photograph("chelsea.png"), photograph("coffee.png")]) == [[], []]


def test_a_face_is_found_where_it_is_in_frames_of_any_proportion():
    astronaut = photograph("astronaut.png")
    frames = []
    for shape, (y, x) in (((600, 1500), (40, 900)), ((1300, 520), (700, 5))):
        frame = np.full((*shape, 3), 90, np.uint8)
        frame[y : y + 512, x : x + 512] = astronaut
        frames.append(frame)
    wide, tall = FaceFinder().find(frames)
    assert_at(wide[0][0], (900 + 224, 40 + 115))
    assert_at(tall[0][0], (5 + 224, 700 + 115))


def test_a_tiny_image_is_no_error():
    tiny = resize(photograph("astronaut.png"), 3, 2)
    assert FaceFinder().find([tiny, np.zeros((1, 1, 3), np.uint8)])[1] == []
