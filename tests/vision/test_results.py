"""What goes in and out of results: numbers that no screen could draw are refused where they come in."""

import json

import pytest

from vision.results import Classes, Entity, Face, result_from_json

SCORES = {"engaged": 0.75, "non-engaged": 0.25}
WHOLE = Classes(
    category="engaged",
    scores=SCORES,
    faces=(
        Face((10.0, 20.0, 110.5, 130.0), "engaged", SCORES),
        Face((200.0, 5.0, 240.0, 60.0), "non-engaged", {"engaged": 0.1, "non-engaged": 0.9}, distracted=True),
    ),
    entities=(Entity("cell phone", (0.0, 0.0, 30.0, 40.0), 0.5),),
    distracted=True,
    reason="non-engaged, with a cell phone in the frame",
)


def row(**changes):
    return {**WHOLE.to_json(), **changes}


def test_a_result_survives_its_json():
    assert result_from_json("classification", json.loads(json.dumps(WHOLE.to_json()))) == WHOLE


def test_a_result_without_an_answer_survives_too():
    nothing = Classes(category=None, scores={}, reason="no face")
    assert result_from_json("classification", nothing.to_json()) == nothing
    assert nothing.score is None and nothing.uncertainty == 1


@pytest.mark.parametrize(
    ("scores", "uncertainty"),
    [({"a": 1.0, "b": 0.0}, 0), ({"a": 0.5, "b": 0.5}, 1), ({"a": 0.7, "b": 0.2, "c": 0.1}, 0.5)],
)
def test_uncertainty_is_what_the_best_category_lacks_before_the_second(scores, uncertainty):
    assert Classes("a", scores).uncertainty == pytest.approx(uncertainty)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -0.1, 1.1, True, "0.5", None])
@pytest.mark.parametrize("where", ["scores", "faces", "entities"])
def test_a_score_that_is_no_probability_is_refused_by_its_name(bad, where):
    rows = {
        "scores": {**SCORES, "engaged": bad},
        "faces": [{"bbox": [0, 0, 1, 1], "category": "engaged", "scores": {"engaged": bad}}],
        "entities": [{"name": "dog", "bbox": [0, 0, 1, 1], "score": bad}],
    }
    with pytest.raises(ValueError, match=where):
        result_from_json("classification", row(**{where: rows[where]}))


@pytest.mark.parametrize(
    "bbox",
    [
        [0, 0, float("nan"), 1], [0, 0, float("inf"), 1], [-1, 0, 1, 1], [0, -0.5, 1, 1], [5, 0, 4, 1], [0, 5, 1, 4], [1, 0, 1, 1],
        [0, 0, 1], [0, 0, 1, 1, 1], [0, 0, "1", 1], "0011", None, {"x": 1},
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["faces", "entities"])
def test_a_box_that_nobody_could_draw_is_refused_by_its_name(bbox, where):
    rows = {
        "faces": {"bbox": bbox, "category": "engaged", "scores": SCORES},
        "entities": {"name": "dog", "bbox": bbox, "score": 0.5},
    }
    with pytest.raises(ValueError, match=rf"{where}\.0\.bbox"):
        result_from_json("classification", row(**{where: [rows[where]]}))


def test_a_category_without_a_score_is_refused():
    with pytest.raises(ValueError, match="category: 'asleep'"):
        result_from_json("classification", row(category="asleep"))


@pytest.mark.parametrize("data", [None, [], "engaged", {"category": "a"}, {"category": "a", "scores": [1]}])
def test_what_is_no_result_is_refused(data):
    with pytest.raises(ValueError, match="expected"):
        result_from_json("classification", data)
