from dataclasses import dataclass

from vision.config import number


@dataclass(frozen=True)
class MajorityConfig:
    smoothing: float = number(
        1.0, 0, 100, "Counted on top of every category, so that none has the share zero."
    )
