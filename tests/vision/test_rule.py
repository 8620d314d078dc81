"""The rule of which way a head is turned: by angles alone, and silent where there are none."""

import json

import numpy as np
import pytest

from vision import registry
from vision.base import CONFIG, AttributePredictor, BrokenCheckpoint, Predictor
from vision.results import renamed, result_from_json


@pytest.fixture
def load(tmp_path):
    def make(**config):
        (tmp_path / CONFIG).write_text(json.dumps({"model": "rule", "config": config}))
        return registry.predictor_class("rule").load(tmp_path)

    return make


def say(predictor, **attributes):
    (result,) = predictor.predict_attributes([attributes])
    assert result_from_json("classification", json.loads(json.dumps(result.to_json(), allow_nan=False)))
    return result


@pytest.mark.parametrize(
    ("yaw", "pitch", "category", "reason"),
    [
        (0, 0, "engaged", "yaw 0° is within ±30° and pitch 0° is within ±20°"),
        (12.345, -3, "engaged", "yaw 12.35° is within ±30° and pitch −3° is within ±20°"),
        (41, 0, "non-engaged", "yaw 41° is beyond ±30°"),
        (-41.5, 0, "non-engaged", "yaw −41.5° is beyond ±30°"),
        (0, -25, "non-engaged", "pitch −25° is beyond ±20°"),
        (90, 60, "non-engaged", "yaw 90° is beyond ±30° and pitch 60° is beyond ±20°"),
        (
            345,
            355,
            "engaged",
            "yaw −15° is within ±30° and pitch −5° is within ±20°",
        ),  # counted from 0 to 360
        (-180, 0, "non-engaged", "yaw −180° is beyond ±30°"),
    ],
)
def test_a_head_faces_the_camera_within_both_limits(load, yaw, pitch, category, reason):
    result = say(load(), yaw=yaw, pitch=pitch)
    assert (result.category, result.reason) == (category, reason)
    assert result.score > 0.5 and sum(result.scores.values()) == pytest.approx(1)


def test_it_is_the_less_sure_the_nearer_the_limit_is(load):
    predictor = load()
    results = [say(predictor, yaw=yaw, pitch=0) for yaw in (30, 28, 25, 20, 10)]
    assert [result.category for result in results] == ["engaged"] * 5
    assert results[0].scores == {"engaged": 0.5, "non-engaged": 0.5} and results[0].uncertainty == 1
    scores = [result.score for result in results]
    assert scores == sorted(scores) and results[-1].uncertainty < 0.05
    assert say(predictor, yaw=30.001, pitch=0).category == "non-engaged"


def test_the_axis_that_is_nearest_to_its_limit_decides(load):
    predictor = load()
    assert say(predictor, yaw=0, pitch=19).scores == pytest.approx(say(predictor, yaw=29, pitch=0).scores)


def test_softness_is_where_the_rule_is_73_percent_sure(load):
    assert say(load(softness=12), yaw=42, pitch=0).scores["non-engaged"] == pytest.approx(0.731, abs=1e-3)
    assert say(load(softness=0.1), yaw=180, pitch=0).scores["non-engaged"] == 1
    assert say(load(softness=0.1), yaw=180, pitch=0).uncertainty == 0


@pytest.mark.parametrize(
    "known",
    [
        {}, {"yaw": 3}, {"pitch": 3}, {"yaw": "3", "pitch": 3}, {"yaw": None, "pitch": 3}, {"yaw": True, "pitch": 3},
        {"yaw": float("nan"), "pitch": 3}, {"yaw": float("inf"), "pitch": 3}, {"yaw": 10**400, "pitch": 3},
        {"yaw": 361, "pitch": 0}, {"yaw": [3], "pitch": 3}, {"yaw": {"a": 3}, "pitch": 3},
    ],
)  # fmt: skip
def test_where_no_pose_is_known_it_says_so_and_does_not_guess(load, known):
    result = say(load(), **known)
    assert (result.category, result.score, result.uncertainty) == (None, None, 1)
    assert result.reason == "no head pose is known" and result.scores == {}


def test_one_angle_is_enough_where_the_rule_names_one(load):
    assert say(load(pitch="", yaw="head_yaw"), head_yaw=50).reason == "yaw 50° is beyond ±30°"
    assert say(load(yaw=""), pitch=5).category == "engaged"


def test_pixels_say_nothing_of_a_pose(load):
    predictor = load()
    assert isinstance(predictor, Predictor) and isinstance(predictor, AttributePredictor)
    (result,) = predictor.predict([np.zeros((9, 9, 3), np.uint8)])
    assert result.category is None and predictor.predict([]) == predictor.predict_attributes([]) == []


def test_its_reason_outlives_a_rename(load):
    row = say(load(), yaw=50, pitch=0).to_json()
    result = renamed("classification", row, {"non-engaged": "away"}, non_engaged="away")
    assert (result.category, result.reason, result.distracted) == ("away", "yaw 50° is beyond ±30°", False)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"facing": "a", "away": "a"}, "away"), ({"yaw": "", "pitch": ""}, "yaw"), ({"yaw": "a", "pitch": "a"}, "pitch"),
        ({"yaw": "a\ud800"}, "yaw"), ({"yaw": "x" * 101}, "yaw"), ({"yaw_degrees": 181}, "yaw_degrees"),
        ({"pitch_degrees": -1}, "pitch_degrees"), ({"softness": 0}, "softness"), ({"facing": 1}, "facing"), ({"roll": 1}, "roll"),
    ],
)  # fmt: skip
def test_a_config_that_makes_no_rule_is_refused_with_its_field(config, field):
    with pytest.raises(ValueError, match=f"^{field}: "):
        registry.parse_config("rule", config)


@pytest.mark.parametrize("text", ["[]", "{}", '{"config": 5}', '{"config": {"yaw": 5}}', "no json"])
def test_a_damaged_checkpoint_is_refused(tmp_path, text):
    (tmp_path / CONFIG).write_text(text)
    with pytest.raises(BrokenCheckpoint):
        registry.predictor_class("rule").load(tmp_path)
