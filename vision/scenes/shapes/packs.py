"""Cartons, trays, tubs and what else has corners. A metre or less; their box is fitted afterwards."""

from __future__ import annotations

import math
from functools import partial
from random import Random

import numpy as np

from vision.scenes.shapes.loft import Points, Shape, along, at, blob, block, lathe, rounded, turned
from vision.scenes.shapes.looks import CARDBOARD, FILM, WHITE, Colour, Look, glossy, hsv, near
from vision.scenes.shapes.vessels import printed, rounded_lid


def egg_box(random: Random) -> Shape:
    """Shut, with the bumps of its eggs on the lid, and now and then a printed sleeve."""
    colour = (CARDBOARD.colour, (0.28, 0.33, 0.40), (0.32, 0.40, 0.28), (0.62, 0.60, 0.52))[
        int(random.random() * 4)
    ]
    board = Look(near(random, colour), rough=0.95, bumps=(900, 0.3))
    wide = 2.3 if random.random() < 0.5 else 1.6
    shape = Shape().add(block(wide, 1.0, 0.0, 0.34, 0.10, 0.03, taper=0.90), board)
    shape.add(block(wide + 0.05, 1.05, 0.33, 0.37, 0.10, 0.01), board)
    shape.add(block(wide * 0.97, 0.97, 0.36, 0.56, 0.12, 0.05, taper=1.06), board)
    count = round(wide / 0.42)
    for column in range(count):
        for row in range(2):
            x, y = (column + 0.5) / count * wide * 0.94 - wide * 0.47, (row - 0.5) * 0.44
            shape.add(at(blob(0.36, 0.26, None, 10, 14), x, y, 0.44), board)
    if random.random() < 0.55:
        label = printed(random, near(random, WHITE) if random.random() < 0.5 else glossy(random), 0.7)
        shape.add(block(wide * 0.6, 1.06, 0.372, 0.66, 0.02, 0.01), label)
    return shape


def mushroom_tray(random: Random) -> Shape:
    dark = random.random() < 0.3
    cap: Colour = (0.26, 0.16, 0.09) if dark else (0.72, 0.66, 0.56)
    tray = (
        (0.02, 0.09, 0.30)
        if random.random() < 0.6
        else (0.03, 0.03, 0.03)
        if random.random() < 0.5
        else (0.05, 0.25, 0.08)
    )
    shape = Shape().add(
        _open_tray(1.45, 1.0, 0.48, 0.1), Look(near(random, tray), rough=0.35), caps=(True, False)
    )
    look = Look(
        near(random, cap), rough=0.6, soft=0.1, spots=near(random, (0.45, 0.34, 0.22)), spots_scale=60
    )
    stem = Look((0.72, 0.66, 0.55), rough=0.7)
    for column in range(5):
        for row in range(4):
            size = 0.24 + 0.10 * random.random()
            x = -0.56 + column * 0.28 + random.gauss(0, 0.02)
            y = -0.36 + row * 0.24 + random.gauss(0, 0.02)
            shape.join(
                _mushroom(random, look, stem),
                turned(random.random() * 6, x, y, 0.14 + 0.04 * random.random(), size),
            )
    if random.random() < 0.7:
        shape.add(block(1.42, 0.97, 0.49, 0.52, 0.1, 0.01), FILM)
        shape.add(rounded_lid(0.6, 0.45, 0.521, 0.53, 0.03), printed(random, near(random, WHITE), 0.4))
    return shape


def _mushroom(random: Random, cap: Look, stem: Look) -> Shape:
    shape = Shape().add(lathe([(0.16, 0.0), (0.14, 0.3), (0.16, 0.5)], 10), stem)
    dome = blob(1.0, 0.9, None, 10, 14)
    dome[..., 2] = np.maximum(dome[..., 2], 0.42)
    shape.add(dome, cap)
    lean = random.gauss(0, 0.35)
    cos, sin = math.cos(lean), math.sin(lean)
    return shape.moved(np.array([[cos, 0, sin, 0], [0, 1, 0, 0], [-sin, 0, cos, 0]]))


