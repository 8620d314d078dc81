"""Fruit and vegetables. Each is made about as large as it is in life; its box is fitted afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from vision.scenes.shapes.loft import Points, Shape, along, at, blob, block, lathe, rod, turned
from vision.scenes.shapes.looks import Colour, Look, hsv, near

STEM = Look((0.16, 0.10, 0.04), rough=0.8)
LEAF = Look((0.05, 0.16, 0.03), rough=0.6)


def _lumpy(random: Random, much: float, waves: int = 4) -> Callable[[Points], Points]:
    """A ball's radius a little different in each direction."""
    directions = np.array([[random.gauss(0, 1) for _ in range(3)] for _ in range(waves)])
    phases = np.array([random.random() * 6.28 for _ in range(waves)])

    def factor(points: Points) -> Points:
        said: Points = 1 + much * np.sin(points @ directions.T * 2 + phases).mean(1)
        return said

    return factor


def _fruit(
    random: Random, colour: Colour, *, dent: float = 0.0, lumps: float = 0.06, rough: float = 0.35, bumps: tuple[float, float] = (0.0, 0.0),
    spots: Colour | None = None, spots_scale: float = 40.0,
) -> Shape:  # fmt: skip
    """A ball with a dent at the top and less of one below."""
    uneven = _lumpy(random, lumps)

    def factor(points: Points) -> Points:
        up = points[:, 2]
        hollow = 1 - dent * np.exp(-((1 - up) ** 2) / 0.02) - 0.5 * dent * np.exp(-((1 + up) ** 2) / 0.02)
        said: Points = uneven(points) * hollow
        return said

    look = Look(
        near(random, colour), rough=rough, soft=0.15, bumps=bumps, spots=spots, spots_scale=spots_scale
    )
    return Shape().add(blob(1, 1, factor), look)


def _with_stem(shape: Shape, random: Random, height: float = 0.16, thick: float = 0.025) -> Shape:
    lean = random.gauss(0, 0.15)
    return shape.add(
        along(lambda t: (lean * t * height, 0.0, 0.86 + t * height), lambda t: thick * (1 - 0.3 * t), 4, 8),
        STEM,
    )


def orange(random: Random) -> Shape:
    shape = _fruit(random, (0.80, 0.24, 0.015), dent=0.05, lumps=0.03, rough=0.42, bumps=(700, 0.35))
    return shape.add(at(blob(0.09, 0.03), 0, 0, 0.965), LEAF)


def apple(random: Random) -> Shape:
    colour, spots = (
        ((0.42, 0.02, 0.02), (0.62, 0.38, 0.08)),
        ((0.28, 0.42, 0.05), (0.40, 0.50, 0.12)),
        ((0.60, 0.40, 0.08), (0.50, 0.06, 0.03)),
    )[int(random.random() * 3)]
    return _with_stem(_fruit(random, colour, dent=0.22, spots=spots, spots_scale=18), random)


def pear(random: Random) -> Shape:
    look = Look(
        near(random, (0.45, 0.48, 0.09)), rough=0.45, soft=0.15, spots=(0.30, 0.22, 0.06), spots_scale=120
    )
    neck = 0.20 + 0.06 * random.random()
    profile = [
        (0.02, 0.0), (0.22, 0.01), (0.40, 0.10), (0.50, 0.28), (0.46, 0.45), (0.34, 0.62), (neck + 0.03, 0.78), (neck, 0.90),
        (0.10, 0.97), (0.01, 0.97),
    ]  # fmt: skip
    return _with_stem(Shape().add(lathe(_smoothed(profile)), look), random, 0.2)


def tomato(random: Random) -> Shape:
    shape = _fruit(random, (0.55, 0.025, 0.012), dent=0.14, lumps=0.08, rough=0.16)
    for n in range(5):
        angle = n * 2 * math.pi / 5 + random.random() * 0.4
        shape.add(_leaf(angle, 0.30, 0.07, 0.96), LEAF)
    return shape


