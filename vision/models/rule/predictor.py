"""Which way the head is turned, by angles that came with the images: labels to begin with, before anything is learned.

Where an angle is not known, the rule says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vision.base import BrokenCheckpoint, read_config
from vision.config import parse
from vision.models.rule.config import RuleConfig
from vision.results import Classes

if TYPE_CHECKING:
    from vision.base import RGBImage

UNKNOWN = Classes(category=None, scores={}, reason="no head pose is known")


class RulePredictor:
    def __init__(self, config: RuleConfig) -> None:
        self.config = config
        axes = (("yaw", config.yaw, config.yaw_degrees), ("pitch", config.pitch, config.pitch_degrees))
        self.axes = [axis for axis in axes if axis[1]]

    @classmethod
    def load(cls, checkpoint: Path, *, device: str = "cpu", options: Mapping[str, Any] | None = None) -> Self:
        try:
            return cls(parse(RuleConfig, read_config(checkpoint)["config"]))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BrokenCheckpoint(f"this is no checkpoint of rule: {error}") from error

    def predict(self, images: Sequence[RGBImage]) -> list[Classes]:
        """Pixels alone say nothing of the head's pose."""
        return [UNKNOWN] * len(images)

    def predict_attributes(self, attributes: Sequence[Mapping[str, Any]]) -> list[Classes]:
        return [self._classify(known) for known in attributes]

    def _classify(self, known: Mapping[str, Any]) -> Classes:
        angles = [angle for _, name, _ in self.axes if (angle := _degrees(known.get(name))) is not None]
        if len(angles) < len(self.axes):
            return UNKNOWN
        # Degrees that are left up to each limit; the one that is passed the furthest, or is nearest, decides.
        left = [limit - abs(angle) for angle, (_, _, limit) in zip(angles, self.axes, strict=True)]
        facing, away = (
            _logistic(min(left) / self.config.softness),
            _logistic(-min(left) / self.config.softness),
        )
        return Classes(
            category=self.config.facing if min(left) >= 0 else self.config.away,
            scores={self.config.facing: facing, self.config.away: away},
            reason=self._reason(angles, left),
        )

    def _reason(self, angles: Sequence[float], left: Sequence[float]) -> str:
        """ "yaw 41° is beyond ±30°": each limit that is passed, or else all of them."""
        said = [
            (f"{axis} {_written(angle)}°", f"±{_written(limit)}°", room < 0)
            for (axis, _, limit), angle, room in zip(self.axes, angles, left, strict=True)
        ]
        beyond = [f"{angle} is beyond {limit}" for angle, limit, passed in said if passed]
        return " and ".join(beyond or [f"{angle} is within {limit}" for angle, limit, _ in said])


def _degrees(value: Any) -> float | None:
    """From −180 to 180, whichever way round they were counted; None for what is no angle."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -360 <= value <= 360:  # nor NaN
        return None
    return math.remainder(value, 360)


def _logistic(margin: float) -> float:
    return 1 / (1 + math.exp(-margin)) if margin >= 0 else 1 - 1 / (1 + math.exp(margin))


def _written(degrees: float) -> str:
    return f"{round(degrees, 2) + 0.0:g}".replace("-", "−")