def _open_tray(width: float, depth: float, height: float, radius: float) -> Points:
    """Outside up, over the rim, and down again inside: an inner floor closes it."""
    levels = [
        rounded(width * 0.84, depth * 0.82, 0.0, radius), rounded(width * 0.86, depth * 0.84, 0.01, radius),
        rounded(width * 0.96, depth * 0.95, height * 0.92, radius), rounded(width, depth, height * 0.94, radius),
        rounded(width, depth, height, radius), rounded(width * 0.93, depth * 0.91, height * 0.98, radius),
        rounded(width * 0.82, depth * 0.80, 0.03, radius), rounded(0.02, 0.02, 0.03, 0.005),
    ]  # fmt: skip
    return np.array(levels)


def milk(random: Random) -> Shape:
    """A carton with a gable, or a flat one with a screw cap."""
    ground = near(random, WHITE) if random.random() < 0.7 else glossy(random)
    label = printed(random, ground, 0.35, hsv(0.55 + 0.2 * random.random(), 0.8, 0.5))
    shape = Shape()
    if random.random() < 0.6:
        shape.add(block(0.38, 0.38, 0.0, 0.80, 0.012, 0.004), label, smooth=False)
        top = [
            rounded(0.38, 0.38, 0.798, 0.01),
            rounded(0.38, 0.03, 0.95, 0.01),
            rounded(0.38, 0.03, 1.0, 0.01),
        ]
        shape.add(top, Look(ground, rough=0.35), smooth=False)
        if random.random() < 0.6:
            cap = lathe([(0.06, 0.0), (0.06, 0.06), (0.055, 0.07)], 20)
            tilt = math.atan2(0.152, 0.175)
            cos, sin = math.cos(tilt), math.sin(tilt)
            matrix = np.array([[1, 0, 0, 0.0], [0, cos, -sin, -0.10], [0, sin, cos, 0.865]])
            shape.join(Shape().add(cap, Look(glossy(random), rough=0.3)), matrix)
        return shape
    return _brick(random, label, 0.38, 0.38)


def juice(random: Random) -> Shape:
    label = printed(random, hsv((0.08, 0.12, 0.98, 0.3, 0.83)[int(random.random() * 5)], 0.85, 0.85), 0.35)
    return _brick(random, label, 0.40, 0.34)


def _brick(random: Random, label: Look, width: float, depth: float) -> Shape:
    shape = Shape().add(block(width, depth, 0.0, 0.94, 0.012, 0.004), label, smooth=False)
    cap = lathe([(0.065, 0.935), (0.065, 0.99), (0.06, 1.0)], 20)
    shape.add(at(cap, 0, -depth * 0.2, 0), Look(glossy(random), rough=0.3))
    return shape


def cheese(random: Random) -> Shape:
    colour: Colour = near(random, (0.74, 0.50, 0.12) if random.random() < 0.6 else (0.80, 0.70, 0.42))
    inner = Look(colour, rough=0.5, soft=0.1, spots=near(random, (0.5, 0.3, 0.06)), spots_scale=70)
    point, half = 1.2, 0.45
    outline = [(0.0, -half), *((0.16 * math.cos(a), half * math.sin(a)) for a in np.linspace(-1.4, 1.4, 9)), (0.0, half), (-point, 0.03), (-point, -0.03)]  # fmt: skip
    # From the rind to the point: against the clock.
    rings = [np.array([[x, y, z] for x, y in outline]) for z in (0.0, 0.40)]
    shape = Shape().add(rings, inner, smooth=False)
    if random.random() < 0.6:
        band = [np.array([[x * 1.004 + 0.001, y * 1.006, z] for x, y in outline]) for z in (0.10, 0.30)]
        shape.add(
            band,
            printed(random, near(random, WHITE) if random.random() < 0.4 else glossy(random), 0.3),
            smooth=False,
            caps=False,
        )
    return shape


def butter(random: Random) -> Shape:
    ground = near(random, (0.78, 0.66, 0.20)) if random.random() < 0.5 else near(random, WHITE)
    foil = printed(random, ground, 0.3)
    shape = Shape().add(
        block(1.0, 0.62, 0.0, 0.36, 0.02, 0.02),
        Look(foil.colour, rough=0.3, metal=0.35, bumps=(90, 0.12), print=foil.print),
        smooth=False,
    )
    return shape


