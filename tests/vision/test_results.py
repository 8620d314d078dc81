"""What goes in and out of results: numbers that no screen could draw are refused where they come in."""

import json

import pytest

from vision.results import Boxes, Classes, Entity, Face, FoundBox, renamed, result_from_json

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


FOUND = Boxes(
    [
        FoundBox("milk", (1.0, 2.0, 30.5, 40.0), 0.9, margin=0.8, id="p0"),
        FoundBox("jam", (5.0, 5.0, 9.0, 9.0), 0.5, id="p1"),
    ]
)


def test_boxes_survive_their_json():
    again = result_from_json("detection", json.loads(json.dumps(FOUND.to_json())))
    assert again == FOUND and again.score == 0.9


def test_boxes_are_as_doubtful_as_their_most_doubtful_ones():
    sure = FoundBox("milk", (0, 0, 1, 1), 1.0, margin=1.0)
    unsure, torn = FoundBox("milk", (0, 0, 1, 1), 0.5), FoundBox("milk", (0, 0, 1, 1), 0.95, margin=0.05)
    assert Boxes([sure]).uncertainty == 0 and Boxes([unsure]).uncertainty == 1
    assert Boxes([torn]).uncertainty == pytest.approx(0.9)
    assert Boxes([sure] * 20 + [unsure] * 3).uncertainty == 1
    assert Boxes([]).uncertainty == 0 and Boxes([]).score is None


def test_boxes_take_the_names_of_today():
    row = renamed("detection", FOUND.to_json(), {"milk": "drink", "jam": None}).to_json()
    assert [(box["id"], box["category"], box["margin"]) for box in row["boxes"]] == [("p0", "drink", 0.8)]


@pytest.mark.parametrize(
    "change",
    [
        {"score": 1.2}, {"score": None}, {"bbox": [5, 5, 4, 9]}, {"bbox": [0, 0, float("nan"), 4]}, {"category": 7}, {"margin": -1},
    ],
)  # fmt: skip
def test_boxes_that_no_screen_could_draw_are_refused(change):
    row = FOUND.to_json()
    row["boxes"][1] |= change
    with pytest.raises(ValueError, match=r"boxes\.1"):
        result_from_json("detection", row)
