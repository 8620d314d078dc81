"""What predictors return. Standard library alone: the web process reads these too.

Boxes are absolute pixels `(x1, y1, x2, y2)` of the upright image, scores lie in [0, 1].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vision.checks import Box, as_box, as_list, as_mapping, as_probability, as_scores, as_sha256, rounded

Names = Mapping[str, str | None]  # what categories are called by now; None for one that is no more


@dataclass(frozen=True, slots=True)
class Face:
    bbox: Box
    category: str | None
    scores: Mapping[str, float]
    distracted: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """Something a frozen detector found, such as a phone."""

    name: str
    bbox: Box
    score: float


@dataclass(frozen=True, slots=True)
class Classes:
    """A classification. Faces stand largest first; the largest one's category is the image's.

    `category` is None when the model has nothing to say, and `reason` then says why ("no face"); a rule gives the
    reason of its answer there.
    """

    category: str | None
    scores: Mapping[str, float]
    faces: Sequence[Face] = ()
    entities: Sequence[Entity] = ()
    distracted: bool = False
    reason: str = ""
    # What the model saw of the image, for finding others like it (`vision.embedding`); of the largest face, where it
    # looks at faces. Not part of the JSON.
    embedding: bytes | None = field(default=None, compare=False, repr=False)
    kind: str = field(default="classification", init=False)

    @property
    def score(self) -> float | None:
        return max(self.scores.values(), default=0.0) if self.category is not None else None

    @property
    def uncertainty(self) -> float:
        """1 − the margin between the best two categories; 1 when there is no category."""
        if self.category is None:
            return 1.0
        best, second = [*sorted(self.scores.values(), reverse=True), 0.0][:2]
        return min(1.0, max(0.0, 1.0 - (best - second)))

    def renamed(self, names: Names, *, non_engaged: str = "") -> Classes:
        """The same answer in the names of today: scores of categories that are one now are added, and the best one
        is looked for anew; so is whether somebody is distracted."""
        faces = tuple(_face_renamed(face, names, non_engaged, bool(self.entities)) for face in self.faces)
        scores = _scores_renamed(self.scores, names)
        category = _best(scores, names.get(self.category, self.category)) if self.category else None
        distracted = is_distracted(category, non_engaged, self.entities)
        reason = (
            distraction(category, self.entities) if distracted else "" if self.distracted else self.reason
        )
        return Classes(category, scores, faces, self.entities, distracted, reason)

    def to_json(self) -> dict[str, Any]:
        return {
            "category": self.category,
            "scores": {name: round(float(score), 6) for name, score in self.scores.items()},
            "faces": [
                {
                    "bbox": rounded(face.bbox), "category": face.category, "distracted": face.distracted,
                    "scores": {name: round(float(score), 6) for name, score in face.scores.items()},
                }
                for face in self.faces
            ],
            "entities": [
                {"name": entity.name, "bbox": rounded(entity.bbox), "score": round(float(entity.score), 6)}
                for entity in self.entities
            ],
            "distracted": self.distracted,
            "reason": self.reason,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Any) -> Classes:
        """Raises ValueError that names the field."""
        row = as_mapping(data, "result")
        category = row.get("category")
        scores = as_scores(row.get("scores"), "scores")
        if category is not None and category not in scores:
            raise ValueError(f"category: {category!r} has no score")
        return cls(
            category=category,
            scores=scores,
            faces=tuple(
                _face(item, f"faces.{n}") for n, item in enumerate(as_list(row.get("faces", []), "faces"))
            ),
            entities=tuple(
                _entity(item, f"entities.{n}")
                for n, item in enumerate(as_list(row.get("entities", []), "entities"))
            ),
            distracted=bool(row.get("distracted", False)),
            reason=str(row.get("reason", "")),
        )


@dataclass(frozen=True, slots=True)
class FoundBox:
    """`margin`: how far its score lies above that of the next best category, where the model says so."""

    category: str
    bbox: Box
    score: float
    margin: float | None = None
    id: str = ""

    @property
    def doubt(self) -> float:
        """From 0 to 1: whether there is anything (most at a score of a half), or which of two it is."""
        other = 0.0 if self.margin is None else self.score - self.margin
        return min(1.0, max(4 * self.score * (1 - self.score), other))


@dataclass(frozen=True, slots=True)
class Boxes:
    """A detection, the surest box first."""

    boxes: Sequence[FoundBox] = ()
    embedding: bytes | None = field(default=None, compare=False, repr=False)  # as that of Classes
    kind: str = field(default="detection", init=False)

    DOUBTFUL = 3  # boxes that an image's uncertainty is the mean of

    @property
    def score(self) -> float | None:
        return max((box.score for box in self.boxes), default=None)

    @property
    def uncertainty(self) -> float:
        """The mean doubt of the three most doubtful boxes: a crowd of sure ones beside them takes nothing away."""
        worst = sorted((box.doubt for box in self.boxes), reverse=True)[: self.DOUBTFUL]
        return sum(worst) / len(worst) if worst else 0.0

    def renamed(self, names: Names, *, non_engaged: str = "") -> Boxes:
        """The same boxes in the names of today; those whose category is no more are left out."""
        today = [(box, names.get(box.category, box.category)) for box in self.boxes]
        return Boxes([replace(box, category=name) for box, name in today if name is not None], self.embedding)

    def to_json(self) -> dict[str, Any]:
        return {"boxes": [_box_row(box, n) for n, box in enumerate(self.boxes)]}

    @classmethod
    def from_json(cls, data: Any) -> Boxes:
        """Raises ValueError that names the field."""
        rows = as_list(as_mapping(data, "result").get("boxes"), "boxes")
        return cls([_found_box(row, f"boxes.{n}") for n, row in enumerate(rows)])


@dataclass(frozen=True, slots=True)
class AlphaMatte:
    """How much of each pixel is foreground. A predictor gives `alpha`, float32 [h, w] in [0, 1], as large as the image;
    its file is an 8-bit grey PNG, and JSON names that by its SHA-256."""

    alpha: Any = field(default=None, compare=False, repr=False)
    sha256: str = ""
    trimap: str = ""
    embedding: bytes | None = field(default=None, compare=False, repr=False)
    kind: str = field(default="matting", init=False)

    @property
    def score(self) -> float | None:
        return 1.0 - self.uncertainty

    @property
    def uncertainty(self) -> float:
        """The mean entropy of its pixels, in bits: 0 where each is wholly fore- or background."""
        import numpy as np

        if self.alpha is None:
            raise ValueError("alpha: its pixels are not here")
        levels = np.arange(256, dtype=np.float64) / 255
        inner = levels[1:-1]
        bits = np.zeros(256)
        bits[1:-1] = -(inner * np.log2(inner) + (1 - inner) * np.log2(1 - inner))
        counts = np.bincount(np.rint(self.alpha * 255).astype(np.uint8).ravel(), minlength=256)
        return float(counts @ bits / max(1, counts.sum()))

    def renamed(self, names: Names, *, non_engaged: str = "") -> AlphaMatte:
        """A matte is of no category."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Raises ValueError for one that was not stored."""
        if not self.sha256:
            raise ValueError("alpha: it has to be stored first")
        return {"alpha": self.sha256, **({"trimap": self.trimap} if self.trimap else {})}

    @classmethod
    def from_json(cls, data: Any) -> AlphaMatte:
        """Raises ValueError that names the field."""
        row = as_mapping(data, "result")
        return cls(
            sha256=as_sha256(row.get("alpha"), "alpha"),
            trimap=as_sha256(row["trimap"], "trimap") if row.get("trimap") else "",
        )


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """A picture that a generator has made. A predictor gives `image`, uint8 [h, w, 3]; its file is a PNG, and JSON names that by
    its SHA-256."""

    image: Any = field(default=None, compare=False, repr=False)
    sha256: str = ""
    embedding: bytes | None = field(default=None, compare=False, repr=False)
    kind: str = field(default="synthesis", init=False)

    @property
    def score(self) -> float | None:
        """It says nothing of an image."""
        return None

    @property
    def uncertainty(self) -> float:
        return 0.0

    def renamed(self, names: Names, *, non_engaged: str = "") -> GeneratedImage:
        """A picture is of no category."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Raises ValueError for one that was not stored."""
        if not self.sha256:
            raise ValueError("image: it has to be stored first")
        return {"image": self.sha256}

    @classmethod
    def from_json(cls, data: Any) -> GeneratedImage:
        """Raises ValueError that names the field."""
        return cls(sha256=as_sha256(as_mapping(data, "result").get("image"), "image"))