def bread(random: Random) -> Shape:
    crust = Look(
        near(random, (0.34, 0.16, 0.05)),
        rough=0.75,
        bumps=(160, 0.3),
        spots=(0.50, 0.30, 0.12),
        spots_scale=25,
    )
    levels = []
    for t in np.linspace(0, 1, 14):
        swell = 0.90 + 0.10 * math.sin(math.pi * t)
        width, height = 0.5 * swell, 0.5 * swell
        angle = np.linspace(0, 2 * math.pi, 28, endpoint=False)
        y, z = np.cos(angle), np.sin(angle)
        # A round top over a flat foot.
        z = np.where(z > 0, z * height, z * height * 0.75)
        levels.append(np.column_stack([np.full(28, (t - 0.5) * 2.2), y * width, z + 0.38]))
    shape = Shape().add(np.array(levels)[:, ::-1], crust)
    if random.random() < 0.5:
        wrap = np.array(levels)[3:11, ::-1] * [1, 1.015, 1.015] + [0, 0, -0.005]
        shape.add(wrap, printed(random, glossy(random), 0.3), caps=False)
    return shape


def leftovers(random: Random) -> Shape:
    """A clear box with something in it, and a lid in a colour."""
    inside = near(random, hsv((0.06, 0.10, 0.30, 0.02, 0.13)[int(random.random() * 5)], 0.75, 0.6))
    shape = Shape().add(
        block(1.4, 1.0, 0.0, 0.52, 0.14, 0.03, taper=0.88), Look((0.93, 0.95, 0.95), rough=0.16, clear=0.9)
    )
    level = 0.15 + 0.28 * random.random()
    shape.add(
        block(1.24, 0.86, 0.02, level, 0.12, 0.02, taper=0.94),
        Look(inside, rough=0.5, bumps=(70, 1.0), spots=near(random, inside, 0.7), spots_scale=45),
    )
    lid = (
        Look(glossy(random), rough=0.35)
        if random.random() < 0.7
        else Look((0.9, 0.9, 0.9), rough=0.2, clear=0.6)
    )
    shape.add(rounded_lid(1.46, 1.06, 0.51, 0.58, 0.15), lid)
    return shape


def meat(random: Random) -> Shape:
    tray = Look((0.03, 0.03, 0.03) if random.random() < 0.6 else near(random, WHITE), rough=0.4)
    shape = Shape().add(_open_tray(1.4, 1.0, 0.26, 0.1), tray, caps=(True, False))
    red: Colour = (0.38, 0.05, 0.04) if random.random() < 0.6 else (0.62, 0.34, 0.26)
    flesh = Look(
        near(random, red), rough=0.35, soft=0.15, bumps=(220, 0.5), spots=(0.70, 0.55, 0.45), spots_scale=40
    )
    for n in range(2 + int(random.random() * 2)):
        lump = blob(0.62, 0.2, None, 12, 20) * [1.0, 1.3, 1.0] + [
            -0.42 + n * 0.42,
            random.gauss(0, 0.02),
            0.04,
        ]
        shape.add(lump, flesh)
    shape.add(block(1.37, 0.97, 0.262, 0.275, 0.1, 0.004), FILM)
    shape.add(rounded_lid(0.5, 0.36, 0.276, 0.29, 0.02), printed(random, near(random, WHITE), 0.4))
    return shape


def _lengthwise(y: float, t: float) -> tuple[float, float, float]:
    return -0.58 + 1.16 * t, y, 0.15


def sausages(random: Random) -> Shape:
    shape = Shape().add(block(1.5, 1.0, 0.0, 0.10, 0.06, 0.01), printed(random, glossy(random), 0.35))
    look = Look(near(random, (0.48, 0.13, 0.07)), rough=0.3, soft=0.1)
    for n in range(6):
        y = -0.36 + n * 0.145
        shape.add(
            along(
                partial(_lengthwise, y),
                lambda t: 0.065 * math.sqrt(max(0.02, 1 - (2 * t - 1) ** 6)),
                14,
                10,
            ),
            look,
        )
    shape.add(block(1.48, 0.98, 0.10, 0.225, 0.06, 0.02), FILM)
    return shape
