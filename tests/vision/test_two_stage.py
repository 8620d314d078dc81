"""What the two-stage model says of a frame: the largest face decides, and "distracted" is a rule with a reason."""

import numpy as np
import pytest

from tests.photographs import photograph
from vision.results import Entity
from vision.runtime import resize

PHONE, DOG, PERSON = (
    Entity("cell phone", (10.0, 10.0, 40.0, 60.0), 0.8),
    Entity("dog", (0.0, 0.0, 90.0, 90.0), 0.5),
    Entity("person", (0.0, 0.0, 300.0, 400.0), 0.9),
)


def bright_is_animated(crops):
    """Stands in for a classifier that learned something: dark crops are engaged, bright ones animated."""
    bright = crops.mean(axis=(1, 2, 3)) > 75
    return np.where(bright[:, None], [0.1, 0.1, 0.8], [0.7, 0.2, 0.1]), bright[:, None].astype(np.float32)


def test_a_frame_without_a_face_gets_no_category_and_says_why(load):
    result = load("engaged", entities=[PHONE]).predict([photograph("chelsea.png")])[0]
    assert (result.category, result.reason, result.faces) == (None, "no face", ())
    assert not result.distracted and result.uncertainty == 1
    assert [entity.name for entity in result.entities] == ["cell phone"]


def test_the_whole_image_needs_no_face(load):
    result = load("animated", crop="image").predict([photograph("chelsea.png")])[0]
    assert result.category == "animated" and result.faces == ()


def test_faces_are_listed_by_size_and_the_largest_gives_the_images_category(load):
    astronaut = photograph("astronaut.png")
    frame = np.zeros((512, 812, 3), np.uint8)
    frame[200:500, :300] = resize(astronaut, 300, 300)
    frame[:, 300:] = astronaut // 2
    predictor = load("engaged")
    predictor.classify = bright_is_animated
    large, small = (result := predictor.predict([frame])[0]).faces
    assert large.bbox[0] > 300 > small.bbox[2]
    assert (large.category, small.category) == ("engaged", "animated")
    assert (result.category, result.scores) == (large.category, large.scores)
    mirrored = predictor.predict([np.ascontiguousarray(frame[:, ::-1])])[0]
    assert [face.category for face in mirrored.faces] == ["engaged", "animated"]


def test_frames_with_and_without_faces_do_not_get_mixed_up(load):
    predictor = load("engaged")
    predictor.classify = bright_is_animated
    dark = photograph("astronaut.png") // 3
    frames = [photograph("coffee.png"), dark, photograph("zidane.jpg"), photograph("chelsea.png")]
    results = predictor.predict(frames)
    assert [len(result.faces) for result in results] == [0, 1, 2, 0]
    assert results[1].category == "engaged"
    for frame, result in zip(frames, results, strict=True):
        alone = predictor.predict([frame])[0]
        assert result.category == alone.category and result.faces == alone.faces


def test_non_engaged_with_a_phone_in_the_frame_is_distracted_and_says_why(load):
    result = load("non-engaged", entities=[PHONE, DOG]).predict([photograph("astronaut.png")])[0]
    assert result.category == "non-engaged" and result.distracted and result.faces[0].distracted
    assert result.reason == "non-engaged, with a cell phone and a dog in the frame"


@pytest.mark.parametrize("category", ["engaged", "animated"])
def test_nobody_else_is_distracted_by_a_phone(load, category):
    result = load(category, entities=[PHONE]).predict([photograph("astronaut.png")])[0]
    assert (result.category, result.distracted, result.reason) == (category, False, "")
    assert result.entities == (PHONE,) and not result.faces[0].distracted


def test_non_engaged_without_an_entity_is_not_distracted(load):
    result = load("non-engaged", entities=[PERSON]).predict([photograph("astronaut.png")])[0]
    assert (result.distracted, result.entities, result.reason) == (False, (), "")


def test_a_project_names_the_category_that_can_be_distracted(load):
    result = load("animated", entities=[PHONE], non_engaged="animated").predict([photograph("astronaut.png")])
    assert result[0].distracted
    result = load("non-engaged", entities=[PHONE], non_engaged="animated").predict(
        [photograph("astronaut.png")]
    )
    assert not result[0].distracted


def test_a_project_names_the_entities_that_count_and_how_sure_they_must_be(load):
    frame = [photograph("astronaut.png")]
    named = load("non-engaged", entities=[PHONE, DOG, PERSON])
    named.options["entities"] = ["dog"]
    assert named.predict(frame)[0].entities == (DOG,)
    named.options["entity_score"] = 0.6
    result = named.predict(frame)[0]
    assert result.entities == () and not result.distracted


def test_without_entities_no_detector_is_loaded(load):
    assert load("engaged").detector is None


def test_the_whole_image_is_distracted_too(load):
    result = load("non-engaged", crop="image", entities=[PHONE]).predict([photograph("chelsea.png")])[0]
    assert result.distracted and "cell phone" in result.reason