Result = Classes | Boxes | AlphaMatte | GeneratedImage
KINDS: dict[str, type[Classes] | type[Boxes] | type[AlphaMatte] | type[GeneratedImage]] = {
    "classification": Classes, "detection": Boxes, "matting": AlphaMatte, "synthesis": GeneratedImage,
}  # fmt: skip


def result_from_json(kind: str, data: Any) -> Result:
    """A stored or received result of a project's kind; raises ValueError that names the field."""
    return KINDS[kind].from_json(data)


def renamed(kind: str, data: Any, names: Names, *, non_engaged: str = "") -> Result:
    """A stored result in the names of today."""
    return result_from_json(kind, data).renamed(names, non_engaged=non_engaged)


def is_distracted(category: str | None, non_engaged: str, entities: Sequence[Entity]) -> bool:
    """Somebody non-engaged, with an external entity in the frame."""
    return category is not None and category == non_engaged and bool(entities)


def distraction(category: str | None, entities: Sequence[Entity]) -> str:
    names = sorted({entity.name for entity in entities})
    return f"{category}, with a {' and a '.join(names)} in the frame"


def _face_renamed(face: Face, names: Names, non_engaged: str, entities: bool) -> Face:
    scores = _scores_renamed(face.scores, names)
    category = _best(scores, names.get(face.category, face.category)) if face.category else None
    return Face(face.bbox, category, scores, bool(category) and category == non_engaged and entities)


