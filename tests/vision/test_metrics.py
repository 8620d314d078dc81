"""The figures that decide promotions, against scikit-learn and against values computed by hand."""

import numpy as np
import pytest
from sklearn import metrics as oracle

from vision.metrics import bootstrap_difference, classification_report, macro_f1, majority_of

NAMES = ["a", "b", "c"]


def answer(category, confidence=1.0):
    return {"category": category, "scores": {category: confidence}}


def guesses(seed, count=60):
    random = np.random.default_rng(seed)
    return [NAMES[n] for n in random.integers(0, 3, count)], [NAMES[n] for n in random.integers(0, 3, count)]


@pytest.mark.parametrize("seed", range(5))
def test_scores_agree_with_scikit_learn(seed):
    truth, said = guesses(seed)
    report = classification_report(truth, [answer(name) for name in said], NAMES)
    assert report["macro_f1"] == pytest.approx(oracle.f1_score(truth, said, average="macro"))
    assert report["accuracy"] == pytest.approx(oracle.accuracy_score(truth, said))
    assert report["balanced_accuracy"] == pytest.approx(oracle.balanced_accuracy_score(truth, said))
    rows = oracle.precision_recall_fscore_support(truth, said, labels=NAMES)
    for number, name in enumerate(NAMES):
        mine = report["per_class"][name]
        assert [mine[k] for k in ("precision", "recall", "f1", "support")] == pytest.approx(
            [row[number] for row in rows]
        )
    matrix = np.array(report["confusion"]["matrix"])
    np.testing.assert_array_equal(matrix[:, :3], oracle.confusion_matrix(truth, said, labels=NAMES))
    assert not matrix[:, 3].any()


def test_macro_f1_by_hand():
    # a: 1 hit of 2 labeled and 1 said = 2/3; b: 1 hit of 1 labeled and 2 said = 2/3
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]) == pytest.approx(2 / 3)


def test_a_category_that_nobody_held_out_is_not_judged_but_naming_it_is_an_error():
    assert macro_f1(["a", "b"], ["a", "b"], NAMES) == 1
    assert macro_f1(["a", "a", "b"], ["a", "c", "b"], NAMES) == pytest.approx((2 / 3 + 1) / 2)


def test_an_image_without_an_answer_is_a_miss_and_counted_as_such():
    report = classification_report(
        ["a", "a", "b"], [answer("a"), None, {"category": None, "scores": {}}], NAMES
    )
    assert report["accuracy"] == pytest.approx(1 / 3) and report["unanswered"] == 2
    assert report["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert report["confusion"]["matrix"] == [[1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_a_category_that_the_project_no_longer_has_is_a_miss():
    report = classification_report(["a", "b"], [answer("a"), answer("renamed")], ["a", "b"])
    assert report["accuracy"] == 0.5 and report["confusion"]["matrix"] == [[1, 0, 0], [0, 0, 1]]


def test_nothing_held_out_gives_zeros_and_no_error():
    report = classification_report([], [], NAMES)
    assert (report["count"], report["macro_f1"], report["accuracy"]) == (0, 0, 0)
    assert report["calibration"] == {"ece": 0.0, "bins": []}


def test_calibration_by_hand():
    # Bin (0.5, 0.6]: two answers at 0.6, one right; bin (0.9, 1]: two at 1.0, both right.
    results = [answer("a", 0.6), answer("b", 0.6), answer("a", 1.0), answer("b", 1.0)]
    calibration = classification_report(["a", "a", "a", "b"], results, ["a", "b"])["calibration"]
    assert [(row["count"], row["accuracy"]) for row in calibration["bins"]] == [(2, 0.5), (2, 1.0)]
    assert calibration["ece"] == pytest.approx(2 / 4 * 0.1 + 2 / 4 * 0)


def test_every_answer_falls_into_one_bin_of_calibration():
    results = [answer("a", n / 20) for n in range(21)]
    calibration = classification_report(["a"] * 21, results, ["a", "b"])["calibration"]
    assert sum(row["count"] for row in calibration["bins"]) == 21


def test_the_majority_baseline_is_the_most_frequent_held_out_category():
    truth = ["a", "b", "b", "b"]
    assert majority_of(truth) == "b" and majority_of([]) is None
    majority = classification_report(truth, [None] * 4, NAMES)["majority"]
    assert majority == {"accuracy": 0.75, "macro_f1": pytest.approx((6 / 7) / 2)}


def test_the_bootstrap_finds_a_difference_that_is_there():
    truth = NAMES * 40
    difference = bootstrap_difference(truth, truth, ["a"] * 120, NAMES)
    assert difference["value"] == pytest.approx(1 - macro_f1(truth, ["a"] * 120, NAMES))
    assert 0 < difference["low"] <= difference["value"] <= difference["high"]


def test_the_bootstrap_is_paired_so_equal_answers_differ_by_nothing():
    truth, said = guesses(1)
    assert bootstrap_difference(truth, said, said, NAMES) == {"value": 0, "low": 0, "high": 0}


def test_the_bootstrap_leaves_open_what_few_images_cannot_tell():
    truth, said = guesses(2, count=20)
    other = [*said[:10], *guesses(3, count=10)[1]]
    difference = bootstrap_difference(truth, said, other, NAMES)
    assert difference["low"] < 0 < difference["high"]
    reverse = bootstrap_difference(truth, other, said, NAMES)
    assert reverse["value"] == pytest.approx(-difference["value"])
    assert reverse["low"] == pytest.approx(-difference["high"])


def test_the_bootstrap_of_nothing_is_nothing():
    assert bootstrap_difference([], [], [], NAMES) == {"value": 0, "low": 0, "high": 0}
