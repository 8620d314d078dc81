"""How far predicted mattes are from true ones: worked out once a pair, by workers, and kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.files.storage import default_storage

from labeling.models.matte import matte_key
from training.models import MatteScore

logger = logging.getLogger(__name__)
Pair = tuple[
    str, str, str
]  # SHA-256 of the predicted matte ("" where there is none: as if it were empty), the true one, its trimap
Truth = tuple[str, str]  # SHA-256 of the true matte and of its trimap, or ""
AT_ONCE = 1000


def pairs_of(truth: Sequence[Truth], results: Sequence[dict[str, Any] | None]) -> list[Pair]:
    return [(said["alpha"] if said else "", *true) for true, said in zip(truth, results, strict=True)]


def scores_known(pairs: Sequence[Pair]) -> dict[Pair, dict[str, float]]:
    """What is written down of these pairs."""
    known: dict[Pair, dict[str, float]] = {}
    for start in range(0, len(pairs), AT_ONCE):
        some = set(pairs[start : start + AT_ONCE])
        rows = MatteScore.objects.filter(
            truth__in={pair[1] for pair in some}, predicted__in={pair[0] for pair in some}
        )
        for row in rows:
            if (pair := (row.predicted, row.truth, row.trimap)) in some:
                known[pair] = row.values
    return known


def scores_work_out(pairs: Iterable[Pair], look: Callable[[], None]) -> None:
    """Write down what is missing: in a worker, for it takes a second or more for each pair of large ones. `look` is asked
    before each, and may raise. A pair whose files are missing or damaged has no scores: it is left out of all figures."""
    from vision.matting_metrics import matting_scores

    pairs = list(dict.fromkeys(pairs))
    known = scores_known(pairs)
    for pair in pairs:
        if pair in known:
            continue
        look()
        try:
            predicted, truth, trimap = map(_read, pair)
            values = matting_scores(predicted, truth, trimap)
        except (FileNotFoundError, ValueError) as error:
            logger.warning("a matte has no scores: %s (%s)", error, ", ".join(filter(None, pair)))
            continue
        MatteScore.objects.get_or_create(
            predicted=pair[0], truth=pair[1], trimap=pair[2], defaults={"values": values}
        )


def _read(sha256: str) -> Any:
    from vision.mattes import read_levels

    if not sha256:
        return None
    with default_storage.open(matte_key(sha256)) as file:
        return read_levels(file.read())