def _leaf(angle: float, length: float, wide: float, z: float) -> Points:
    """A pointed one that lies on top."""
    cos, sin = math.cos(angle), math.sin(angle)
    return along(
        lambda t: (cos * length * t, sin * length * t, z - 0.10 * t * t),
        lambda t: wide * (1 - t) * (0.3 + t) + 0.004, 6, 6,
    )  # fmt: skip


def lemon(random: Random) -> Shape:
    green = random.random() < 0.25
    look = Look(
        near(random, (0.16, 0.30, 0.03) if green else (0.80, 0.58, 0.05)),
        rough=0.42,
        soft=0.15,
        bumps=(600, 0.3),
    )
    profile = [(0.01, 0.0), (0.10, 0.02), (0.16, 0.07), (0.36, 0.20), (0.48, 0.38), (0.50, 0.52), (0.46, 0.68), (0.32, 0.84), (0.14, 0.94), (0.08, 0.99), (0.01, 1.0)]  # fmt: skip
    return Shape().add(lathe(_smoothed(profile)), look)


def onion(random: Random) -> Shape:
    colour = ((0.42, 0.19, 0.05), (0.20, 0.02, 0.06), (0.75, 0.72, 0.62))[int(random.random() * 3)]
    look = Look(near(random, colour), rough=0.35, spots=near(random, colour, 0.5), spots_scale=25)
    profile = [(0.01, 0.0), (0.2, 0.02), (0.42, 0.16), (0.5, 0.38), (0.46, 0.58), (0.28, 0.78), (0.10, 0.90), (0.05, 1.0), (0.01, 1.0)]  # fmt: skip
    return Shape().add(lathe(_smoothed(profile)), look)


def pepper(random: Random) -> Shape:
    colour = ((0.50, 0.015, 0.01), (0.75, 0.42, 0.01), (0.05, 0.20, 0.02), (0.72, 0.20, 0.01))[
        int(random.random() * 4)
    ]
    lobes, phase = 3 + int(random.random() * 2), random.random() * 6

    def factor(points: Points) -> Points:
        angle = np.arctan2(points[:, 1], points[:, 0])
        top = np.exp(-((1 - points[:, 2]) ** 2) / 0.05)
        said: Points = (
            (1 + 0.10 * np.cos(lobes * angle + phase)) * (1 - 0.25 * top) * (0.92 + 0.1 * points[:, 2])
        )
        return said

    look = Look(near(random, colour), rough=0.12, soft=0.1)
    shape = Shape().add(blob(1, 1, factor, 26, 36), look)
    bend = random.gauss(0, 0.1)
    return shape.add(along(lambda t: (bend * t, 0, 0.72 + 0.34 * t), lambda t: 0.09 - 0.04 * t, 5, 10), LEAF)


def squash(random: Random) -> Shape:
    """A butternut, or a marrow in stripes."""
    if random.random() < 0.5:
        look = Look(near(random, (0.62, 0.34, 0.12)), rough=0.5, soft=0.1)
        profile = [(0.02, 0.0), (0.30, 0.02), (0.46, 0.12), (0.50, 0.24), (0.44, 0.38), (0.33, 0.52), (0.29, 0.70), (0.30, 0.84), (0.24, 0.93), (0.06, 0.96), (0.05, 1.0), (0.01, 1.0)]  # fmt: skip
        return Shape().add(lathe(_smoothed(profile)), look)
    green = near(random, hsv(0.22 + 0.1 * random.random(), 0.7, 0.45))
    look = Look(green, rough=0.4, soft=0.1, spots=near(random, (0.45, 0.45, 0.15)), spots_scale=30)
    profile = [(0.02, 0.0), (0.26, 0.02), (0.42, 0.14), (0.50, 0.36), (0.50, 0.60), (0.42, 0.82), (0.22, 0.95), (0.06, 0.97), (0.05, 1.0), (0.01, 1.0)]  # fmt: skip
    return Shape().add(lathe(_smoothed(profile)), look)


