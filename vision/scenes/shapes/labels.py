"""What is printed on packaging: bands, blocks of what looks like writing, round badges with a fruit's colours, a table of
nutrients. NumPy alone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
from numpy.typing import NDArray

from vision.scenes.shapes.looks import Print, hsv

Picture = NDArray[np.float32]  # [H, W, 3], linear, from below upwards as Blender has it
SIDE = (192, 384)


def picture(label: Print) -> Picture:
    random = Random(label.seed)
    ground = np.empty((*SIDE, 3), np.float32)
    ground[:] = label.ground
    for painted in STYLES[label.style]:
        painted(ground, random, label)
    return ground


def _bands(ground: Picture, random: Random, label: Print) -> None:
    height = SIDE[0]
    for _ in range(1 + int(random.random() * 3)):
        at, thick = int(random.random() * height), 4 + int(random.random() * 26)
        ground[at : at + thick] = label.ink if random.random() < 0.6 else hsv(random.random(), 0.6, 0.8)


def _title(ground: Picture, random: Random, label: Print) -> None:
    """One or two lines of large letters, on the front and on the back."""
    height, width = SIDE
    for side in (0.06, 0.56):
        for line in range(1 + (random.random() < 0.5)):
            size = 18 + int(random.random() * 16)
            at = int(height * (0.62 - 0.2 * line))
            _line(ground, random, at, size, int(width * side), int(width * (side + 0.34)), label.ink)


def _lines(ground: Picture, random: Random, label: Print) -> None:
    """Small print."""
    height, width = SIDE
    left = int(width * (0.05 + 0.5 * (random.random() < 0.5)))
    for line in range(4 + int(random.random() * 5)):
        _line(ground, random, int(height * 0.1) + line * 9, 4, left, left + int(width * 0.3), label.ink)


def _line(
    ground: Picture,
    random: Random,
    at: int,
    size: int,
    left: int,
    right: int,
    ink: tuple[float, float, float],
) -> None:
    """Words of upright strokes, some of them with a bar: from where a camera stands, writing looks like this."""
    x = left
    while x < right - size // 2:
        for _ in range(3 + int(random.random() * 5)):
            wide = max(2, int(size * (0.35 + 0.35 * random.random())))
            if x + wide >= right:
                break
            stroke = max(1, size // 6)
            ground[at : at + size, x : x + stroke] = ink
            bar = int(random.random() * 3) * (size - stroke) // 2
            ground[at + bar : at + bar + stroke, x : x + wide - stroke] = ink
            if random.random() < 0.6:
                ground[at : at + size, x + wide - 2 * stroke : x + wide - stroke] = ink
            x += wide
        x += size // 2 + 1


def _badge(ground: Picture, random: Random, label: Print) -> None:
    """A round picture of what is in it."""
    height, width = SIDE
    rows, columns = np.mgrid[:height, :width]
    colour = hsv(random.random(), 0.8, 0.85)
    for side in (0.23, 0.73):
        x, y, radius = (
            width * side,
            height * (0.3 + 0.1 * random.random()),
            height * (0.14 + 0.1 * random.random()),
        )
        inside = (columns - x) ** 2 + (rows - y) ** 2
        ground[inside < radius**2] = (0.9, 0.9, 0.88)
        for _ in range(3):
            dx, dy = (random.random() - 0.5) * radius, (random.random() - 0.5) * radius
            fruit = (columns - x - dx) ** 2 + (rows - y - dy) ** 2 < (radius * 0.42) ** 2
            ground[fruit & (inside < radius**2)] = colour


def _fade(ground: Picture, random: Random, label: Print) -> None:
    """From one colour to another, upwards."""
    share = np.linspace(0, 1, SIDE[0], dtype=np.float32)[:, None, None]
    ground[:] = ground * share + np.array(label.ink, np.float32) * (1 - share)


def _stripes(ground: Picture, random: Random, label: Print) -> None:
    wide = 6 + int(random.random() * 22)
    columns = (np.arange(SIDE[1]) // wide) % 2 == 0
    ground[: int(SIDE[0] * 0.35), columns] = label.ink


Paint = Callable[[Picture, Random, Print], None]
STYLES: dict[str, tuple[Paint, ...]] = {
    "banded": (_bands, _title, _lines),
    "badge": (_title, _badge, _lines),
    "faded": (_fade, _title),
    "striped": (_stripes, _title, _badge),
    "plain": (_title, _lines),
}
