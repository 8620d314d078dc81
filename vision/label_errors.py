"""Labels that their image speaks against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
FEWEST = 20


@dataclass(frozen=True)
class Suspect:
    index: int
    suggested: str
    quality: float  # the probability of the label that it has, from images without it: 0 is surely wrong


class TooFewLabels(ValueError):
    """The message says what is missing."""


def suspects(
    features: NDArray[np.float32], labels: Sequence[str], groups: Sequence[str], *, seed: int = 0
) -> list[Suspect]:
    """Confident learning (Northcutt et al. 2021) by cleanlab, the least likely label first.

    `features` [N, D] of the images, their labels, and the groups (a person, a meeting, a block of its time) that they belong to. The
    probabilities that it asks for come from a logistic regression that has seen no image of the same group. Raises
    TooFewLabels.
    """
    from cleanlab.filter import find_label_issues

    names = sorted(set(labels))
    if len(labels) < FEWEST or len(names) < 2 or len(set(groups)) < 2:
        raise TooFewLabels(
            f"At least {FEWEST} labels of two categories and two groups (or of a video's several minutes) are needed."
        )
    given = np.array([names.index(label) for label in labels])
    probabilities = _out_of_sample(features, given, np.asarray(groups), len(names), seed)
    found = find_label_issues(given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    best = probabilities.argmax(axis=1)
    return [
        Suspect(int(n), names[best[n]], float(probabilities[n, given[n]]))
        for n in found
        if best[n] != given[n]
    ]


def _out_of_sample(
    features: NDArray[np.float32], given: NDArray[np.int64], groups: NDArray[np.str_], count: int, seed: int
) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # A category that a fold's other images lack keeps a trace of probability: nothing is impossible.
    probabilities = np.full((len(given), count), 1e-6)
    folds = StratifiedGroupKFold(min(FOLDS, len(set(groups))), shuffle=True, random_state=seed)
    for learned, asked in folds.split(features, given, groups):
        if not len(asked):
            continue
        if len(set(given[learned])) < 2:
            raise TooFewLabels("Nearly all labels of one category are in one group: label images of others.")
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
        model.fit(features[learned], given[learned])
        probabilities[np.ix_(asked, model.classes_)] += model.predict_proba(features[asked])
    return probabilities / probabilities.sum(axis=1, keepdims=True)
