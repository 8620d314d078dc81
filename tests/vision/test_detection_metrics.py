"""How good boxes are: COCO's figures, what is found and missed, and how sure a difference is."""

import subprocess
import sys

import numpy as np
import pytest

from vision.detection_metrics import _Matches, bootstrap_map, detection_report, mistakes

CATEGORIES = ["milk", "jam"]
A, B, C = (0.0, 0.0, 100.0, 100.0), (200.0, 0.0, 300.0, 100.0), (0.0, 200.0, 50.0, 300.0)


def said(*boxes):
    return {
        "boxes": [
            {"id": f"p{n}", "category": c, "bbox": list(b), "score": s} for n, (c, b, s) in enumerate(boxes)
        ]
    }


def test_boxes_as_they_are_get_full_marks():
    truth = [[("milk", A), ("jam", B)], [("milk", C)], []]
    results = [said(("milk", A, 0.9), ("jam", B, 0.8)), said(("milk", C, 0.7)), said()]
    report = detection_report(truth, results, CATEGORIES)
    for name in ("map", "map50", "map75", "precision", "recall", "f1"):
        assert report[name] == pytest.approx(1)
    assert (report["count"], report["boxes"]) == (3, 3)
    assert report["confusion"] == {
        "labels": ["milk", "jam", "background"],
        "matrix": [[2, 0, 0], [0, 1, 0], [0, 0, 0]],
    }


def test_what_is_missed_confused_and_too_many_is_told_apart():
    truth = [("milk", A), ("jam", B), ("jam", C)]
    result = said(
        ("milk", (5, 0, 100, 100), 0.9), ("milk", B, 0.8), ("jam", (400, 400, 450, 450), 0.6), ("jam", C, 0.1)
    )
    found = mistakes(truth, result)
    assert [(box["category"], box["score"]) for box in found["hits"]] == [("milk", 0.9)]
    assert [(box["category"], box["said"]) for box in found["confused"]] == [("jam", "milk")]
    assert [box["bbox"] for box in found["misses"]] == [list(C)]
    assert [box["bbox"] for box in found["false_alarms"]] == [[400, 400, 450, 450]]
    report = detection_report([truth], [result], CATEGORIES)
    assert report["precision"] == pytest.approx(1 / 3) and report["recall"] == pytest.approx(1 / 3)
    assert report["confusion"]["matrix"] == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]
    lower = mistakes(truth, result, threshold=0.05)
    assert {box["category"] for box in lower["hits"]} == {"milk", "jam"} and not lower["misses"]


def test_a_box_counts_for_one_true_box_alone():
    found = mistakes([("milk", A)], said(("milk", A, 0.9), ("milk", A, 0.8)))
    assert len(found["hits"]) == 1 and len(found["false_alarms"]) == 1


@pytest.mark.parametrize(("truth", "results"), [([], []), ([[], []], [None, said(("milk", A, 0.9))])])
def test_where_nothing_is_to_be_found_there_are_figures_all_the_same(truth, results):
    report = detection_report(truth, results, CATEGORIES)
    assert (report["map"], report["recall"], report["per_class"]["jam"]["support"]) == (0, 0, 0)
    assert bootstrap_map(truth, results, results, CATEGORIES)["value"] == 0


def test_an_image_that_failed_and_one_without_an_answer_count_as_missed():
    report = detection_report([[("milk", A)], [("milk", B)]], [None, said()], CATEGORIES)
    assert (
        report["map"] == 0
        and report["per_class"]["milk"]["support"] == 2
        and report["confusion"]["matrix"][0][2] == 2
    )


def test_categories_that_nobody_held_out_are_left_out_of_the_mean():
    report = detection_report([[("milk", A)]], [said(("milk", A, 0.9), ("jam", B, 0.9))], CATEGORIES)
    assert report["map"] == pytest.approx(1) and report["per_class"]["jam"]["precision"] == 0


def crowd(seed, images=25):
    """Boxes, and predictions of all sorts of quality."""
    random = np.random.default_rng(seed)
    truth, results = [], []
    for _ in range(images):
        boxes, found = [], []
        for _ in range(random.integers(0, 6)):
            x, y, w, h = (
                random.uniform(0, 300),
                random.uniform(0, 300),
                random.uniform(20, 120),
                random.uniform(20, 120),
            )
            name = CATEGORIES[random.integers(2)]
            boxes.append((name, (x, y, x + w, y + h)))
            for _ in range(random.integers(0, 3)):
                dx, dy = random.normal(0, 8, 2)
                other = name if random.random() < 0.85 else CATEGORIES[random.integers(2)]
                found.append((other, (x + dx, y + dy, x + w + dx, y + h), round(random.random(), 3)))
        truth.append(boxes)
        results.append(said(*found))
    return truth, results


@pytest.mark.parametrize("seed", range(8))
def test_what_the_bootstrap_draws_from_agrees_with_coco(seed):
    truth, results = crowd(seed)
    report = detection_report(truth, results, CATEGORIES)
    for name in CATEGORIES:
        mine = _Matches(truth, results, name).average_precision(np.arange(len(truth)))
        assert mine == pytest.approx(report["per_class"][name]["ap"], abs=1e-6)


def test_a_difference_comes_with_its_interval():
    truth, worse = crowd(1, 40)
    better = [said(*((name, box, 0.9) for name, box in boxes)) for boxes in truth]
    found = bootstrap_map(truth, better, worse, CATEGORIES, rounds=200)
    assert 0 < found["low"] < found["value"] < found["high"] < 1
    same = bootstrap_map(truth, worse, worse, CATEGORIES, rounds=50)
    assert same == {"value": 0, "low": 0, "high": 0}
    assert bootstrap_map(truth, better, worse, CATEGORIES, rounds=200) == found


def test_the_threshold_that_balances_best_is_between_right_and_wrong_ones():
    truth = [[("milk", A)], [("jam", B)]]
    results = [said(("milk", A, 0.8), ("milk", C, 0.3)), said(("jam", B, 0.7), ("jam", C, 0.2))]
    assert detection_report(truth, results, CATEGORIES)["best_threshold"] == 0.7


def test_it_needs_no_torch():
    check = "import vision.detection_metrics as m, sys; m.detection_report([[('a', (0, 0, 1, 1))]], [{'boxes': [{'category': 'a', 'bbox': [0, 0, 1, 1], 'score': 1}]}], ['a']); print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
