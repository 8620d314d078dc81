"""Wrong labels are found where the image speaks against them, and right ones are left alone."""

import numpy as np
import pytest

from vision.label_errors import TooFewLabels, suspects


def clusters(count=120, seed=0):
    """Images of three kinds that lie apart, in 12 groups."""
    random = np.random.default_rng(seed)
    kinds = np.arange(count) % 3
    features = random.normal(0, 0.5, (count, 8)).astype(np.float32)
    features[np.arange(count), kinds] += 4
    return features, [("engaged", "non-engaged", "animated")[kind] for kind in kinds], [str(n // 10) for n in range(count)]  # fmt: skip


def test_swapped_labels_are_found_with_what_they_should_be():
    features, labels, groups = clusters()
    wrong = {7: "engaged", 40: "animated", 99: "non-engaged"}
    truth = {n: labels[n] for n in wrong}
    assert all(labels[n] != label for n, label in wrong.items())
    found = suspects(features, [wrong.get(n, label) for n, label in enumerate(labels)], groups)
    assert {row.index: row.suggested for row in found} == truth
    assert [row.quality for row in found] == sorted(row.quality for row in found) and found[-1].quality < 0.5


def test_clean_labels_are_left_alone_and_the_same_is_found_again():
    features, labels, groups = clusters()
    assert suspects(features, labels, groups) == []
    labels[5] = "engaged" if labels[5] != "engaged" else "animated"
    assert suspects(features, labels, groups) == suspects(features, labels, groups) != []


def test_a_category_that_stands_in_one_group_alone_breaks_nothing():
    features, labels, groups = clusters()
    rare = [n for n in range(120) if groups[n] == "3"]
    assert isinstance(suspects(features, ["rare" if n in rare else label for n, label in enumerate(labels)], groups), list)  # fmt: skip


@pytest.mark.parametrize("few", ["images", "categories", "groups"])
def test_too_few_labels_are_said(few):
    features, labels, groups = clusters()
    if few == "images":
        features, labels, groups = features[:19], labels[:19], groups[:19]
    elif few == "categories":
        labels = ["engaged"] * len(labels)
    else:
        groups = ["one"] * len(groups)
    with pytest.raises(TooFewLabels, match="At least 20 labels of two categories and two groups"):
        suspects(features, labels, groups)
