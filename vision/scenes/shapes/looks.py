"""What surfaces are made of, as Blender's standard shader takes it, and the labels that are printed on them."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from random import Random

Colour = tuple[float, float, float]  # linear, from 0 to 1


@dataclass(frozen=True)
class Print:
    """A label: drawn by `labels.picture` from its seed. `style` is one of `labels.STYLES`."""

    style: str
    seed: int
    ground: Colour
    ink: Colour


@dataclass(frozen=True)
class Look:
    colour: Colour
    rough: float = 0.45
    metal: float = 0.0
    clear: float = 0.0  # how much light goes through
    soft: float = 0.0  # how far light goes beneath the surface, as in fruit
    bumps: tuple[float, float] = (0.0, 0.0)  # a metre's number of bumps, and how strong they are
    spots: tuple[float, float, float] | None = None  # another colour, in spots
    spots_scale: float = 40.0
    print: Print | None = None


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """As a screen shows it, to linear."""
    red, green, blue = (_linear(part) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def near(random: Random, colour: Colour, much: float = 0.12) -> Colour:
    """A colour like this one."""
    light = 1 + (random.random() * 2 - 1) * much
    red, green, blue = (
        min(1.0, max(0.0, part * light * (1 + (random.random() * 2 - 1) * much / 2))) for part in colour
    )
    return red, green, blue


def glossy(random: Random) -> Colour:
    """The colour of some packaging."""
    if random.random() < 0.25:
        grey = 0.75 + 0.2 * random.random()
        return grey, grey, grey
    return hsv(random.random(), 0.45 + 0.5 * random.random(), 0.45 + 0.5 * random.random())


WHITE: Colour = (0.82, 0.82, 0.80)
PAPER = Look((0.75, 0.72, 0.66), rough=0.8)
CARDBOARD = Look((0.36, 0.33, 0.29), rough=0.95, bumps=(900, 0.25))
FILM = Look((0.95, 0.95, 0.95), rough=0.12, clear=0.9)
GLASS = Look((0.95, 0.97, 0.96), rough=0.03, clear=1.0)
STEEL = Look((0.6, 0.6, 0.6), rough=0.3, metal=1.0)
