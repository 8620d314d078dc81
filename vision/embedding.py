"""What an image looks like to a model, in 128 bytes: enough to find others like it.

NumPy alone: the web process compares embeddings, too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIZE = 128


def embeddings(features: NDArray[np.float32]) -> list[bytes]:
    """Features [N, D] of any scale → N embeddings of SIZE signed bytes each; their angles stay nearly what they were.

    More than SIZE numbers are projected by one fixed random matrix (Johnson & Lindenstrauss 1984; the same for ever, or
    what is stored could not be compared with what comes), fewer are padded with zeros.
    """
    count, size = features.shape
    if size > SIZE:
        features = features @ _projection(size)
    largest = np.abs(features).max(axis=1, keepdims=True)
    scaled = np.rint(features * (127 / np.where(largest > 0, largest, 1))).astype(np.int8)
    padded = np.zeros((count, SIZE), np.int8)
    padded[:, : scaled.shape[1]] = scaled
    return [row.tobytes() for row in padded]


@lru_cache(maxsize=8)
def _projection(size: int) -> NDArray[np.float32]:
    # NumPy promises the stream of its legacy generator for good, and that of the new one not.
    return np.random.RandomState(0).standard_normal((size, SIZE)).astype(np.float32)


def similarity(query: bytes, others: bytes) -> NDArray[np.float32]:
    """The cosine of the angle between one embedding and each of N others, given one behind the other: float32 [N] in
    [-1, 1], 1 for the same."""
    rows = np.frombuffer(others, np.int8).reshape(-1, SIZE).astype(np.float32)
    one = np.frombuffer(query, np.int8).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(one)
    return np.clip(rows @ one / np.where(lengths > 0, lengths, 1), -1, 1)
