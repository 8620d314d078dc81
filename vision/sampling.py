"""Which images to label next, so that a model learns most from them. NumPy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.embedding import SIZE


def diverse(
    embeddings: bytes, uncertainty: NDArray[np.float64], known: bytes, count: int
) -> NDArray[np.intp]:
    """Up to `count` of N images, in order: each the one whose uncertainty, times its distance to what is labeled and to
    those chosen before it, is largest.

    The greedy choice of centres (Sener & Savarese 2018), weighed by how unsure the model is. Embeddings stand one behind
    the other, as `vision.embedding` makes them; `known` are those of labeled images. Distances are 1 − cosine.
    """
    rows, labeled = _unit(embeddings), _unit(known)
    distance = np.ones(len(rows), np.float32)
    for start in range(0, len(labeled), 256):  # a block at a time, for memory
        distance = np.minimum(distance, 1 - (rows @ labeled[start : start + 256].T).max(axis=1))
    # Two that look the same differ in nothing; the less sure one still comes before those that follow.
    weight = np.maximum(uncertainty, 1e-6).astype(np.float32)
    chosen: list[int] = []
    open_ = np.ones(len(rows), bool)
    for _ in range(min(count, len(rows))):
        gain = np.where(open_, weight * np.maximum(distance, 1e-6), -1)
        best = int(gain.argmax())
        chosen.append(best)
        open_[best] = False
        distance = np.minimum(distance, 1 - rows @ rows[best])
    return np.array(chosen, np.intp)


def _unit(embeddings: bytes) -> NDArray[np.float32]:
    rows = np.frombuffer(embeddings, np.int8).reshape(-1, SIZE).astype(np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
