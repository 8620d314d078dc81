"""What a batch of scenes may be like; each scene draws from these ranges by its seed. Standard library alone."""

from __future__ import annotations

from dataclasses import dataclass

from vision.config import number


@dataclass(frozen=True)
class SceneConfig:
    width: int = number(640, 64, 2048, "Pixels of the pictures, across.")
    height: int = number(640, 64, 2048, "Pixels of the pictures, from top to bottom.")
    clutter_from: float = number(0.2, 0, 1, "How full the emptiest shelves are: 0 is nearly empty.")
    clutter_to: float = number(1.0, 0, 1, "How full the fullest shelves are: 1 is crammed.")
    shelves_from: int = number(2, 1, 6, "The fewest shelves.")
    shelves_to: int = number(4, 1, 6, "The most shelves.")
    doors: float = number(0.3, 0, 1, "The share of pictures with the door's bins in them.")
    tint: float = number(0.25, 0, 1, "The share of fridges that are not white.")
    light_from: float = number(0.5, 0.05, 4, "The weakest light; 1 is a lamp as fridges have it.")
    light_to: float = number(1.6, 0.05, 4, "The strongest light.")
    turn: float = number(22, 0, 45, "How far from straight ahead the camera may stand, in degrees.")
    lens_from: float = number(
        24, 12, 85, "The shortest lens in millimetres (of a 36 mm sensor): it sees the most."
    )
    lens_to: float = number(40, 12, 85, "The longest lens.")
    closeness: float = number(0.35, 0, 1, "How much nearer than the whole fridge the camera may come.")
    least_visible: float = number(0.25, 0, 1, "What shows less of itself than this share is not labeled.")
    samples: int = number(
        12, 1, 512, "Rays a pixel, before noise is taken out: more take longer.", advanced=True
    )

    def __post_init__(self) -> None:
        for name in ("clutter", "shelves", "light", "lens"):
            if getattr(self, f"{name}_from") > getattr(self, f"{name}_to"):
                raise ValueError(f"{name}_to: it has to be at least {name}_from")