def pumpkin(random: Random) -> Shape:
    """A round squash in ribs: an acorn or a kabocha, or orange."""
    ribs, dent = 8 + int(random.random() * 5), 0.12 + 0.10 * random.random()

    def factor(points: Points) -> Points:
        up, angle = points[:, 2], np.arctan2(points[:, 1], points[:, 0])
        hollow = 1 - dent * np.exp(-((1 - up) ** 2) / 0.04)
        said: Points = hollow * (1 - 0.10 * (1 - up**2) * (1 - np.abs(np.cos(ribs * angle / 2))))
        return said

    green = random.random() < 0.7
    colour = near(random, (0.025, 0.055, 0.02) if green else (0.66, 0.24, 0.02))
    patches = near(random, (0.50, 0.24, 0.03) if random.random() < 0.3 else (0.05, 0.10, 0.03), 0.2)
    look = Look(colour, rough=0.35, soft=0.1, spots=patches if green else None, spots_scale=8)
    return _with_stem(Shape().add(blob(1, 1, factor, 30, 72), look), random, 0.2, 0.07)


def banana(random: Random) -> Shape:
    shape = Shape()
    colour = (0.70, 0.50, 0.04) if random.random() < 0.8 else (0.42, 0.50, 0.06)
    look = Look(near(random, colour), rough=0.45, soft=0.1, spots=(0.25, 0.15, 0.03), spots_scale=60)
    tip = Look((0.10, 0.07, 0.03), rough=0.8)
    for n in range(2 + int(random.random() * 3)):
        fan, bend = -0.5 + 0.33 * n, 0.34 + 0.06 * random.random()

        def way(t: float, fan: float = fan, bend: float = bend) -> tuple[float, float, float]:
            x = (t - 0.5) * 1.0
            side = bend * (1 - 4 * (t - 0.5) ** 2) + fan * (1 - t) * 0.5
            return x, side, 0.12 + 0.05 * math.sin(3 * t)

        shape.add(along(way, lambda t: 0.085 * min(1, 6 * t + 0.25, 5 * (1 - t) + 0.2), 22, 8), look)
        x, y, z = way(1.0)
        shape.add(at(blob(0.05, 0.05), x, y, z - 0.025), tip)
    return shape.add(at(blob(0.12, 0.10), -0.5, 0.0, 0.08), STEM)


def cucumber(random: Random) -> Shape:
    look = Look(
        near(random, (0.03, 0.12, 0.02)),
        rough=0.3,
        soft=0.05,
        bumps=(260, 0.3),
        spots=(0.12, 0.24, 0.05),
        spots_scale=60,
    )
    bend = random.gauss(0, 0.5)
    rings = along(
        lambda t: (bend * (1 - 4 * (t - 0.5) ** 2) * 0.3, 0.0, t * 6),
        lambda t: 0.5 * min(1.0, math.sqrt(max(0.0, 1 - (2 * t - 1) ** 8))) + 0.01, 28, 20,
    )  # fmt: skip
    return Shape().add(rings, look)


def carrot(random: Random) -> Shape:
    look = Look(near(random, (0.72, 0.20, 0.02)), rough=0.5, soft=0.1, bumps=(300, 0.2))
    bend = random.gauss(0, 0.3)
    shape = Shape().add(
        along(
            lambda t: (bend * t * t, 0.0, 5.6 * (1 - t)), lambda t: 0.5 * (1 - t) ** 0.6 + 0.03 * t, 22, 14
        ),
        look,
    )
    for _ in range(3):
        lean = random.gauss(0, 0.12)
        shape.add(rod((0, 0, 5.5), (lean, lean, 6.0), 0.06, 6), LEAF)
    return shape


