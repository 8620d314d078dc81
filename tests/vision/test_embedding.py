"""Embeddings keep the angles of the features that they are made of."""

import numpy as np
import pytest

from vision.embedding import SIZE, embeddings, similarity


def cosines(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit[0]


def vectors(size, count=40):
    """Some near the first, some far."""
    random = np.random.default_rng(1)
    first = random.standard_normal(size)
    return np.stack(
        [first * (1 - n / count) + random.standard_normal(size) * n / count for n in range(count)]
    ).astype(np.float32)


@pytest.mark.parametrize(("size", "off"), [(16, 0.02), (SIZE, 0.02), (768, 0.25)])
def test_the_angle_between_two_images_stays_nearly_what_it_was(size, off):
    rows = vectors(size)
    found = embeddings(rows)
    assert {len(row) for row in found} == {SIZE}
    said = similarity(found[0], b"".join(found))
    assert said[0] == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(said, cosines(rows), atol=off)


def test_the_scale_of_features_does_not_matter_and_nothing_at_all_is_like_nothing():
    rows = vectors(768)
    assert embeddings(rows) == embeddings(rows * 4)
    (nothing,) = embeddings(np.zeros((1, 768), np.float32))
    assert similarity(nothing, b"".join(embeddings(rows))).tolist() == [0] * len(rows)
    assert similarity(nothing, b"").tolist() == []
