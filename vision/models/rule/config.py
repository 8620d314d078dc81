from dataclasses import dataclass

from vision.config import category, number, text


@dataclass(frozen=True)
class RuleConfig:
    facing: str = category("engaged", "Said of a head that faces the camera.")
    away: str = category("non-engaged", "Said of a head that is turned away.")
    yaw: str = text("yaw", "The attribute that says, in degrees, how far the head is turned to a side.")
    yaw_degrees: float = number(30.0, 0, 180, "Degrees to either side that still face the camera.")
    pitch: str = text("pitch", "The attribute that says, in degrees, how far the head looks up or down.")
    pitch_degrees: float = number(20.0, 0, 180, "Degrees up or down that still face the camera.")
    softness: float = number(
        5.0,
        0.1,
        90,
        "Degrees past a limit at which the rule is 73 % sure: of a logistic curve.",
        advanced=True,
    )

    def __post_init__(self) -> None:
        if self.facing == self.away:
            raise ValueError("away: another category than that of facing is expected")
        if not self.yaw and not self.pitch:
            raise ValueError("yaw: name the attribute of at least one of the two angles")
        if self.yaw == self.pitch:
            raise ValueError("pitch: another attribute than that of yaw is expected")