def lettuce(random: Random) -> Shape:
    inner = near(random, (0.32, 0.50, 0.10))
    outer = near(random, hsv(0.24 + 0.06 * random.random(), 0.7, 0.5))
    shape = Shape().add(blob(0.72, 0.8, _lumpy(random, 0.25)), Look(inner, rough=0.5, bumps=(90, 0.5)))
    for n in range(11):
        angle, lift = n * 2.4 + random.random(), 0.15 + 0.6 * (n / 11)
        ruffle = random.random() * 6

        def edge(points: Points, ruffle: float = ruffle) -> Points:
            around = np.arctan2(points[:, 1], points[:, 0])
            said: Points = 1 + 0.13 * np.sin(9 * around + ruffle) * (1 - points[:, 2] ** 2)
            return said

        leaf = blob(0.62, 0.16, edge, 12, 40)
        tilt = 0.9 - 0.6 * lift
        cos, sin = math.cos(tilt), math.sin(tilt)
        leaf = leaf @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
        shape.join(
            Shape().add(leaf, Look(near(random, outer, 0.3), rough=0.45, soft=0.1, bumps=(120, 0.6))),
            turned(angle, 0.30 * math.cos(angle), 0.30 * math.sin(angle), lift * 0.75),
        )
    return shape


def broccoli(random: Random) -> Shape:
    pale = random.random() < 0.3
    head = (0.66, 0.62, 0.48) if pale else (0.05, 0.14, 0.03)
    shape = Shape().add(
        lathe([(0.16, 0), (0.2, 0.05), (0.2, 0.4), (0.4, 0.6)]), Look((0.30, 0.42, 0.16), rough=0.6)
    )
    look = Look(near(random, head), rough=0.85, bumps=(400, 0.9))
    for n in range(26):
        angle, out = n * 2.4, 0.42 * math.sqrt(n / 26)
        size = 0.22 + 0.12 * random.random()
        z = 0.62 + 0.30 * (1 - (out / 0.45) ** 2)
        ball = at(
            blob(size, size, _lumpy(random, 0.3), 10, 12),
            out * math.cos(angle),
            out * math.sin(angle),
            z - size / 2,
        )
        shape.add(ball, look)
    return shape


def berries(random: Random) -> Shape:
    """A punnet, heaped."""
    sort = int(random.random() * 3)
    colour, size = (((0.50, 0.02, 0.02), 0.19), ((0.02, 0.03, 0.13), 0.10), ((0.42, 0.02, 0.06), 0.12))[sort]
    shape = Shape()
    tray = (
        Look((0.9, 0.9, 0.9), rough=0.1, clear=0.85)
        if random.random() < 0.6
        else Look((0.10, 0.30, 0.45), rough=0.4)
    )
    shape.add(block(1.4, 1.0, 0, 0.55, 0.12, 0.03, taper=0.86), tray, caps=(True, False))
    look = Look(near(random, colour), rough=0.3, soft=0.1, bumps=(500, 0.5), spots=(0.65, 0.45, 0.2) if sort == 0 else None, spots_scale=300)  # fmt: skip
    step = size * 0.86
    for row in range(int(0.86 / step)):
        for column in range(int(1.24 / step)):
            for layer in range(2):
                wide = size * (0.9 + 0.25 * random.random())
                x = -0.62 + step * (column + 0.5) + random.gauss(0, 0.01)
                y = -0.43 + step * (row + 0.5) + random.gauss(0, 0.01)
                z = 0.20 + layer * size * 0.75 + random.gauss(0, 0.015)
                shape.add(at(blob(wide, wide * 1.1, None, 8, 10), x, y, z), look)
    return shape


def _smoothed(profile: list[tuple[float, float]], levels: int = 30) -> list[tuple[float, float]]:
    """More points of a profile, on a curve through these (Catmull and Rom 1974)."""
    points = np.array([profile[0], *profile, profile[-1]])
    found = []
    for t in np.linspace(0, len(profile) - 1 - 1e-9, levels):
        n = int(t)
        s = t - n
        p0, p1, p2, p3 = points[n], points[n + 1], points[n + 2], points[min(n + 3, len(points) - 1)]
        x, z = 0.5 * (
            2 * p1
            + (p2 - p0) * s
            + (2 * p0 - 5 * p1 + 4 * p2 - p3) * s**2
            + (3 * p1 - p0 - 3 * p2 + p3) * s**3
        )
        found.append((max(1e-4, float(x)), float(z)))
    heights = [z for _, z in found]
    return [(x, z) for (x, _), z in zip(found, np.maximum.accumulate(heights), strict=True)]