def _scores_renamed(scores: Mapping[str, float], names: Names) -> dict[str, float]:
    total: dict[str, float] = {}
    for old, score in scores.items():
        if (name := names.get(old, old)) is not None:
            total[name] = min(1.0, total.get(name, 0.0) + score)
    return total


def _best(scores: Mapping[str, float], said: str | None) -> str | None:
    """The highest score's; of equal ones the one that the model had said."""
    return max(scores, key=lambda name: (scores[name], name == said), default=None)


def _face(value: Any, field: str) -> Face:
    row = as_mapping(value, field)
    return Face(
        bbox=as_box(row.get("bbox"), f"{field}.bbox"),
        category=row.get("category"),
        scores=as_scores(row.get("scores"), f"{field}.scores"),
        distracted=bool(row.get("distracted", False)),
    )


def _entity(value: Any, field: str) -> Entity:
    row = as_mapping(value, field)
    return Entity(
        str(row.get("name", "")),
        as_box(row.get("bbox"), f"{field}.bbox"),
        as_probability(row.get("score"), f"{field}.score"),
    )


def _box_row(box: FoundBox, number: int) -> dict[str, Any]:
    row = {
        "id": box.id or f"p{number}", "category": box.category, "bbox": rounded(box.bbox), "score": round(float(box.score), 6),
    }  # fmt: skip
    return row if box.margin is None else {**row, "margin": round(float(box.margin), 6)}


def _found_box(value: Any, field: str) -> FoundBox:
    row = as_mapping(value, field)
    if not isinstance(row.get("category"), str):
        raise ValueError(f"{field}.category: a category's name is expected")
    margin = row.get("margin")
    return FoundBox(
        row["category"],
        as_box(row.get("bbox"), f"{field}.bbox"),
        as_probability(row.get("score"), f"{field}.score"),
        None if margin is None else as_probability(margin, f"{field}.margin"),
        str(row.get("id", "")),
    )
