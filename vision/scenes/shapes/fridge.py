"""The fridge itself: walls, shelves, a drawer, and its door with bins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vision.scenes.plan import BIN, WALL, Fridge, door_bins, door_frame
from vision.scenes.shapes.loft import Points, Shape, at, block, rod
from vision.scenes.shapes.looks import STEEL, Look

THICK = 0.004  # of shelves and bins
PLATE = Look((0.90, 0.95, 0.94), rough=0.04, clear=1.0)
FOGGY = Look((0.88, 0.92, 0.93), rough=0.22, clear=0.85)


@dataclass(frozen=True)
class Part:
    """`clear`: what stands behind it is seen, and labeled, through it."""

    shape: Shape
    clear: bool = False


def fridge_parts(fridge: Fridge) -> list[Part]:
    wall = Look(fridge.colour, rough=0.35)
    inner = Look((0.86, 0.87, 0.87), rough=0.3)
    parts = [Part(_shell(fridge, inner, wall))]
    for height in fridge.shelves:
        parts += _shelf(fridge, height)
    if fridge.drawer:
        parts += _drawer(fridge)
    if fridge.door:
        parts += _door(fridge, inner, wall)
    return parts


def _box(low: tuple[float, float, float], high: tuple[float, float, float], edge: float = 0.002) -> Points:
    size = [b - a for a, b in zip(low, high, strict=True)]
    rings = block(size[0], size[1], low[2], high[2], min(edge * 2, min(size[:2]) / 3), min(edge, size[2] / 4))
    return at(rings, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0)


def _shell(fridge: Fridge, inner: Look, outer: Look) -> Shape:
    w, d, h, thick = fridge.width / 2, fridge.depth, fridge.height, 0.02
    shape = Shape()
    for low, high in (
        ((-w - thick, d, -thick), (w + thick, d + thick, h + thick)),  # the back
        ((-w - thick, -0.03, -thick), (-w, d, h + thick)),
        ((w, -0.03, -thick), (w + thick, d, h + thick)),
        ((-w, -0.03, -thick), (w, d, 0.0 - 0.001)),
        ((-w, -0.03, h), (w, d, h + thick)),
    ):
        shape.add(_box(low, high), inner, smooth=False)
    for z in np.arange(0.06, h - 0.03, 0.055).tolist():  # what shelves are pushed into
        for side in (-1, 1):
            x = side * (w - 0.004)
            shape.add(
                _box((min(x, side * w), 0.02, z), (max(x, side * w), d - 0.03, z + 0.006), 0.001), inner
            )
    frame = 0.06
    for low, high in (
        ((-w - frame, -0.035, -0.06), (-w - thick, d, h + 0.06)),
        ((w + thick, -0.035, -0.06), (w + frame, d, h + 0.06)),
        ((-w - frame, -0.035, h + thick), (w + frame, d, h + 0.07)),
        ((-w - frame, -0.035, -0.07), (w + frame, d, -thick)),
    ):
        shape.add(_box(low, high, 0.004), outer, smooth=False)
    # A lamp's cover.
    return shape.add(
        _box((-0.09, d * 0.4, h - 0.012), (0.09, d * 0.4 + 0.05, h - 0.0005)), Look((1, 1, 1), rough=0.3)
    )


def _shelf(fridge: Fridge, height: float) -> list[Part]:
    """Its upper side is at `height`."""
    w, d = fridge.width / 2 - 0.005, fridge.depth
    if fridge.shelf == "wire":
        shape = Shape()
        for x in np.linspace(-w + 0.01, w - 0.01, max(9, round(fridge.width / 0.028))):
            shape.add(
                rod((float(x), 0.01, height - 0.003), (float(x), d - 0.01, height - 0.003), 0.0026), STEEL
            )
        for y in (0.012, d * 0.5, d - 0.012):
            shape.add(rod((-w, y, height - 0.0075), (w, y, height - 0.0075), 0.0032), STEEL)
        return [Part(shape)]
    if fridge.shelf == "white":
        return [Part(Shape().add(_box((-w, 0.0, height - 0.012), (w, d - 0.01, height)), Look((0.84, 0.85, 0.85), rough=0.4), smooth=False))]  # fmt: skip
    plate = Shape().add(
        _box((-w, 0.006, height - THICK), (w, d - 0.012, height), 0.0008), PLATE, smooth=False
    )
    trim = Shape()
    for low, high in (((-w, -0.004, height - 0.014), (w, 0.006, height - 0.0005)), ((-w, d - 0.012, height - 0.012), (w, d - 0.004, height - 0.0005))):  # fmt: skip
        trim.add(_box(low, high), Look((0.80, 0.82, 0.83), rough=0.3), smooth=False)
    return [Part(plate, clear=True), Part(trim)]


def _drawer(fridge: Fridge) -> list[Part]:
    w, top = fridge.width / 2 - 0.012, fridge.drawer - 0.02
    front = Shape().add(_box((-w, 0.0, 0.006), (w, 0.008, top), 0.003), FOGGY, smooth=False)
    rail = Shape().add(
        _box((-w, -0.006, top - 0.028), (w, 0.010, top), 0.003),
        Look((0.85, 0.87, 0.88), rough=0.3),
        smooth=False,
    )
    return [Part(front), Part(rail)]


def _door(fridge: Fridge, inner: Look, outer: Look) -> list[Part]:
    (x, y), yaw = door_frame(fridge)
    if fridge.door > 0:
        yaw -= math.pi
    near, far = (0.0, fridge.width) if fridge.door < 0 else (-fridge.width, 0.0)
    panel = Shape()
    panel.add(_box((near, 0.0, -0.05), (far, WALL * 0.55, fridge.height + 0.05), 0.006), outer, smooth=False)
    panel.add(
        _box((near + 0.01, WALL * 0.5, -0.02), (far - 0.01, WALL, fridge.height + 0.02), 0.006),
        inner,
        smooth=False,
    )
    parts = [Part(_there(panel, x, y, 0.0, yaw))]
    wide, deep = fridge.width - 0.06, BIN[0]
    for (bx, by, bz), turn in door_bins(fridge):
        floor = Shape().add(
            _box((0, 0, -0.006), (wide, deep, -0.0005), 0.001),
            Look((0.86, 0.88, 0.89), rough=0.3),
            smooth=False,
        )
        clear = Shape()
        clear.add(_box((0, deep - 0.004, -0.006), (wide, deep, 0.075), 0.001), FOGGY, smooth=False)
        for side in (-0.006, wide):
            clear.add(_box((side, 0, -0.006), (side + 0.006, deep, 0.065), 0.001), FOGGY, smooth=False)
        parts += [Part(_there(floor, bx, by, bz, turn)), Part(_there(clear, bx, by, bz, turn), clear=True)]
    return parts


def _there(shape: Shape, x: float, y: float, z: float, yaw: float) -> Shape:
    cos, sin = math.cos(yaw), math.sin(yaw)
    return shape.moved(np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, 1, z]]))
